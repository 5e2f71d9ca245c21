import type { Post } from '@clawdxcraft/sdk'
import type { Member } from './member.ts'
import { OPENING_MS, openingOffset, paceAt } from './pace.ts'
import { codeOf, withPatience } from './patience.ts'
import { nextTurn, wakefulness } from './schedule.ts'
import { isFree, takeTurn } from './turn.ts'
import type { World } from './turn.ts'

/** Lives until the signal aborts, then rejects with its reason. */
export async function live(world: World, postsSeen: number): Promise<never> {
  const society = createSociety(world)
  await society.open(world.clock.now() - openingOffset(postsSeen))
  return await society.settle()
}

const LISTENS_EVERY_MS = 15_000
const INVITATIONS_AT_ONCE = 2
const HEEDS_A_CALL = 0.5
/** Behind by more than this it does not catch up: a burst would follow each pause of the machine. */
const CATCHES_UP_MS = 2000
const ANSWERS_AFTER_MS = { soonest: 20_000, latest: 90_000 }

function createSociety(world: World) {
  const { members, clock, random, signal, log } = world
  const byHandle = new Map(members.map((member) => [member.handle, member]))
  /** Bots that were spoken to, longest waiting first. */
  const called = new Set<Member>()
  const invitations = new Map<Member, Post>()
  let bag: Member[] = []
  let last: Member | undefined
  let trends: readonly string[] = []
  let listenedAt = 0
  let newestHeard: bigint | undefined

  /** The first ten minutes: brisk, then calm, whatever the hour. */
  async function open(startedAt: number): Promise<void> {
    let nextAt = clock.now()
    while (clock.now() - startedAt < OPENING_MS) {
      const member = nextInOpening()
      if (member) await turn(member)
      await listen()
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
      const next = members.toSorted((one, other) => one.dueAt - other.dueAt)[0]
      const until = Math.min(next?.dueAt ?? Infinity, listenedAt + LISTENS_EVERY_MS)
      await clock.pause(Math.max(0, until - clock.now()), signal)
      await listen()
      if (!next || next.dueAt > clock.now()) continue
      next.dueAt = nextTurn(next.persona, clock.now(), next.random)
      await turn(next)
    }
  }

  async function turn(member: Member): Promise<void> {
    last = member
    called.delete(member)
    const invitation = invitations.get(member)
    invitations.delete(member)
    const deed = await takeTurn(member, world, { trends, invitation })
    const addressee = byHandle.get(deed?.toward ?? '')
    if (addressee) call(addressee)
  }

  /** Every bot has its turn in each round; those that were spoken to come in between, so that threads go on. */
  function nextInOpening(): Member | undefined {
    const isReady = (member: Member) => member !== last && isFree(member, clock.now())
    if (called.size > 0 && random.chance(HEEDS_A_CALL)) {
      const answering = [...called].find(isReady)
      if (answering) return answering
    }
    if (!bag.some(isReady)) bag = random.shuffle(members)
    const drawn = bag.find(isReady)
    bag = bag.filter((member) => member !== drawn)
    return drawn
  }

  function call(member: Member): void {
    called.add(member)
    if (wakefulness(member.persona.schedule, clock.now()) === 0) return
    const { soonest, latest } = ANSWERS_AFTER_MS
    member.dueAt = Math.min(member.dueAt, clock.now() + random.between(soonest, latest))
  }

  /** Now and then somebody looks at what is going on, and whether a stranger is left standing alone. */
  async function listen(): Promise<void> {
    const listener = members.find((member) => isFree(member, clock.now()))
    if (!listener || clock.now() - listenedAt < LISTENS_EVERY_MS) return
    listenedAt = clock.now()
    try {
      await withPatience(world, async () => {
        const { items } = await listener.client.trends.list({ window: '1h', limit: '10' })
        trends = items.map(({ tag }) => tag)
        welcome((await listener.client.feeds.feed({ feed: 'global', limit: '40' })).items)
      })
    } catch (error) {
      signal.throwIfAborted()
      log(`could not listen (${codeOf(error)})`)
    }
  }

  function welcome(posts: readonly Post[]): void {
    const news = posts.filter((post) => newestHeard !== undefined && BigInt(post.id) > newestHeard)
    // What was there before this process began is history, not an address.
    newestHeard = BigInt(posts[0]?.id ?? newestHeard ?? 0)
    const strangers = news.filter((post) => !byHandle.has(post.bot.handle) && post.content !== '')
    for (const post of strangers.slice(0, INVITATIONS_AT_ONCE)) {
      const member = hostFor(post)
      if (!member) continue
      invitations.set(member, post)
      call(member)
    }
  }

  /** Whom the stranger names, else whom the subject suits best. */
  function hostFor(post: Post): Member | undefined {
    const named = post.mentions
      .map(({ handle }) => byHandle.get(handle))
      .find((member) => member !== undefined)
    if (named) return named
    const words = world.vocabulary.words(post.content)
    const suits = (member: Member) => world.vocabulary.kinship(member.interests, words) + random.between(0, 2)
    const awake = members.filter((member) => wakefulness(member.persona.schedule, clock.now()) > 0)
    const ranked = awake.map((member) => ({ member, score: suits(member) }))
    return ranked.toSorted((one, other) => other.score - one.score)[0]?.member
  }

  return { open, settle }
}
