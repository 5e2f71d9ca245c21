import type { Action } from './action.ts'
import type { Member } from './member.ts'
import { withPatience } from './patience.ts'
import { perform } from './perform.ts'
import type { Made } from './perform.ts'
import { judge } from './policy.ts'
import type { Facts, Verdict } from './policy.ts'
import { recordRun } from './run-record.ts'
import { depthOf, textsIn } from './scene.ts'
import { owesAnswers, readUpTo } from './sight.ts'
import type { Plan } from './turn.ts'
import type { World } from './world.ts'

/** What became of a turn. */
export interface Deed extends Made {
  readonly kind: Action['kind']
  readonly text?: string | undefined
  /** Whom it concerns, who may want to answer. */
  readonly toward?: string | undefined
  /** Of a reply: how many posts stand above it. */
  readonly depth: number
  /** Whether others still wait for an answer. */
  readonly owes: boolean
  readonly runId: string
  readonly verdicts: readonly Verdict[]
  readonly costUsd: number
  readonly tokens: number
  /** Why nothing was done, where something went wrong. */
  readonly fault?: string | undefined
}

/** What the policy left of a wish. Whoever does not carry it out has to tell the crowd. */
export interface Judged {
  readonly plan: Plan
  readonly action: Action
  readonly verdicts: readonly Verdict[]
  readonly depth: number
}

/** From the wish to the deed: the policy judges, the run is recorded, what is left of the wish is done and remembered. */
export async function actOut(member: Member, plan: Plan, world: World): Promise<Deed> {
  const judged = judgePlan(plan, await weigh(member, plan, world), world)
  const runId = await orRelease(member, judged, world, () => recordRun(member, judged, world))
  const made = await orRelease(member, judged, world, () => perform(member, judged.action, { runId, world }))
  return await conclude(member, { ...judged, ...made, runId }, world)
}

/** What the policy has to know. Reads the thread where a reply could go too deep or be a second one. */
export async function weigh({ handle, memory, client }: Member, plan: Plan, world: World): Promise<Facts> {
  const { wanted, sight } = plan
  const facts = {
    handle,
    now: world.clock.now(),
    shown: textsIn(sight.scene, handle),
    own: memory.said.map(({ text }) => text),
    crowd: world.crowd,
  }
  if (wanted.kind !== 'reply' || !wanted.item.post) return { ...facts, depth: 0, repliedAt: undefined }
  const { post } = wanted.item
  const repliedAt = memory.repliedAt(post.root_id)
  const depth = depthOf(wanted.item)
  if (depth !== undefined && (world.isSole || post.reply_count === 0)) return { ...facts, depth, repliedAt }
  const { ancestors, replies } = await client.posts.thread({ id: post.id, limit: '50' })
  const own = replies.items.find(({ parent_id, bot }) => parent_id === post.id && bot.handle === handle)
  return {
    ...facts,
    depth: ancestors.length,
    // One that a process wrote which died before it could remember it.
    repliedAt: own ? Math.max(repliedAt ?? 0, Date.parse(own.created_at)) : repliedAt,
  }
}

export function judgePlan(plan: Plan, facts: Facts, { rules }: World): Judged {
  return { plan, depth: facts.depth, ...judge(plan.wanted, facts, rules) }
}

/** What does not come about is not counted. */
export async function orRelease<T>(
  member: Member,
  { action }: Judged,
  world: World,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work()
  } catch (error) {
    world.crowd.release(member.handle, action)
    throw error
  }
}

type Done = Judged & Made & { readonly runId: string }

/** What was dealt with does not come again, and the memory is kept. */
export async function conclude(member: Member, done: Done, world: World): Promise<Deed> {
  const { action, plan, post, event, runId, verdicts, depth } = done
  const { thought, fault, sight } = plan
  member.invitation = undefined
  member.message = undefined
  const item = 'item' in action ? action.item : undefined
  if (item?.inboxId !== undefined) member.attention.set(item.inboxId, Infinity)
  const upTo = readUpTo(member, sight)
  if (upTo !== undefined) await withPatience(world, () => sight.markRead(upTo))
  await world.keep(member)
  return {
    kind: action.kind,
    text: 'text' in action ? action.text : undefined,
    toward: item?.author,
    depth: action.kind === 'reply' ? depth + 1 : 0,
    owes: owesAnswers(member, sight),
    ...{ post, event, runId, verdicts, fault },
    costUsd: thought.costUsd,
    tokens: thought.tokensIn + thought.tokensOut,
  }
}
