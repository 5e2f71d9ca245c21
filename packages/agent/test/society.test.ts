import { rmSync } from 'node:fs'
import type { Post } from '@clawdxcraft/protocol'
import { describe, expect, test } from 'vitest'
import { readRoles } from '../src/cast.ts'
import { ADMIN_TOKEN } from './fake-network.ts'
import { PERSONAS, stage } from './stage.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const textsOf = (posts: readonly Post[]) =>
  posts.map(({ content }) => content).filter((content) => content !== '')
const saidBy = (posts: readonly Post[], handle: string) => posts.filter(({ bot }) => bot.handle === handle)

describe('the first hours', async () => {
  const { network, clock, lines, live } = stage()
  const startedAt = clock.now()
  await live(3 * HOUR)
  const between = (from: number, to: number) =>
    network.posts.filter((post) => {
      const at = Date.parse(post.created_at) - startedAt
      return at >= from && at < to
    })
  const young = between(0, 45_000)

  test('bring the cast, posts and deep threads within 45 seconds', () => {
    expect(network.bots.size).toBeGreaterThanOrEqual(14)
    expect(young.length).toBeGreaterThanOrEqual(60)
    expect(Math.max(...young.map(network.depthOf))).toBeGreaterThanOrEqual(3)
    expect(new Set(young.map(({ bot }) => bot.handle)).size).toBe(network.bots.size)
    expect(young.some(({ repost_of_id, content }) => repost_of_id !== null && content !== '')).toBe(true)
    expect(network.likes).toBeGreaterThan(20)
    expect(lines).toEqual([
      `${network.bots.size} of ${network.bots.size} bots are registered at http://fake.test`,
    ])
  })

  test('calm down: a tenth of the pace after some minutes, then the hours of each persona', () => {
    expect(between(4 * MINUTE, 9 * MINUTE).length / 5).toBeLessThan(between(0, MINUTE).length / 10)
    // Whoever looks a quarter of an hour later still sees something happen.
    expect(between(11 * MINUTE, 26 * MINUTE).length).toBeGreaterThan(2)
    const settled = between(HOUR, 3 * HOUR)
    expect(settled.length).toBeGreaterThan(20)
    // Five to seven in the morning in New York: the park is closed.
    expect(saidBy(settled, 'blitz_sol')).toEqual([])
  })

  test('hold threads of many depths, none without end', () => {
    const depths = network.posts.map(network.depthOf)
    expect(Math.max(...depths)).toBeLessThanOrEqual(8)
    expect(depths.filter((depth) => depth === 0).length / depths.length).toBeGreaterThan(0.25)
    expect(depths.filter((depth) => depth >= 2).length / depths.length).toBeGreaterThan(0.25)
  })

  test('hardly hear the same thing twice among the first 200 posts', () => {
    expect(nearDuplicates(textsOf(network.posts).slice(0, 200)).length).toBeLessThan(10)
  })

  test('bring answers to what they stand under: most name their author or share a word with it', () => {
    const replies = network.posts.filter(({ parent_id }) => parent_id !== null)
    const touching = replies.filter((reply) => {
      const parent = network.posts.find(({ id }) => id === reply.parent_id)
      return (
        parent &&
        (reply.content.includes(`@${parent.bot.handle}`) || sharesWord(reply.content, parent.content))
      )
    })
    expect(touching.length / replies.length).toBeGreaterThan(0.5)
    const own = replies.filter((reply) =>
      saidBy(network.posts, reply.bot.handle).some(({ id }) => id === reply.parent_id),
    )
    expect(own).toEqual([])
  })
})

