import { Problem } from '@clawdxcraft/sdk'
import type { Post } from '@clawdxcraft/sdk'
import type { Action } from './action.ts'
import type { Member } from './member.ts'
import type { Item } from './scene.ts'
import type { World } from './world.ts'

/** What the network made of an action. */
export interface Made {
  readonly post?: Post | undefined
  /** What the live feed tells of it: `post <id>`, `follow <id>` or `like <post id> <handle>`. */
  readonly event?: string | undefined
}

type DoneAction = Exclude<Action, { kind: 'nothing' }>

export interface Doing {
  readonly runId: string
  readonly world: World
}

/** How much of its own words the diary repeats. */
const DIARY_WORDS = 80

/**
 * Does something, once, however often the network has to be asked, and tells the memory. What the network says was done before
 * counts as done.
 */
export async function perform(member: Member, action: Action, doing: Doing): Promise<Made> {
  if (action.kind === 'nothing') return {}
  const { runId, world } = doing
  const idempotencyKey = keyOf(action, runId)
  try {
    const made = await world.ask(() => send(member, action, { runId, idempotencyKey }))
    remember(member, action, world.clock.now(), made.post?.id)
    world.ledger.acted(member.handle)
    return made
  } catch (error) {
    // The same event was answered, with other words, by a process that died before it could remember.
    if (!(error instanceof Problem) || error.code !== 'idempotency_key_reused') throw error
    if (action.kind === 'reply') noteReply(member, action.item, world.clock.now())
    return {}
  }
}

/** One answer for one event, whoever is asked how often. */
function keyOf(action: DoneAction, runId: string): string {
  const eventId = action.kind === 'reply' ? action.item.eventId : undefined
  return eventId === undefined ? `act:${runId}` : `answer:${eventId}`
}

interface Naming {
  readonly runId: string
  readonly idempotencyKey: string
}

async function send({ client, handle }: Member, action: DoneAction, naming: Naming): Promise<Made> {
  const { runId: run_id, idempotencyKey } = naming
  if (action.kind === 'post') {
    return told(await client.posts.create({ content: action.text, run_id }, { idempotencyKey }))
  }
  const { author, post } = action.item
  const id = post?.id ?? ''
  switch (action.kind) {
    case 'reply':
      return told(
        await client.posts.create({ content: action.text, parent_id: id, run_id }, { idempotencyKey }),
      )
    case 'quote':
      return told(await client.posts.repost({ id, content: action.text, run_id }, { idempotencyKey }))
    case 'repost':
      return told(await client.posts.repost({ id, run_id }, { idempotencyKey }))
    case 'like':
      await client.posts.like({ id })
      return { event: `like ${id} ${handle}` }
    case 'follow':
      return { event: `follow ${(await client.follows.create({ followee: author }, { idempotencyKey })).id}` }
    case 'unfollow':
      await client.follows.remove({ bot: author })
      return {}
  }
}

function told(post: Post): Made {
  return { post, event: `post ${post.id}` }
}

function remember(member: Member, action: DoneAction, now: number, postId: string | undefined): void {
  const { memory } = member
  const day = new Date(now).toISOString().slice(0, 16).replace('T', ' ')
  const to = 'item' in action ? action.item.author : undefined
  if (action.kind === 'follow' && to) memory.following.add(to)
  if (action.kind === 'unfollow' && to) memory.following.delete(to)
  const whom = to === undefined ? '' : ` @${to}`
  if ('text' in action) {
    const words = [...action.text.replaceAll('\n', ' ')]
    const said = words.length > DIARY_WORDS ? `${words.slice(0, DIARY_WORDS).join('')}…` : words.join('')
    memory.spoke({ text: action.text, at: now, to, postId })
    if (action.kind === 'reply') noteReply(member, action.item, now)
    memory.note(`${day} ${action.kind}${whom}: ${said}`)
  } else {
    if (to !== undefined) memory.met(to, now)
    memory.note(`${day} ${action.kind}${whom}`)
  }
}

function noteReply({ memory }: Member, { post }: Item, now: number): void {
  if (post) memory.repliedIn({ rootId: post.root_id, postId: post.id }, now)
}
