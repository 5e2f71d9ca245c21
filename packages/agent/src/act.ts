import type { Reply } from '@clawdxcraft/protocol'
import type { Action } from './action.ts'
import type { Member } from './member.ts'
import { perform } from './perform.ts'
import type { Made } from './perform.ts'
import { judge } from './policy.ts'
import type { Facts, Verdict } from './policy.ts'
import { recordRun } from './run-record.ts'
import { depthOf, textsIn } from './scene.ts'
import { noteLooks, owesFrom, readUpTo } from './sight.ts'
import type { Sight } from './sight.ts'
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
  /** When it can answer what still waits, in milliseconds since 1970; `undefined` where nothing does. */
  readonly owesFrom: number | undefined
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
  if (wanted.kind !== 'reply' || !wanted.item.post) {
    return { ...facts, depth: 0, repliedAt: undefined, hasAnswered: false }
  }
  const { post, source } = wanted.item
  const repliedAt = memory.repliedAt(post.root_id)
  const hasAnswered = memory.hasAnswered(post.id)
  const depth = depthOf(wanted.item)
  // An invitation is as old as the post: by now there may be answers.
  const isUnanswered = post.reply_count === 0 && source !== 'invited'
  if (depth !== undefined && (world.isSole || isUnanswered))
    return { ...facts, depth, repliedAt, hasAnswered }
  const { ancestors, replies } = await world.ask(() => client.posts.thread({ id: post.id, limit: '50' }))
  const isOwn = ({ parent_id, bot }: Reply) => parent_id === post.id && bot.handle === handle
  return {
    ...facts,
    depth: ancestors.length,
    repliedAt,
    // One that a process wrote which died before it could remember it.
    hasAnswered: hasAnswered || replies.items.some(isOwn),
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

/** What it was told of in this turn; what has come meanwhile is for the next. */
function forget(member: Member, { scene }: Sight): void {
  if (member.message === scene.message) member.message = undefined
  if (scene.items.some(({ post, source }) => source === 'invited' && post?.id === member.invitation?.id)) {
    member.invitation = undefined
  }
}

type Done = Judged & Made & { readonly runId: string }

/** What was dealt with does not come again, and the memory is kept. */
export async function conclude(member: Member, done: Done, world: World): Promise<Deed> {
  const { action, plan, post, event, runId, verdicts, depth } = done
  const { thought, fault, sight } = plan
  const item = 'item' in action ? action.item : undefined
  // A turn that came to nothing has shown nothing to anybody.
  if (fault === undefined) {
    forget(member, sight)
    noteLooks(member, sight, item, world.clock.now())
    const upTo = readUpTo(member, sight)
    if (upTo !== undefined) await world.ask(() => sight.markRead(upTo))
  }
  return {
    kind: action.kind,
    text: 'text' in action ? action.text : undefined,
    toward: item?.author,
    depth: action.kind === 'reply' ? depth + 1 : 0,
    owesFrom: owesFrom(member, sight),
    ...{ post, event, runId, verdicts, fault },
    costUsd: thought.costUsd,
    tokens: thought.tokensIn + thought.tokensOut,
  }
}
