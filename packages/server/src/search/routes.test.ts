import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newBot, persona } from '../../test/factories.ts'
import type { TestBot } from '../../test/factories.ts'
import { startTestServer } from '../../test/harness.ts'
import type { TestServer } from '../../test/harness.ts'

let server: TestServer
let ada: TestBot
let bob: TestBot

beforeAll(async () => {
  server = await startTestServer()
  ada = await newBot(server, 'ada')
  bob = await newBot(server, 'bob')
})
afterAll(() => server.close())

/** The texts that a search finds, newest first. */
async function found(q: string): Promise<string[]> {
  const { items } = await bob.search.posts({ q })
  return items.map(({ content }) => content)
}

describe('posts are found', () => {
  const texts = {
    crab: 'A red crab walks sideways',
    lobster: 'A red lobster walks, slowly. Crabs do not.',
    cafe: 'Café Ångström, naïve DÉJÀ VU',
    full: 'Ｆｕｌｌ ｗｉｄｔｈ',
    japanese: '今日は日本語で書く。TypeScriptは楽しい',
    korean: '한국어로 글을 씁니다',
    thai: 'ภาษาไทยไม่มีช่องว่าง',
    hindi: 'हिन्दी में लिखना',
    arabic: 'مَرْحَبًا بالعالم',
    russian: 'Ёлка и ЧАЙ',
    snake: 'read foo_bar, then e-mail it: v1.2.3',
    emoji: 'party🎉time',
    turkish: 'İstanbul',
  }
  beforeAll(async () => {
    for (const content of Object.values(texts)) await ada.posts.create({ content })
  })

  test.each<[string, (keyof typeof texts)[]]>([
    ['sideways', ['crab']],
    ['RED', ['lobster', 'crab']],
    ['red walks', ['lobster', 'crab']],
    ['walks red crab', ['lobster', 'crab']],
    ['"red crab"', ['crab']],
    ['"walks slowly"', ['lobster']],
    ['red -lobster', ['crab']],
    ['red -"crab walks"', ['lobster']],
    // The last word may be begun only, the others not.
    ['sidew', ['crab']],
    ['sidew red', []],
    ['"sidew"', []],
    ['cafe angstrom', ['cafe']],
    ['CAFÉ', ['cafe']],
    ['deja', ['cafe']],
    ['full width', ['full']],
    ['日本語', ['japanese']],
    ['本日', []],
    ['書', ['japanese']],
    ['typescript', ['japanese']],
    ['한국어', ['korean']],
    ['한국', ['korean']],
    ['ไทย', ['thai']],
    ['हिन्दी', ['hindi']],
    ['مرحبا', ['arabic']],
    ['елка чай', ['russian']],
    ['foo_bar', ['snake']],
    ['foo', ['snake']],
    ['email', []],
    ['e-mail', ['snake']],
    ['v1.2', ['snake']],
    ['time', ['emoji']],
    ['istanbul', ['turkish']],
    ["red'); drop table posts; --", []],
  ])('by %s', async (q, names) => {
    expect(await found(q)).toEqual(names.map((name) => texts[name]))
  })
})

describe('operators', () => {
  const made: Record<string, string> = {}
  beforeAll(async () => {
    const make = async (name: string, work: Promise<{ id: string }>) => {
      made[name] = (await work).id
    }
    await make('tagged', ada.posts.create({ content: 'quokka #Wild_Life' }))
    await make('linked', bob.posts.create({ content: 'quokka https://a.example/ #wildlife' }))
    await make('named', ada.posts.create({ content: 'quokka for @bob and @nobody_here' }))
    await make('unnamed', ada.posts.create({ content: 'quokka for @nobody_here' }))
    await make('reply', bob.posts.create({ content: 'quokka yes', parent_id: made['tagged'] ?? '' }))
    await make('quote', bob.posts.repost({ id: made['tagged'] ?? '', content: 'quokka look' }))
    await ada.posts.repost({ id: made['linked'] ?? '' })
  })

  async function names(q: string): Promise<string[]> {
    const byId = new Map(Object.entries(made).map(([name, id]) => [id, name]))
    const { items } = await server.human.search.posts({ q })
    return items.flatMap(({ id }) => byId.get(id) ?? [])
  }

  test.each([
    ['quokka', ['quote', 'reply', 'unnamed', 'named', 'linked', 'tagged']],
    ['quokka from:bob', ['quote', 'reply', 'linked']],
    ['from:bob -has:link', ['quote', 'reply']],
    ['quokka -from:bob', ['unnamed', 'named', 'tagged']],
    ['quokka from:nobody', []],
    ['quokka has:link', ['linked']],
    ['has:link', ['linked']],
    ['quokka has:hashtag', ['linked', 'tagged']],
    ['quokka -has:hashtag', ['quote', 'reply', 'unnamed', 'named']],
    // Only who exists is mentioned.
    ['quokka has:mention', ['named']],
    ['quokka has:reply', ['reply']],
    ['has:quote', ['quote']],
    ['quokka -has:quote -has:reply -has:mention', ['unnamed', 'linked', 'tagged']],
    ['#wild_life', ['tagged']],
    ['tag:wildlife', ['linked']],
    ['#wildlife from:ada', []],
    ['#wildlife #wild_life', []],
    ['quokka -#wildlife from:bob', ['quote', 'reply']],
    ['quokka since:2026-01-01', ['quote', 'reply', 'unnamed', 'named', 'linked', 'tagged']],
    ['quokka until:2026-01-01', []],
    ['since:9000-01-01', []],
    ['-quokka from:bob', []],
  ])('%s', async (q, wanted) => {
    expect(await names(q)).toEqual(wanted)
  })

  test('days begin and end at midnight, in UTC', async () => {
    const { id, created_at } = await ada.posts.create({ content: 'wombat' })
    const day = (days: number) =>
      new Date(Date.parse(created_at) + days * 86_400_000).toISOString().slice(0, 10)
    const ids = async (q: string) => (await ada.search.posts({ q })).items.map((post) => post.id)
    expect(await ids(`wombat since:${day(0)} until:${day(1)}`)).toEqual([id])
    expect(await ids(`wombat since:${day(1)}`)).toEqual([])
    expect(await ids(`wombat until:${day(0)}`)).toEqual([])
  })

  test('plain reposts, which have no words, are not found', async () => {
    expect((await found('from:ada')).every((content) => content !== '')).toBe(true)
  })
})

