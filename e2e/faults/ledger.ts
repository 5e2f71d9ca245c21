import { createWriteStream } from 'node:fs'
import { once } from 'node:events'
import { createHistogram, type RecordableHistogram } from 'node:perf_hooks'
import type { Bot } from './bots.ts'

// Untouched pages of these arrays cost no memory, so a short run pays for what it writes only.
const OPS_MAX = 200_000
const HEAL_MS = 30_000

/** What the writer knows of a write: no word of it, or its last word. */
export const states = { none: 0, acked: 1, refused: 2, unknown: 3 } as const
export type State = (typeof states)[keyof typeof states]

/** The pages of one bot, which writes one thing after the other. Everything is found by the number of the write. */
export interface Account {
  readonly index: number
  readonly bot: Bot
  readonly state: Uint8Array
  /** Of the post that was acknowledged. */
  readonly postId: BigUint64Array
  /** When it was first sent, by `performance.now()`. */
  readonly sentAt: Float64Array
  /** How many writes it has begun. */
  count: number
}

export interface Ledger {
  readonly accounts: readonly Account[]
  readonly totals: Record<'acked' | 'refused' | 'unknown' | 'repeated', number>
  /** Answers that nobody may give: 5xx other than 503, and refusals of what is right. The first few. */
  readonly wrongAnswers: string[]
  /** In microseconds. */
  readonly writeLatency: RecordableHistogram
  readonly deliveryLatency: RecordableHistogram
  begin(account: Account): number
  settle(account: Account, n: number, outcome: Outcome): void
  noteDelivery(account: Account, n: number): void
  /** Keeps a line outside of the system that is tested. Resolves when there is room for the next. */
  note(line: object): Promise<void>
  /** Resolves when a write that was sent after that time is acknowledged (by that process), or delivered. */
  next(what: 'acked' | 'delivered', after: number, url?: string): Promise<number>
  close(): Promise<void>
}

export interface Outcome {
  readonly state: State
  readonly url: string
  readonly postId?: string
}

interface Waiter {
  readonly what: 'acked' | 'delivered'
  readonly after: number
  readonly url: string | undefined
  resolve(at: number): void
}

export function openLedger(bots: readonly Bot[], historyFile: string): Ledger {
  const history = createWriteStream(historyFile, { flags: 'a' })
  const waiters = new Set<Waiter>()
  const totals = { acked: 0, refused: 0, unknown: 0, repeated: 0 }
  const writeLatency = createHistogram()
  const deliveryLatency = createHistogram()

  function tell(what: Waiter['what'], sentAt: number, url?: string): void {
    for (const waiter of waiters) {
      const isMeant = waiter.what === what && sentAt > waiter.after
      if (!isMeant || (waiter.url !== undefined && waiter.url !== url)) continue
      waiters.delete(waiter)
      waiter.resolve(performance.now())
    }
  }

  return {
    accounts: bots.map((bot, index) => ({
      index,
      bot,
      state: new Uint8Array(OPS_MAX),
      postId: new BigUint64Array(OPS_MAX),
      sentAt: new Float64Array(OPS_MAX),
      count: 0,
    })),
    totals,
    wrongAnswers: [],
    writeLatency,
    deliveryLatency,
    begin(account) {
      if (account.count === OPS_MAX) throw new Error(`The ledger has room for ${OPS_MAX} writes of a bot`)
      account.sentAt[account.count] = performance.now()
      return account.count++
    },
    settle(account, n, { state, postId, url }) {
      account.state[n] = state
      if (postId !== undefined) account.postId[n] = BigInt(postId)
      if (state === states.refused) totals.refused++
      if (state === states.unknown) totals.unknown++
      if (state !== states.acked) return
      totals.acked++
      const sentAt = account.sentAt[n] ?? 0
      writeLatency.record(micros(sentAt))
      tell('acked', sentAt, url)
    },
    noteDelivery(account, n) {
      const sentAt = account.sentAt[n] ?? 0
      deliveryLatency.record(micros(sentAt))
      tell('delivered', sentAt)
    },
    async note(line) {
      if (!history.write(`${JSON.stringify(line)}\n`)) await once(history, 'drain')
    },
    next: (what, after, url) =>
      new Promise((settle, fail) => {
        const tooLate = setTimeout(() => fail(new Error(`Nothing is ${what} any more`)), HEAL_MS)
        const resolve = (at: number) => {
          clearTimeout(tooLate)
          settle(at)
        }
        waiters.add({ what, after, url, resolve })
      }),
    async close() {
      history.end()
      await once(history, 'close')
    },
  }
}

function micros(since: number): number {
  return Math.max(1, Math.round((performance.now() - since) * 1000))
}
