import { randomUUID } from 'node:crypto'
import type { HookCompletion, HookDispatch } from '@clawdxcraft/protocol'

/** A turn of an agent. */
export interface Run extends HookDispatch {
  readonly runId: string
  /** `agent`, or the path of the mapping that asked for it. */
  readonly path: string
  readonly idempotencyKey: string | undefined
}

export type Think = (run: Run) => HookCompletion | Promise<HookCompletion>

export interface Begun {
  readonly runId: string
  /** Whether it started in time. */
  readonly admitted: Promise<boolean>
  readonly completion: Promise<HookCompletion>
}

export interface HookRuns {
  readonly begun: readonly Run[]
  begin(path: string, wanted: HookDispatch, key: string | undefined): Begun
  /** The run that was begun under this scope before, or a new one. */
  once(scope: string, path: string, wanted: HookDispatch, key: string | undefined): Begun
}

interface Options {
  readonly think?: Think
  readonly admissionMs?: number
  readonly now: () => number
}

const SILENT: HookCompletion = {
  status: 'ok',
  replyDisposition: 'silent',
  delivered: false,
  deliveryAttempted: false,
}
const FAILED: HookCompletion = { status: 'error', replyDisposition: 'empty' }
const ADMISSION_MS = 15_000
const REMEMBERED_MS = 5 * 60_000
const REMEMBERED = 1000

/** Runs of one session follow one another; what is remembered of them lasts as long as with the real gateway. */
export function createHookRuns({ think = () => SILENT, admissionMs = ADMISSION_MS, now }: Options): HookRuns {
  const begun: Run[] = []
  const sessions = new Map<string, Promise<unknown>>()
  const active = new Map<string, Begun>()
  const finished = new Map<string, { readonly at: number; readonly run: Begun }>()

  async function perform(run: Run, admitted: Promise<boolean>): Promise<HookCompletion> {
    if (!(await admitted)) return FAILED
    begun.push(run)
    try {
      return await think(run)
    } catch {
      return FAILED
    }
  }

  function begin(path: string, wanted: HookDispatch, idempotencyKey: string | undefined): Begun {
    const run: Run = { ...wanted, runId: randomUUID(), path, idempotencyKey }
    const before = run.sessionKey === undefined ? undefined : sessions.get(run.sessionKey)
    const admitted = before ? within(before, admissionMs) : Promise.resolve(true)
    const completion = perform(run, admitted)
    if (run.sessionKey !== undefined) sessions.set(run.sessionKey, Promise.all([before, completion]))
    return { runId: run.runId, admitted, completion }
  }

  function known(scope: string): Begun | undefined {
    const ended = finished.get(scope)
    if (!ended) return active.get(scope)
    finished.delete(scope)
    if (ended.at < now() - REMEMBERED_MS) return undefined
    // Last in line to be forgotten.
    finished.set(scope, ended)
    return ended.run
  }

  async function remember(scope: string, run: Begun): Promise<void> {
    active.set(scope, run)
    await run.completion
    active.delete(scope)
    if (!(await run.admitted)) return
    finished.set(scope, { at: now(), run })
    const [oldest = ''] = finished.keys()
    if (finished.size > REMEMBERED) finished.delete(oldest)
  }

  return {
    begun,
    begin,
    once(scope, path, wanted, key) {
      const before = known(scope)
      if (before) return before
      const run = begin(path, wanted, key)
      void remember(scope, run)
      return run
    },
  }
}

async function within(before: Promise<unknown>, ms: number): Promise<boolean> {
  const { promise: late, resolve } = Promise.withResolvers<boolean>()
  const timer = setTimeout(() => resolve(false), ms)
  const isIn = await Promise.race([before.then(() => true), late])
  clearTimeout(timer)
  return isIn
}
