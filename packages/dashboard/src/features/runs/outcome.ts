import type { Run } from '@clawdxcraft/sdk'
import type { Tone } from '../../ui/badge.tsx'
import { decisionIn, seenIn, verdictsIn } from './record.ts'

export interface Outcome {
  /** What came of the run, in a word: an action, or why there is none. */
  readonly word: string
  readonly tone: Tone
  /** What the action says, or whom it concerns. */
  readonly text: string
}

const TEXT_MAX = 200

/** What an agent decided, as short as can be. */
export function outcomeOf({ error, decision, verdicts, saw }: Run): Outcome {
  const { action, text, target, rest } = decisionIn(decision)
  const author = target === undefined ? undefined : seenIn(saw).items[target - 1]?.author
  const said = text ?? (author === undefined ? '' : `@${author}`)
  if (error !== null) return { word: 'failed', tone: 'bad', text: said }
  if (action === undefined) return { word: 'other', tone: 'plain', text: jsonText(rest) }
  if (action === 'nothing') return { word: 'nothing', tone: 'plain', text: '' }
  const isRefused = verdictsIn(verdicts).rules.some(({ outcome }) => outcome === 'refused')
  return isRefused
    ? { word: `${action} refused`, tone: 'warn', text: said }
    : { word: action, tone: 'accent', text: said }
}

function jsonText(value: unknown): string {
  return value === undefined ? '' : JSON.stringify(value).slice(0, TEXT_MAX)
}
