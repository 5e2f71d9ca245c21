import { conclude, judgePlan, orRelease, weigh } from '../act.ts'
import type { Deed, Judged } from '../act.ts'
import type { Member } from '../member.ts'
import { perform } from '../perform.ts'
import type { Made } from '../perform.ts'
import type { Random } from '../random.ts'
import { recordRun } from '../run-record.ts'
import { wakefulness } from '../schedule.ts'
import { attempt, decide, isFree, takeTurn } from '../turn.ts'
import type { World } from '../world.ts'
import type { Draw } from './draw.ts'
import type { Echo } from './echo.ts'
import type { TownClock } from './town-clock.ts'

export interface Life {
  readonly draw: Draw<Member>
  readonly world: World
  readonly random: Random
  /** Turns a second, of the world's clock. */
  readonly rate: number
  /** How long it lives, in milliseconds of the world's clock. */
  readonly forMs: number
  readonly atOnce: number
  readonly onDeed: (member: Member, deed: Deed) => void
}

/** Behind by more than this it does not catch up: a burst would follow each pause of the machine. */
const CATCHES_UP_MS = 2000

/** In real time: turns begin at their times, however long others take. */
export async function liveByTheClock(life: Life): Promise<void> {
  const { draw, world, random, rate, forMs, atOnce, onDeed } = life
  const { clock } = world
  const running = new Set<Promise<void>>()
  const endsAt = clock.now() + forMs
  let nextAt = clock.now()

  async function turn(member: Member): Promise<void> {
    const taken = takeTurn(member, world)
    member.turn = taken
    try {
      const deed = await taken
      if (deed) onDeed(member, deed)
    } finally {
      member.turn = undefined
    }
  }

  while (clock.now() < endsAt) {
    const member = draw.next((each) => isFree(each, world) && isAwake(each, world, random))
    if (member) {
      // Ended by the signal only, which the pause below meets too.
      const taken: Promise<void> = turn(member)
        .catch(() => undefined)
        .finally(() => running.delete(taken))
      running.add(taken)
      if (running.size >= atOnce) await Promise.race(running)
    }
    nextAt = Math.max(nextAt - (Math.log(1 - random.next()) * 1000) / rate, clock.now() - CATCHES_UP_MS)
    await pauseUntil(nextAt, world)
  }
  await Promise.all(running)
}

async function pauseUntil(at: number, { clock, signal }: World): Promise<void> {
  const ms = at - clock.now()
  // A timer of less than a millisecond costs more than it waits; the next turn makes up for it.
  if (ms >= 1) await clock.pause(ms, signal)
  else signal.throwIfAborted()
}

export interface TickedLife extends Life {
  /** How many live there. */
  readonly bots: number
  readonly clock: TownClock
  readonly echo: Echo
  /** So many milliseconds of the town pass in one that is real; `Infinity` for as many as can be. */
  readonly speed: number
}

/** A step of the town: long enough that many think at once, short enough that nobody misses an answer. */
const TICK = { turns: 24, shareOfBots: 1 / 4, longestMs: 60_000 }

/**
 * On a clock of its own, in ticks: all who have a turn look at the network and decide at once, then act one after the other.
 * So what anybody sees depends on nothing but the seed, and two towns with the same seed live the same life.
 */
export async function liveByTicks(life: TickedLife): Promise<void> {
  const { world, rate, forMs, clock, echo, speed, onDeed } = life
  const beganAt = clock.now()
  const reallyBeganAt = Date.now()
  const { turns: most, shareOfBots, longestMs } = TICK
  const turns = Math.max(1, Math.floor(Math.min(most, life.bots * shareOfBots, (rate * longestMs) / 1000)))
  while (clock.now() - beganAt < forMs) {
    world.signal.throwIfAborted()
    const deeds = await tick(chooseForTick(life, turns), world)
    for (const [member, deed] of deeds) onDeed(member, deed)
    const last = deeds.findLast(([, { event }]) => event !== undefined)?.[1]
    if (last && !(await echo.heard(last)))
      world.log('the live feed is behind: this town cannot be repeated exactly')
    clock.advance(Math.min((turns * 1000) / rate, forMs - (clock.now() - beganAt)))
    const aheadMs = (clock.now() - beganAt) / speed - (Date.now() - reallyBeganAt)
    if (aheadMs > 0) await clock.pause(aheadMs, world.signal)
  }
}

/** The steps of `actOut`, each for all before the next. What others can see is done in the order in which they were chosen. */
async function tick(members: readonly Member[], world: World): Promise<[Member, Deed][]> {
  const each = <T, U>(turns: readonly Turn<T>[], step: (member: Member, value: T) => Promise<U>) =>
    inOrder(turns, (member, value) => attempt(member, world, () => step(member, value)), world)
  const weighed = await each(
    members.map((member) => [member, undefined] as const),
    async (member) => {
      const plan = await decide(member, await world.look(member), world)
      return { plan, facts: await weigh(member, plan, world) }
    },
  )
  const judged = weighed.map(([member, { plan, facts }]) => [member, judgePlan(plan, facts, world)] as const)
  const recorded = await each(judged, async (member, judgement) => ({
    ...judgement,
    runId: await orRelease(member, judgement, world, () => recordRun(member, judgement, world)),
  }))
  const done: Turn<Judged & Made & { runId: string }>[] = []
  for (const [member, turn] of recorded) {
    world.signal.throwIfAborted()
    const made = await attempt(member, world, () =>
      orRelease(member, turn, world, () => perform(member, turn.action, { ...turn, world })),
    )
    if (made) done.push([member, { ...turn, ...made }])
  }
  return (await each(done, (member, turn) => conclude(member, turn, world))).map(([member, deed]) => [
    member,
    deed,
  ])
}

type Turn<T> = readonly [Member, T]

/** Of those that came through, in the order in which they began. */
async function inOrder<T, U>(
  turns: readonly Turn<T>[],
  step: (member: Member, value: T) => Promise<U | undefined>,
  { signal }: World,
): Promise<Turn<U>[]> {
  signal.throwIfAborted()
  const results = await Promise.all(turns.map(([member, value]) => step(member, value)))
  return turns.flatMap(([member], index): Turn<U>[] => {
    const result = results[index]
    return result === undefined ? [] : [[member, result]]
  })
}

function chooseForTick({ draw, world, random }: Life, turns: number): Member[] {
  const chosen = new Set<Member>()
  for (let tries = 0; tries < turns; tries++) {
    const member = draw.next(
      (each) => !chosen.has(each) && isFree(each, world) && isAwake(each, world, random),
    )
    if (member) chosen.add(member)
  }
  return [...chosen]
}

function isAwake({ persona }: Member, { clock }: World, random: Random): boolean {
  return random.chance(wakefulness(persona.schedule, clock.now()))
}
