import { createHash, randomUUID } from 'node:crypto'
import type { HookCompletion, HookDispatch } from '@clawdxcraft/protocol'
import { Recent } from '../recent.ts'

/** A turn that somebody asked a bot to take. */
export interface HookTurn {
  readonly handle: string
  /** By whoever sent the request, and by strangers whom it quotes: data, never an order. */
  readonly message: string
  /** A label for people to read, by whoever sent the request. */
  readonly name: string
  /** Aborts when the time is over, or the agent stops. */
  readonly signal: AbortSignal
  readonly timeoutMs: number
}

export type TakeTurn = (turn: HookTurn) => Promise<HookCompletion>

/** `late`: the bot was busy for too long · `full`: too many wait already · `closing`: the agent stops. */
export type Admission = 'begun' | 'late' | 'full' | 'closing'

export interface Run {
  readonly runId: string
  readonly admission: Promise<Admission>
  /** An error where it was not admitted. Never rejects. */
  readonly completion: Promise<HookCompletion>
}

export interface RunLimits {
  /** How long a turn may wait for the one before it. */
  readonly admissionMs: number
  /** How many may wait at once, for all bots together. */
  readonly waiting: number
  /** How long a turn that was told to end holds up the next one at most. */
  readonly graceMs: number
}

export interface Runs {
  /** The run that was begun for the same wish under the same key, or a new one. */
  begin(wanted: HookDispatch, key: string | undefined): Run
  /** Admits nothing more, and ends what is on; resolves when it has ended, or its grace has. */
  close(): Promise<void>
}

const TURN_MS = 180_000
const TURN_MAX_MS = 3_600_000
const REMEMBERED_MS = 5 * 60_000
const REMEMBERED = 1_000
const FAILED: HookCompletion = { status: 'error', replyDisposition: 'empty' }

/**
 * Turns of one bot follow one another, whichever session they are for: it has one memory, and must not answer the same
 * thread twice at the same time.
 */
export function createRuns(takeTurn: TakeTurn, limits: RunLimits, now: () => number): Runs {
  const stop = new AbortController()
  const lastOf = new Map<string, Promise<void>>()
  const active = new Map<string, Run>()
  const finished = new Recent<{ readonly at: number; readonly run: Run }>(REMEMBERED)
  let waiting = 0

  async function admit(before: Promise<void> | undefined): Promise<Admission> {
    if (stop.signal.aborted) return 'closing'
    if (!before) return 'begun'
    if (waiting >= limits.waiting) return 'full'
    using limit = expiry(limits.admissionMs, stop.signal)
    waiting++
    const admission = await Promise.race([before.then(() => 'begun' as const), limit.expired])
    waiting--
    return admission
  }

  async function perform(wanted: HookDispatch, complete: (how: HookCompletion) => void): Promise<void> {
    const timeoutMs = timeLimitOf(wanted)
    const { agentId: handle, message, name } = wanted
    const end = new AbortController()
    using limit = expiry(timeoutMs, stop.signal)
    const taken = attempt(() => takeTurn({ handle, message, name, signal: end.signal, timeoutMs }))
    const how = await Promise.race([taken, limit.expired])
    if (typeof how === 'object') return complete(how)
    end.abort(how === 'late' ? new DOMException('The turn took too long', 'TimeoutError') : undefined)
    complete(FAILED)
    using grace = expiry(limits.graceMs)
    await Promise.race([taken, grace.expired])
  }

  function start(wanted: HookDispatch): Run {
    const { agentId: handle } = wanted
    const { promise: completion, resolve: complete } = Promise.withResolvers<HookCompletion>()
    const before = lastOf.get(handle)
    const admission = admit(before)
    const over = admission.then(async (admitted) => {
      if (admitted === 'begun') return perform(wanted, complete)
      complete(FAILED)
      // Whoever comes next waits for the one that this one waited for.
      await before
    })
    lastOf.set(handle, over)
    void over.then(() => lastOf.get(handle) === over && lastOf.delete(handle))
    return { runId: randomUUID(), admission, completion }
  }

  function known(scope: string): Run | undefined {
    const ended = finished.get(scope)
    if (!ended || ended.at < now() - REMEMBERED_MS) return active.get(scope)
    // Asked for again, it is the last to be forgotten.
    finished.set(scope, ended)
    return ended.run
  }

  async function remember(scope: string, run: Run): Promise<void> {
    active.set(scope, run)
    await run.completion
    active.delete(scope)
    // What was not begun may be asked for again.
    if ((await run.admission) === 'begun') finished.set(scope, { at: now(), run })
  }

  return {
    begin(wanted, key) {
      if (key === undefined) return start(wanted)
      const scope = createHash('sha256')
        .update(JSON.stringify([wanted, key]))
        .digest('hex')
      const before = known(scope)
      if (before) return before
      const run = start(wanted)
      void remember(scope, run)
      return run
    },
    async close() {
      stop.abort()
      await Promise.all(lastOf.values())
    },
  }
}

function timeLimitOf({ timeoutSeconds }: HookDispatch): number {
  return timeoutSeconds ? Math.min(timeoutSeconds * 1000, TURN_MAX_MS) : TURN_MS
}

async function attempt(take: () => Promise<HookCompletion>): Promise<HookCompletion> {
  try {
    return await take()
  } catch {
    return FAILED
  }
}

/** Says when a time is over, or that the signal was first. Neither outlives whoever waits for them. */
function expiry(ms: number, signal?: AbortSignal) {
  const { promise: expired, resolve } = Promise.withResolvers<'late' | 'closing'>()
  const timer = setTimeout(() => resolve('late'), ms)
  const close = () => resolve('closing')
  if (signal?.aborted) close()
  signal?.addEventListener('abort', close, { once: true })
  return {
    expired,
    [Symbol.dispose]() {
      clearTimeout(timer)
      signal?.removeEventListener('abort', close)
    },
  }
}