describe('a society', () => {
  test('has a follow graph: three to six each, nobody without a follower, nobody twice', async () => {
    const { network, live } = stage()
    await live(1)
    const handles = [...network.bots.keys()]
    for (const handle of handles) {
      const followed = network.follows.filter(([from]) => from === handle).map(([, to]) => to)
      expect(followed.length).toBeGreaterThanOrEqual(3)
      expect(followed.length).toBeLessThanOrEqual(6)
      expect(new Set(followed).size).toBe(followed.length)
      expect(followed).not.toContain(handle)
    }
    expect(new Set(network.follows.map(([, to]) => to)).size).toBe(handles.length)
  })

  test('lives the same life for the same seed and another for another', async () => {
    const [first, again, other] = [stage(), stage(), stage({ seed: '2' })]
    for (const run of [first, again, other]) await run.live(50_000)
    expect(again.network.writes).toEqual(first.network.writes)
    expect(textsOf(again.network.posts)).toEqual(textsOf(first.network.posts))
    expect(textsOf(other.network.posts)).not.toEqual(textsOf(first.network.posts))
    expect(nearDuplicates(textsOf(other.network.posts)).length).toBeLessThan(5)
  })

  test('says in a day about as much as its personas want, however much they are spoken to', async () => {
    const { network, live } = stage({ isLively: false })
    await live(24 * HOUR)
    const cast = (await readRoles([PERSONAS], () => undefined)).map(({ persona }) => persona)
    const wanted = cast.reduce((sum, { schedule }) => sum + (schedule?.posts_per_day ?? 12), 0)
    const spoken = textsOf(network.posts).length
    expect(spoken).toBeGreaterThan(wanted * 0.8)
    expect(spoken).toBeLessThan(wanted * 1.2)
    for (const { handle, schedule } of cast) {
      expect(saidBy(network.posts, handle).length).toBeLessThan(2 * (schedule?.posts_per_day ?? 12))
    }
  })

  test('whom a human wakes takes a turn at once, whatever the hour, and one however often it is said', async () => {
    const turns = async (isWoken: boolean) => {
      // Seven in the morning in Los Angeles, where he sleeps.
      const { network, clock, live } = stage({ isLively: false, start: Date.parse('2026-03-02T15:00:00Z') })
      if (isWoken) clock.at(MINUTE, () => Array.from({ length: 5 }, () => network.wake('rex_quasar')))
      await live(2 * MINUTE)
      return network.runs.filter(({ bot_id: id }) => id === network.bots.get('rex_quasar')?.id).length
    }
    const quiet = await turns(false)
    expect(await turns(true)).toBe(quiet + 1)
  })

  test('goes on calmly after a restart, and remembers what it said', async () => {
    const { network, live } = stage()
    await live(45_000)
    const before = network.posts.length
    await live(2 * MINUTE)
    expect(network.posts.length).toBeGreaterThan(before + 5)
    expect(network.posts.length).toBeLessThan(before + 40)
    for (const handle of network.bots.keys()) {
      const texts = textsOf(saidBy(network.posts, handle)).map((text) => text.replace(/^@\w+ /, ''))
      expect(new Set(texts).size).toBe(texts.length)
    }
  })
})

describe('trouble', () => {
  test('of one bot stops nobody else', async () => {
    const { network, clock, lines, live } = stage()
    clock.at(5000, () => network.refuse('train_41', 'forbidden'))
    clock.at(6000, () => network.refuse('teo_segv', 'bot_not_active'))
    clock.at(7000, () => network.refuse('rule_7b', 'internal'))
    clock.at(8000, () => network.refuse('small_chairs', 'rate_limited'))
    await live(60_000)
    expect(network.posts.length).toBeGreaterThan(80)
    for (const line of [
      'train_41: forbidden',
      'teo_segv: bot_not_active',
      'rule_7b: internal',
      'small_chairs: rate_limited',
    ]) {
      expect(lines).toContain(line)
    }
    expect(lines.length).toBeLessThan(12)
  })

  test('a network that is away is waited for, from the first request on', async () => {
    const { network, clock, lines, live } = stage()
    network.drop(5)
    clock.at(60_000, () => network.drop(6))
    await live(5 * MINUTE)
    expect(network.bots.size).toBeGreaterThanOrEqual(14)
    expect(network.posts.length).toBeGreaterThan(100)
    expect(
      lines.filter(
        (line) => line === 'the network is away (ECONNREFUSED), waiting; CLAWDX_URL says where it is',
      ).length,
    ).toBeGreaterThanOrEqual(2)
    expect(lines).toContain('the network is back')
  })

  test('a lost store is made anew with the human token, and nobody registers twice', async () => {
    const { network, storePath, lines, live } = stage()
    await live(30_000)
    const bots = network.bots.size
    rmSync(storePath)
    const before = network.posts.length
    await live(60_000)
    expect(network.bots.size).toBe(bots)
    expect(network.posts.length).toBeGreaterThan(before + 5)
    expect(network.writes.filter((write) => /^POST \/bots\/\w+\/keys/.test(write))).toHaveLength(bots)
    expect(lines.at(-1)).toBe(`${bots} of ${bots} bots are registered at http://fake.test`)
  })

  test('a key that is refused is replaced', async () => {
    const { network, clock, lines, live } = stage()
    clock.at(10_000, () => network.revokeKeys('hester_weeds'))
    await live(20_000)
    const before = saidBy(network.posts, 'hester_weeds').length
    await live(5 * MINUTE)
    expect(lines).toContain('hester_weeds: has a new key')
    expect(saidBy(network.posts, 'hester_weeds').length).toBeGreaterThan(before)
  })

  test('a handle that somebody else has stays theirs', async () => {
    const { network, lines, live } = stage()
    network.strangerPosts('rex_quasar', 'I was here first.')
    await live(45_000)
    expect(lines).toContain('rex_quasar: not registered (handle_taken)')
    expect(textsOf(saidBy(network.posts, 'rex_quasar'))).toEqual(['I was here first.'])
    expect(network.posts.length).toBeGreaterThan(60)
  })

  test('no secret is ever logged', async () => {
    const { network, clock, lines, storePath, live } = stage()
    network.drop(3)
    clock.at(5000, () => network.revokeKeys('base_rate'))
    clock.at(6000, () => network.refuse('train_41', 'invalid_api_key'))
    await live(60_000)
    rmSync(storePath)
    await live(10_000)
    expect(lines.length).toBeGreaterThan(3)
    expect(lines.join('\n')).not.toMatch(new RegExp(`${ADMIN_TOKEN}|clx_|jwt:`))
  })
})

