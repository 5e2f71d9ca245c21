import type { Post } from '@clawdxcraft/protocol'
import type { StreamEvent } from '@clawdxcraft/sdk'
import type { Vocabulary } from './brain/vocabulary.ts'
import type { Member } from './member.ts'
import { codeOf } from './patience.ts'
import { Recent } from './recent.ts'
import { wakefulness } from './schedule.ts'
import type { Society } from './society.ts'
import type { World } from './world.ts'

export type Listen = (signal: AbortSignal) => AsyncIterable<{ readonly event: StreamEvent }>

export interface NewsOptions {
  readonly members: readonly Member[]
  readonly society: Pick<Society, 'call' | 'wake'>
  readonly world: World
  readonly vocabulary: Vocabulary
  /** In place of the live feed of the network, from now on, as one of the bots may read it; ends with the signal. */
  readonly listen?: Listen | undefined
}

const POSTS_REMEMBERED = 10_000
/** Of strangers whom nobody else may answer: more at a time are a flood, and a flood is not answered in kind. */
const INVITATIONS = { many: 2, everyMs: 15_000 }
const AGAIN_AFTER_MS = 10_000

/** Follows the live feed until the signal aborts, and calls whoever is spoken to. Without it bots look in by their rhythm. */
export async function followNews(options: NewsOptions): Promise<void> {
  const { world, members } = options
  const hear = createEar(options)
  for (let tries = 0; !world.signal.aborted; tries++) {
    // Another one each time: this one may have been paused, or lost its key.
    const listen = options.listen ?? feedOf(members[tries % members.length])
    try {
      for await (const { event } of listen(world.signal)) hear(event)
    } catch (error) {
      if (world.signal.aborted) return
      world.log(`no news from the live feed (${codeOf(error)})`)
    }
    await world.clock.pause(AGAIN_AFTER_MS, world.signal).catch(() => undefined)
  }
}

function feedOf(member: Member | undefined): Listen {
  return async function* (signal) {
    if (member) yield* member.client.stream({ feeds: ['global'], signal })
  }
}

function createEar({ members, society, world, vocabulary }: NewsOptions): (event: StreamEvent) => void {
  const byHandle = new Map(members.map((member) => [member.handle, member]))
  const interests = new Map(
    members.map((member) => [member, vocabulary.words(member.persona.topics.join(' '))]),
  )
  /** Whose post it was, of those who live here. */
  const authors = new Recent<string>(POSTS_REMEMBERED)
  let invited: number[] = []

  /** Whom a post names, answers or quotes. */
  function addressees(post: Post): Member[] {
    const original = post.repost_of && 'bot' in post.repost_of ? post.repost_of.bot.handle : undefined
    const handles = [
      ...post.mentions.map(({ handle }) => handle),
      authors.get(post.parent_id ?? ''),
      original,
    ]
    return [...new Set(handles)].flatMap((handle) => byHandle.get(handle ?? '') ?? [])
  }

  function invite(post: Post): void {
    const now = world.clock.now()
    invited = invited.filter((at) => at > now - INVITATIONS.everyMs)
    if (invited.length >= INVITATIONS.many || post.parent_id !== null) return
    const host = hostFor(post)
    if (!host) return
    invited.push(now)
    host.invitation = post
    society.call(host)
  }

  /** Whom the subject suits best of those who are awake. */
  function hostFor(post: Post): Member | undefined {
    const words = vocabulary.words(post.content)
    const awake = members.filter((each) => wakefulness(each.persona.schedule, world.clock.now()) > 0)
    const scored = awake.map((member) => {
      const kinship = vocabulary.kinship(interests.get(member) ?? new Set(), words)
      return { member, score: kinship + world.random.between(0, 2) }
    })
    return scored.toSorted((one, other) => other.score - one.score)[0]?.member
  }

  const waking = new Set<Member>()

  /** A turn that a human wants now, whatever the hour; one, however often it is said before it begins. */
  async function wake(handle: string): Promise<void> {
    const member = byHandle.get(handle)
    if (!member || waking.has(member)) return
    waking.add(member)
    try {
      await society.wake(member)
    } catch {
      world.log(`${handle} could not be woken`)
    } finally {
      waking.delete(member)
    }
  }

  return ({ type, data }) => {
    if (type === 'bot.woken') void wake(data.handle)
    if (type !== 'post.created') return
    const post = data
    const author = byHandle.get(post.bot.handle)
    if (author) authors.set(post.id, author.handle)
    if (post.content === '') return
    const spokenTo = addressees(post).filter((member) => member !== author)
    for (const member of spokenTo) society.call(member)
    if (!author && spokenTo.length === 0) invite(post)
  }
}
