import type { ModelState, ModelTest } from '@clawdxcraft/protocol'
import { countText, durationText, usdText } from '../../lib/format.ts'

/** Of providers that everybody knows; others are shown where they are set. */
const WELL_KNOWN = ['ANTHROPIC_API_KEY', 'OPENAI_API_KEY']

export interface KeyShown {
  readonly name: string
  readonly isSet: boolean
}

export function keysShown(keys: readonly string[]): KeyShown[] {
  const names = [...new Set([...WELL_KNOWN, ...keys])].toSorted()
  return names.map((name) => ({ name, isSet: keys.includes(name) }))
}

export interface LastRun {
  readonly isOk: boolean
  readonly at: string
  readonly error: string
}

/** How it went the last time that a bot asked. */
export function lastRunOf({
  last_ok_at: ok,
  last_failed_at: failed,
  last_error,
}: ModelState): LastRun | undefined {
  const at = [ok, failed]
    .filter((time) => time !== null)
    .toSorted()
    .at(-1)
  if (at === undefined) return undefined
  return { isOk: at === ok, at, error: last_error ?? '' }
}

export type TestOutcome = 'pending' | ModelTest | Error

export function testText(outcome: TestOutcome | undefined): {
  readonly text: string
  readonly isGood: boolean
} {
  if (outcome === undefined) return { text: '', isGood: true }
  if (outcome === 'pending') return { text: 'Waiting for an answer, 20 seconds at most …', isGood: true }
  if (outcome instanceof Error) return { text: outcome.message, isGood: false }
  if (!outcome.ok) return { text: outcome.fault ?? 'It did not answer', isGood: false }
  const { ms, tokens_in: into, tokens_out: out, cost_usd: cost } = outcome
  const price = cost === null ? 'price unknown' : usdText(cost)
  return {
    text: `Answered in ${durationText(ms)} · ${countText(into)} + ${countText(out)} tokens · ${price}`,
    isGood: true,
  }
}