describe('strangers', () => {
  test('who speak to a bot of the cast are answered, in the opening and later', async () => {
    const { network, clock, live } = stage()
    const posts: Post[] = []
    clock.at(3 * MINUTE, () =>
      posts.push(network.strangerPosts('newcomer', '@crumb_theory Is rye bread at all?')),
    )
    // At noon in Berlin the baker is still up.
    clock.at(90 * MINUTE, () =>
      posts.push(network.strangerPosts('newcomer', '@crumb_theory And what about oats?')),
    )
    await live(2 * HOUR)
    for (const post of posts) {
      const answers = network.posts.filter(({ parent_id }) => parent_id === post.id)
      expect(answers.map(({ bot }) => bot.handle)).toContain('crumb_theory')
    }
  })

  test('who speak to nobody are heard, but a flood of them is not answered in kind', async () => {
    const { network, clock, live } = stage()
    clock.at(5 * MINUTE, () =>
      network.strangerPosts('newcomer', 'My first loaf of sourdough bread has no crust.'),
    )
    await live(9 * MINUTE)
    const own = new Set(saidBy(network.posts, 'newcomer').map(({ id }) => id))
    expect(network.posts.some(({ parent_id }) => parent_id !== null && own.has(parent_id))).toBe(true)

    const flood = stage()
    const quiet = stage()
    flood.clock.at(5 * MINUTE, () => {
      for (let index = 0; index < 100; index++)
        flood.network.strangerPosts('loud_one', `Bread number ${index}`)
    })
    await flood.live(9 * MINUTE)
    await quiet.live(9 * MINUTE)
    expect(flood.network.posts.length - 100).toBeLessThan(quiet.network.posts.length * 1.2)
  })
})

function nearDuplicates(texts: readonly string[]): string[] {
  return texts.filter((text, index) =>
    texts.slice(0, index).some((earlier) => resemblance(text, earlier) > 0.6),
  )
}

/** Shared runs of four letters, as a part of all. */
function resemblance(one: string, other: string): number {
  const [first, second] = [runs(one), runs(other)]
  const shared = [...first].filter((run) => second.has(run)).length
  return shared / (first.size + second.size - shared)
}

function runs(text: string): Set<string> {
  const plain = text.toLowerCase().replaceAll(/@\w+ ?/g, '')
  return new Set(
    Array.from({ length: Math.max(1, plain.length - 3) }, (_, start) => plain.slice(start, start + 4)),
  )
}

function sharesWord(one: string, other: string): boolean {
  const words = (text: string) => new Set(text.toLowerCase().match(/[\p{L}\p{N}]{4,}|\p{sc=Han}/gu))
  return [...words(one)].some((word) => words(other).has(word))
}
