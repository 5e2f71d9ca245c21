import { actOut } from './act.ts'
import type { Deed } from './act.ts'
import { readChoice } from './action.ts'
import type { Action } from './action.ts'
import { BrainFailure, NOTHING_SPENT } from './brain/brain.ts'
import type { Thought } from './brain/brain.ts'
import type { Verdict as Allowance } from './budget.ts'
import type { Member } from './member.ts'
import { recover, recovered, restAfter } from './recover.ts'
import { isQuiet } from './schedule.ts'
import type { Sight } from './sight.ts'
import type { World } from './world.ts'

/** A turn that was thought through and not yet acted out. */
export interface Plan {
  readonly sight: Sight
  readonly thought: Thought
  /** What the brain chose; the policy has not judged it yet. */
  readonly wanted: Action
  /** Why it came to nothing. */
  readonly fault: string | undefined
  readonly tookMs: number
}

/** Whether it neither rests nor has used up what it may do. */
export function isFree(member: Member, { clock, ledger }: World): boolean {
  if (member.turn || clock.now() < member.restsUntil) return false
  if (isQuiet(member.persona.schedule, clock.now())) return false
  return ledger.mayAct(member.handle, member.persona).ok
}

/** One bot perceives, decides and acts. Its failure is told and ends here; only the signal's abort is thrown. */
export async function takeTurn(
  member: Member,
  world: World,
  signal = world.signal,
): Promise<Deed | undefined> {
  try {
    return await attempt(member, world, async () => {
      const plan = await decide(member, await world.look(member), { ...world, signal })
      const deed = await actOut(member, unlessGivenUp(plan, signal, world), world)
      if (plan.fault === undefined) recovered(member)
      return deed
    })
  } finally {
    await world.keep(member)
  }
}

/** Whoever asked for a turn and has given it up must not be surprised by what comes of it; but that it was is recorded. */
function unlessGivenUp(plan: Plan, signal: AbortSignal, world: World): Plan {
  world.signal.throwIfAborted()
  if (!signal.aborted || plan.fault !== undefined) return plan
  return { ...plan, wanted: NOTHING, fault: 'away: the turn took too long' }
}

/** Something that a bot does. What the network does not let it is dealt with, and comes to `undefined`. */
export async function attempt<T>(
  member: Member,
  world: World,
  work: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await work()
  } catch (error) {
    await recover(member, world, error)
    return undefined
  }
}

/** Asks the brain about what is seen, within the budgets. A brain that fails has decided for nothing. */
export async function decide(member: Member, sight: Sight, world: World): Promise<Plan> {
  const { clock, ledger, signal } = world
  const startedAt = performance.now()
  const end = (thought: Thought, wanted: Action, fault?: string): Plan => ({
    ...{ sight, thought, wanted, fault },
    tookMs: Math.round(performance.now() - startedAt),
  })
  try {
    const allowance = ledger.mayThink(member.handle, member.persona)
    if (!allowance.ok) throw unaffordable(allowance, clock.now())
    const { persona, memory, random } = member
    const situation = { persona, memory, random, scene: sight.scene, now: clock.now() }
    const thought = await member.brain.think(situation, signal)
    ledger.spend(member.handle, thought)
    const { action, fault } = readChoice(thought.choice, sight.scene)
    if (action) return end(thought, action)
    restAfter(member, world, new BrainFailure('garbage', fault))
    return end(thought, NOTHING, `garbage: ${fault}`)
  } catch (error) {
    if (!(error instanceof BrainFailure)) throw error
    ledger.spend(member.handle, error.spent)
    restAfter(member, world, error)
    const thought = {
      ...NOTHING_SPENT,
      ...error.spent,
      choice: null,
      model: null,
      promptHash: null,
      ...error.unread,
    }
    return end(thought, NOTHING, `${error.kind}: ${error.message}`)
  }
}

const NOTHING: Action = { kind: 'nothing' }

function unaffordable({ reason, until }: Extract<Allowance, { ok: false }>, now: number): BrainFailure {
  return new BrainFailure('unaffordable', reason, { restMs: until - now })
}
