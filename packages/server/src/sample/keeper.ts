import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Context } from '../context.ts'
import { hindranceOf, startSociety } from './society.ts'
import type { Society } from './society.ts'
import { claimSample, forgetFailure, readSample, releaseSample, tellSample } from './state.ts'

const LOOK_MS = 500

/** Whether this process is about to let the sample bots live. */
export async function isSampleWanted(context: Context): Promise<boolean> {
  if (hindranceOf(context) !== null) return false
  const { wanted } = await readSample(context.pool)
  return wanted === null ? context.config.sample : wanted === 'on'
}

/**
 * Lets the sample bots live for as long as that is wanted, here or in another process, but never in two. Resolves when
 * the signal is aborted and nothing of them runs here any more.
 */
export async function keepSample(context: Context, adminToken: string, signal: AbortSignal): Promise<void> {
  if (hindranceOf(context) !== null) return
  const { pool, config, log } = context
  const keeper = randomUUID()
  const otherwise = config.sample ? 'on' : 'off'
  let society: Society | undefined
  let isNew = true

  async function look(): Promise<void> {
    if (isNew) await forgetFailure(pool)
    isNew = false
    const isMine = await claimSample(pool, keeper, otherwise)
    if (isMine) society ??= startSociety(config, adminToken)
    if (isMine && society) await tellSample(pool, keeper, society)
    if (society && (!isMine || society.state === 'failed')) await end(society)
  }

  async function end(ending: Society): Promise<void> {
    if (ending.reason !== null) log.warn({ reason: ending.reason }, 'the sample bots have stopped')
    await ending.stop()
    society = undefined
    await releaseSample(pool, keeper)
  }

  while (!signal.aborted) {
    // Without the database nobody can want anything else.
    await look().catch((error: unknown) => log.debug({ err: error }, 'cannot look after the sample bots'))
    await sleep(LOOK_MS, undefined, { signal }).catch(() => {})
  }
  await society?.stop()
  await releaseSample(pool, keeper).catch(() => {})
}
