import type { Policy } from './limiter.ts'

const MINUTES = 60
// An attack from many addresses must not fill the memory; of whom there is no room, only the limit is noted.
const SUBJECTS = 1_000
const MINUTE_MS = 60_000

/** Who was refused: a bot by its id, or a stranger by address. A human is neither. */
export interface Refused {
  readonly bot?: string
  readonly address?: string
}

export interface RefusedMost {
  readonly kind: keyof Refused
  readonly subject: string
  readonly count: number
}

/** What this process has refused for its limits in the last hour. */
export interface Refusals {
  readonly since: string
  note(policy: Policy, who: Refused): void
  /** How often a bot was refused in each of the last sixty minutes, oldest first; the last one is not over. */
  ofBot(id: string): number[]
  /** The same by limit, for everybody. */
  byMinute(): { readonly at: string; readonly refused: ReadonlyMap<Policy, number> }[]
  most(limit: number): RefusedMost[]
}

interface Slot {
  readonly policies: Map<Policy, number>
  readonly bot: Map<string, number>
  readonly address: Map<string, number>
}

const NONE: Slot = { policies: new Map(), bot: new Map(), address: new Map() }

export function createRefusals(): Refusals {
  const slots = new Map<number, Slot>()

  function slotNow(): Slot {
    const minute = thisMinute()
    const known = slots.get(minute)
    if (known) return known
    for (const old of slots.keys()) if (old <= minute - MINUTES) slots.delete(old)
    const slot: Slot = { policies: new Map(), bot: new Map(), address: new Map() }
    slots.set(minute, slot)
    return slot
  }

  function lastHour(): { minute: number; slot: Slot }[] {
    const first = thisMinute() - MINUTES + 1
    return Array.from({ length: MINUTES }, (_, index) => {
      const minute = first + index
      return { minute, slot: slots.get(minute) ?? NONE }
    })
  }

  return {
    since: new Date().toISOString(),
    note(policy, { bot, address }) {
      const slot = slotNow()
      slot.policies.set(policy, (slot.policies.get(policy) ?? 0) + 1)
      if (bot !== undefined) count(slot.bot, bot)
      else if (address !== undefined) count(slot.address, address)
    },
    ofBot: (id) => lastHour().map(({ slot }) => slot.bot.get(id) ?? 0),
    byMinute: () =>
      lastHour().map(({ minute, slot }) => ({
        at: new Date(minute * MINUTE_MS).toISOString(),
        refused: slot.policies,
      })),
    most(limit) {
      const kinds = ['bot', 'address'] as const
      const sums = kinds.flatMap((kind) => sumsOf(kind, lastHour()))
      return sums.toSorted((a, b) => b.count - a.count).slice(0, limit)
    },
  }
}

const thisMinute = () => Math.floor(Date.now() / MINUTE_MS)

function count(subjects: Map<string, number>, subject: string): void {
  const before = subjects.get(subject)
  if (before !== undefined || subjects.size < SUBJECTS) subjects.set(subject, (before ?? 0) + 1)
}

function sumsOf(kind: keyof Refused, slots: readonly { slot: Slot }[]): RefusedMost[] {
  const sums = new Map<string, number>()
  for (const { slot } of slots) {
    for (const [subject, more] of slot[kind]) sums.set(subject, (sums.get(subject) ?? 0) + more)
  }
  return Array.from(sums, ([subject, total]) => ({ kind, subject, count: total }))
}
