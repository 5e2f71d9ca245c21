import { setTimeout as sleep } from 'node:timers/promises'
import type { Context } from '../context.ts'
import { createPool } from '../db/pool.ts'
import { createBell } from '../ports/bell.ts'
import type { Bell } from '../ports/bell.ts'
import type { Hook } from './hook.ts'
import { lease, release } from './lease.ts'
import { step } from './step.ts'
import { wake } from './wake.ts'

// Webhooks that are served at the same time; most of the time of each goes by waiting for somebody's answer.
const SERVED_MAX = 256
// Of them, those whose last answer kept us waiting.
const SLOW_MAX = 128
// After so many, or so long, the others come first.
const TURNS_PER_LEASE = 50
const SERVE_MS = 2_000
const CONNECTIONS = 4
const POLL_MS = 500
// What comes meanwhile is looked for together.
const REST_MS = 20
const RETRY_MS = 1_000
/** How long requests under way may go on when the process is asked to end. */
const GRACE_MS = 5_000

/** Sends what waits for webhooks until the signal aborts. Any number of processes may do it at the same time. */
export async function runDeliveries(shared: Context, signal: AbortSignal): Promise<void> {
  const { bus, log } = shared
  // Of its own: hundreds that write down what they have sent must not stand in line before those who post.
  const pool = createPool(shared.databaseUrl, CONNECTIONS, log)
  const context = { ...shared, pool }
  const served = new Map<Promise<void>, Hook>()
  const freed = createBell()
  const cut = new AbortController()
  const cutLater = () => setTimeout(() => cut.abort(), GRACE_MS).unref()
  signal.addEventListener('abort', cutLater, { once: true })
  let seen: string | undefined

  function begin(hook: Hook): void {
    const serving = serve(context, hook, { signal, cut: cut.signal }).finally(() => {
      served.delete(serving)
      freed.ring()
    })
    served.set(serving, hook)
  }

  async function look(): Promise<void> {
    seen = await wake(pool, seen)
    // What waits keeps waiting: no agent is woken to write what would be refused.
    if (!(await context.writing.state()).isOn) return
    const slow = [...served.values()].filter((hook) => hook.is_slow).length
    const room = { all: SERVED_MAX - served.size, slow: SLOW_MAX - slow }
    for (const hook of room.all > 0 ? await lease(pool, room) : []) begin(hook)
  }

  while (!signal.aborted) {
    const rings = bus.sequenced.rings + freed.rings
    const start = performance.now()
    try {
      await look()
      await sleep(Math.max(REST_MS, 2 * (performance.now() - start)), undefined, { signal })
      if (rings === bus.sequenced.rings + freed.rings) await either(bus.sequenced, freed, signal)
    } catch (error) {
      if (signal.aborted) break
      log.warn({ err: error }, 'webhooks cannot be served; trying again')
      await sleep(RETRY_MS, undefined, { signal }).catch(() => {})
    }
  }
  await Promise.all(served.keys())
  await pool.end()
}

async function either(one: Bell, other: Bell, signal: AbortSignal): Promise<void> {
  const over = new AbortController()
  const both = AbortSignal.any([signal, over.signal])
  await Promise.race([one.wait(POLL_MS, both), other.wait(POLL_MS, both)])
  over.abort()
}

interface Signals {
  /** No new request is begun. */
  readonly signal: AbortSignal
  /** And those under way end. */
  readonly cut: AbortSignal
}

/** Sends to one webhook for as long as something waits for it, one request after the other. */
async function serve(context: Context, leased: Hook, { signal, cut }: Signals): Promise<void> {
  const until = performance.now() + SERVE_MS
  let hook: Hook | undefined = leased
  try {
    for (let turns = 0; hook && turns < TURNS_PER_LEASE && performance.now() < until; turns++) {
      if (signal.aborted || !(await context.writing.state()).isOn) break
      hook = await step(context, hook, cut)
    }
    if (hook) await release(context.pool, hook)
  } catch (error) {
    if (!cut.aborted) context.log.warn({ err: error, webhook: leased.id }, 'a webhook could not be served')
    // Where that fails too the lease ends by itself. What was sent but not written down is sent again, with the same id.
    await release(context.pool, leased).catch(() => {})
  }
}
