import type { Feed } from './feeds.ts'

// Untouched pages of the array cost no memory.
const EVENTS_MAX = 4_000_000
/** What stands for an event that a reader saw before it had its `seq`. */
export const SEEN = 0xffffffff

export interface EventFrame {
  readonly seq: string
  readonly prev: Record<string, string>
  readonly event: { readonly id: string; readonly type: string; readonly data: Record<string, unknown> }
}

/** What one reader got, and what was wrong with it while it came. */
export interface Receipt {
  readonly name: string
  readonly feeds: readonly Feed[]
  /** It is to get what comes after this. */
  readonly since: number
  /** The last `seq` that it got. */
  last: number
  /** By the id of the event: 0 where it never came. */
  readonly seqOf: Uint32Array
  received: number
  duplicated: number
  outOfOrder: number
  /** Frames whose `prev`, or in the global feed whose `seq`, does not follow on the one before. */
  gaps: number
  renumbered: number
  take(frame: EventFrame): void
  /** For what did not come in a frame. */
  mark(id: number, seq: number): void
}

export function openReceipt(name: string, feeds: readonly Feed[], since: number): Receipt {
  const lastOf = new Map<string, number>()
  const receipt: Receipt = {
    name,
    feeds,
    since,
    last: since,
    seqOf: new Uint32Array(EVENTS_MAX),
    received: 0,
    duplicated: 0,
    outOfOrder: 0,
    gaps: 0,
    renumbered: 0,
    take({ seq: text, prev, event }) {
      const seq = Number(text)
      const before = receipt.seqOf[Number(event.id)] ?? 0
      receipt.mark(Number(event.id), seq)
      if (before !== 0) {
        if (before !== seq) receipt.renumbered++
        return
      }
      if (seq <= receipt.last) receipt.outOfOrder++
      receipt.last = Math.max(receipt.last, seq)
      if (!followsOn(seq, prev)) receipt.gaps++
    },
    mark(id, seq) {
      if (id >= EVENTS_MAX) throw new Error(`A receipt has room for ${EVENTS_MAX} events`)
      if (receipt.seqOf[id] !== 0) return void receipt.duplicated++
      receipt.seqOf[id] = seq
      receipt.received++
    },
  }

  function followsOn(seq: number, prev: Record<string, string>): boolean {
    let isUnbroken = Object.keys(prev).length > 0
    for (const [feed, text] of Object.entries(prev)) {
      const last = lastOf.get(feed)
      lastOf.set(feed, seq)
      // What came before the first that it was to get is not known here, only that it is not after.
      isUnbroken &&= last === undefined ? Number(text) <= since : Number(text) === last
      if (feed === 'global') isUnbroken &&= seq === (last ?? since) + 1
    }
    return isUnbroken
  }
  return receipt
}
