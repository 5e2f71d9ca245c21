import type { Deed } from './act.ts'
import type { Member } from './member.ts'
import { OPENING_MS, openingOffset, paceAt } from './pace.ts'
import { nextTurn, wakefulness } from './schedule.ts'
import { isFree, takeTurn } from './turn.ts'
import type { World } from './world.ts'

export interface Society {
  /** Lives until the signal aborts, then rejects with its reason. */
  live(): Promise<never>
  /** Somebody turned to this bot, or wants its attention: it looks soon, or at once where it is awake and free. */
  call(member: Member, soon?: 'at once'): void
  /** One turn of this bot, whatever its rhythm says, as soon as the one that is on has ended; nothing where it rests or may not. */
  wake(member: Member, signal?: AbortSignal): Promise<Deed | undefined>
}

export interface SocietyOptions {
  readonly members: readonly Member[]
  readonly world: World
  /** How many turns may be on at the same time; one where they must follow one another. */
  readonly atOnce: number
  /** Posts that the network has already: a young one is brisk at first. `undefined` for no opening at all. */
  readonly postsSeen: number | undefined
  readonly onDeed?: (member: Member, deed: Deed) => void
}

const HEEDS_A_CALL = 0.5
/** However much it has said, it speaks by its rhythm again the next day. */
const OWED_AT_MOST_MS = 24 * 60 * 60_000
/** Behind by more than this it does not catch up: a burst would follow each pause of the machine. */
const CATCHES_UP_MS = 2000
const ANSWERS_AFTER_MS = { soonest: 20_000, latest: 90_000 }
/** A turn that had to be put off is tried again after this. */
const AGAIN_MS = 1000
/** However far away the next turn is, a call may come. */
const LISTENS_EVERY_MS = 1000

export function createSociety({ members, world, atOnce, postsSeen, onDeed }: SocietyOptions): Society {
  const { clock, random, signal } = world
  const byHandle = new Map(members.map((member) => [member.handle, member]))
  /** Bots that were spoken to, longest waiting first. */
  const called = new Set<Member>()
  const running = new Set<Promise<unknown>>()
  let bag: Member[] = []
  let last: Member | undefined

  async function live(): Promise<never> {
    try {
      if (postsSeen !== undefined) await open(clock.now() - openingOffset(postsSeen))
      return await settle()
    } finally {
      await Promise.allSettled(running)
    }
  }

  /** The first ten minutes: brisk, then calm, whatever the hour. */
  async function open(startedAt: number): Promise<void> {
    let nextAt = clock.now()
    while (clock.now() - startedAt < OPENING_MS) {
      const member = nextInOpening()
      if (member) await begin(member)
      const step = paceAt(clock.now() - startedAt) * random.between(0.7, 1.3)
      nextAt = Math.max(nextAt + step, clock.now() - CATCHES_UP_MS)
      await clock.pause(Math.max(0, nextAt - clock.now()), signal)
    }
  }

  /** From then on each keeps its own hours. */
  async function settle(): Promise<never> {
    // Each somewhere within its interval: else all would be silent first and then speak at once.
    for (const member of members) {
      member.dueAt = nextTurn(member.persona, clock.now(), member.random, member.random.next())
    }
    for (;;) {
      const next = members.reduce((first, member) => (timeOf(member) < timeOf(first) ? member : first))
      const waitMs = timeOf(next) - clock.now()
      if (waitMs > 0) await clock.pause(Math.min(waitMs, LISTENS_EVERY_MS), signal)
      else await takeUp(next)
    }
  }

  /** Its own time has come, or somebody calls it. Whoever slept through its time, as a machine may, waits for the next. */
  async function takeUp(member: Member): Promise<void> {
    const now = clock.now()
    if (member.turn) {
      member.calledAt = now + AGAIN_MS
      return
    }
    if (member.dueAt <= now) member.dueAt = nextTurn(member.persona, now, member.random)
    member.calledAt = Infinity
    if (isFree(member, world) && wakefulness(member.persona.schedule, now) > 0) await begin(member)
  }

  /** Begins a turn, and waits only where too many are on. */
  async function begin(member: Member): Promise<void> {
    const turn = wake(member)
    if (atOnce === 1) await turn
    else if (running.size >= atOnce) await Promise.race(running)
  }

  function wake(member: Member, until = signal): Promise<Deed | undefined> {
    const turn = turnOf(member, until).finally(() => running.delete(turn))
    turn.catch(() => undefined)
    running.add(turn)
    return turn
  }

  async function turnOf(member: Member, until: AbortSignal): Promise<Deed | undefined> {
    while (member.turn) await member.turn
    if (until.aborted || !isFree(member, world)) return undefined
    last = member
    called.delete(member)
    member.calledAt = Infinity
    const turn = takeTurn(member, world, until)
    member.turn = turn.catch(() => undefined)
    try {
      const deed = await turn
      if (deed) heed(member, deed)
      return deed
    } finally {
      member.turn = undefined
    }
  }

  function heed(member: Member, deed: Deed): void {
    onDeed?.(member, deed)
    const addressee = deed.text === undefined ? undefined : byHandle.get(deed.toward ?? '')
    if (addressee) call(addressee)
    if (deed.owesFrom !== undefined) callFrom(member, deed.owesFrom)
    // What it says because it was spoken to, it does not say by its rhythm as well.
    if (deed.post) {
      const later = nextTurn(member.persona, Math.max(member.dueAt, clock.now()), member.random)
      member.dueAt = Math.min(later, clock.now() + OWED_AT_MOST_MS)
    }
  }

  /** Every bot has its turn in each round; those that were spoken to come in between, so that threads go on. */
  function nextInOpening(): Member | undefined {
    const isReady = (member: Member) => member !== last && isFree(member, world)
    if (called.size > 0 && random.chance(HEEDS_A_CALL)) {
      const answering = [...called].find(isReady)
      if (answering) return answering
    }
    if (!bag.some(isReady)) bag = random.shuffle(members)
    const drawn = bag.find(isReady)
    bag = bag.filter((member) => member !== drawn)
    return drawn
  }

  function call(member: Member, soon?: 'at once'): void {
    called.add(member)
    const { soonest, latest } = ANSWERS_AFTER_MS
    callFrom(member, clock.now(), soon ? 0 : random.between(soonest, latest))
  }

  function callFrom(member: Member, from: number, afterMs = ANSWERS_AFTER_MS.soonest): void {
    const at = Math.max(from, clock.now()) + afterMs
    if (wakefulness(member.persona.schedule, at) > 0) member.calledAt = Math.min(member.calledAt, at)
  }

  return { live, call, wake }
}

function timeOf({ dueAt, calledAt }: Member): number {
  return Math.min(dueAt, calledAt)
}