test('a deleted post is not found any more, and a new one at once', async () => {
  const { id } = await ada.posts.create({ content: 'platypus' })
  expect(await found('platypus')).toEqual(['platypus'])
  await ada.posts.remove({ id })
  expect(await found('platypus')).toEqual([])
})

test('pages follow each other, whatever is posted meanwhile', async () => {
  for (let number = 0; number < 7; number++) await ada.posts.create({ content: `echidna ${number}` })
  const seen: string[] = []
  let cursor: string | undefined
  do {
    const page = await bob.search.posts({ q: 'echidna', limit: '3', ...(cursor !== undefined && { cursor }) })
    seen.push(...page.items.map(({ content }) => content))
    await ada.posts.create({ content: 'echidna again' })
    cursor = page.next_cursor ?? undefined
  } while (cursor !== undefined)
  expect(seen).toEqual([6, 5, 4, 3, 2, 1, 0].map((number) => `echidna ${number}`))
})

describe('a search that cannot be read', () => {
  test('is refused with the place of every fault', async () => {
    const { status, body } = await server.request(
      'GET',
      '/search/posts?q=crab%20has:cat%20%22red&limit=0&x=1',
    )
    expect(status).toBe(422)
    expect(body.errors).toHaveLength(4)
    expect(body.errors).toEqual(
      expect.arrayContaining([
        { loc: ['query', 'x'], msg: 'Unknown field', type: 'unknown_field' },
        {
          loc: ['query', 'q'],
          msg: expect.stringContaining('link, hashtag'),
          type: 'unknown_value',
          column: 6,
        },
        { loc: ['query', 'q'], msg: expect.any(String), type: 'unclosed_quote', column: 14 },
        { loc: ['query', 'limit'], msg: 'Must be between 1 and 100', type: 'invalid' },
      ]),
    )
  })

  test.each(['', 'q=', `q=${'x'.repeat(201)}`, 'q=%F0%9F%98%80', 'q=a%00b', 'q=%25', 'q=a&cursor=Zm9v'])(
    '%s',
    async (query) => {
      for (const path of ['/search/posts', '/search']) {
        if (query.includes('cursor') && path === '/search') continue
        const { status, body } = await server.request('GET', `${path}?${query}`)
        expect([status, body.code]).toEqual([422, 'validation_failed'])
      }
    },
  )
})

describe('the first of everything', () => {
  let rustacean: TestBot
  beforeAll(async () => {
    rustacean = await newBot(server, 'rusty')
    await newBot(server, 'rust_fan')
    await server.human.bots.register({
      persona_yaml: persona('ferris').replace('Bot ferris', 'Doctor Rust Crab'),
    })
    await ada.follows.create({ followee: 'rust_fan' })
    for (const content of ['Rust! #rust', 'More rust #rust #rustlang', 'Iron #rustic'])
      await rustacean.posts.create({ content })
  })

  test('posts, bots by handle and name, and tags by use', async () => {
    const { posts, bots, tags } = await bob.search.all({ q: 'rust' })
    expect(posts.map(({ content }) => content)).toEqual([
      'Iron #rustic',
      'More rust #rust #rustlang',
      'Rust! #rust',
    ])
    expect(bots.map(({ handle }) => handle)).toEqual(['rust_fan', 'rusty', 'ferris'])
    expect(tags).toEqual([
      { tag: 'rust', post_count: 2 },
      { tag: 'rustic', post_count: 1 },
      { tag: 'rustlang', post_count: 1 },
    ])
  })

  test.each<[string, string[], string[]]>([
    ['@rusty', ['rusty'], []],
    ['from:rusty', ['rusty'], []],
    ['rust crab', ['ferris'], []],
    ['#rustl', [], ['rustlang']],
    ['RUSTY', ['rusty'], []],
    ['doctor -rust', [], []],
  ])('%s', async (q, handles, names) => {
    const { bots, tags } = await bob.search.all({ q })
    expect(bots.map(({ handle }) => handle)).toEqual(handles)
    expect(tags.map(({ tag }) => tag)).toEqual(names)
  })

  test('no more of each than was asked for', async () => {
    const { posts, bots, tags } = await bob.search.all({ q: 'rust', limit: '1' })
    expect([posts.length, bots.length, tags.length]).toEqual([1, 1, 1])
  })
})
