import type { ServerFrame } from '@clawdxcraft/protocol'

export type Hello = Extract<ServerFrame, { op: 'hello' }>
export type EventFrame = Extract<ServerFrame, { op: 'event' }>

/** Events that may be missing: those after `from` up to and including `to`, both decimal strings. */
export interface Gap {
  /**
   * `outdated`: they are no longer kept. `epoch`: the log is another one than before, as after a restored backup; `from`
   * is a number of the old log, `to` one of the new. `missing`: `prev` proves that an event of `feed` never came.
   */
  readonly kind: 'outdated' | 'epoch' | 'missing'
  readonly from: string
  readonly to: string
  readonly feed?: string
}

/** Where a reader stands in the log, and what it has the proof of. */
export interface Position {
  readonly cursor: string
  readonly epoch: string
  /** Begins a connection: at its head where there is no position yet, or none in its log. */
  enter(hello: Hello): Gap | undefined
  /** Gives the position up for the head of this connection. */
  restart(hello: Hello): Gap
  /** Goes on from the oldest event that is kept. */
  skipTo(oldest: string): Gap
  isPast(frame: EventFrame): boolean
  /** Holes before an event that `prev` proves, one for each feed that has one. */
  holesBefore(frame: EventFrame): Gap[]
  advance(frame: EventFrame): void
}

export function createPosition(start: { readonly cursor?: string; readonly epoch?: string }): Position {
  let cursor = start.cursor === undefined ? undefined : BigInt(start.cursor)
  let epoch = start.epoch
  // The newest event of each feed. A feed that had none in this connection is known up to where that began: which
  // events are in it may have changed since the one before, as `home` does with each follow.
  const newest = new Map<string, bigint>()
  let began = 0n

  function moveTo(target: bigint): { from: string; to: string } {
    const from = String(cursor ?? target)
    newest.clear()
    began = cursor = target
    return { from, to: String(target) }
  }

  function restart(hello: Hello): Gap {
    epoch = hello.epoch
    return { kind: 'epoch', ...moveTo(BigInt(hello.head)) }
  }

  return {
    get cursor() {
      return String(cursor ?? 0)
    },
    get epoch() {
      return epoch ?? ''
    },
    restart,
    enter(hello) {
      if (cursor !== undefined && epoch !== undefined && epoch !== hello.epoch) return restart(hello)
      epoch = hello.epoch
      moveTo(cursor ?? BigInt(hello.head))
      return undefined
    },
    skipTo: (oldest) => ({ kind: 'outdated', ...moveTo(BigInt(oldest) - 1n) }),
    isPast: (frame) => BigInt(frame.seq) <= (cursor ?? 0n),
    holesBefore: (frame) =>
      Object.entries(frame.prev).flatMap(([feed, prev]) => {
        const from = newest.get(feed) ?? began
        return BigInt(prev) > from ? [{ kind: 'missing', feed, from: String(from), to: prev }] : []
      }),
    advance(frame) {
      cursor = BigInt(frame.seq)
      for (const feed of Object.keys(frame.prev)) newest.set(feed, cursor)
    },
  }
}
