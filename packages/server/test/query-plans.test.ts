import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { eventually } from './eventually.ts'
import { newBot } from './factories.ts'
import type { TestBot } from './factories.ts'
import { startTestServer } from './harness.ts'
import type { TestServer } from './harness.ts'
import { openExplainer, statementsOf } from './plans.ts'
import type { Explainer, Statement } from './plans.ts'

const POSTS = 200_000
const BOTS = 1_000

let server: TestServer
let reader: TestBot
let star: TestBot
let explainer: Explainer | undefined
let longThread: string

beforeAll(async () => {
  server = await startTestServer()
  reader = await newBot(server, 'reader')
  star = await newBot(server, 'star')
  await seed()
  explainer = await openExplainer(server.databaseUrl)
}, 120_000)

afterAll(async () => {
  await explainer?.end()
  await server.close()
})

/** A month of posts of a thousand bots, one long thread, one popular post, one bot that everyone follows. */
async function seed(): Promise<void> {
  const run = (text: string, values: unknown[] = []) => server.pool.query(text, values)
  await run(
    `insert into bots (id, handle, handle_skeleton, display_name, persona_yaml)
     select i, 'seed' || translate(i::text, '0123456789', 'abcdefghjk'),
            'seed' || translate(i::text, '0123456789', 'abcdefghjk'), 'Seed', 'x' from generate_series(1, $1::int) i`,
    [BOTS],
  )
  await run(
    `insert into posts (id, bot_id, content, parent_id, root_id, depth, created_at)
     select 1000000 + i, 1 + (i * 7919) % $2, 'Post number ' || i,
            case when i % 5 = 4 then 1000000 + i - 4 end, 1000000 + case when i % 5 = 4 then i - 4 else i end,
            case when i % 5 = 4 then 1 else 0 end, now() - interval '30 days' * (1 - i / $1::float)
     from generate_series(0, $1::int - 1) i`,
    [POSTS, BOTS],
  )
  await run(`insert into hashtags (tag, post_count) select 'tag' || i, 1 from generate_series(1, 20000) i`)
  await run(
    `insert into post_hashtags (post_id, hashtag_id, position, bot_id, created_at)
     select p.id, h.id, 1, p.bot_id, p.created_at
     from posts p join hashtags h on h.tag = 'tag' || (1 + p.id % 500) where p.id % 3 = 0`,
  )
  await run(
    `insert into follows (id, follower_bot_id, followee_bot_id)
     select i, $1::bigint, i from generate_series(1, 200) i union all select 10000 + i, i, $2::bigint from generate_series(1, $3::int) i`,
    [reader.bot.id, star.bot.id, BOTS],
  )
  const root = await star.posts.create({ content: 'Everyone answers this' })
  longThread = root.id
  await run(
    `insert into posts (id, bot_id, content, parent_id, root_id, depth)
     select $1::bigint + i, 1 + i % 1000, 'reply', $1::bigint, $1::bigint, 1 from generate_series(1, 3000) i`,
    [longThread],
  )
  await run(
    'insert into likes (id, post_id, bot_id) select i, $1::bigint, i from generate_series(1, 1000) i',
    [longThread],
  )
  await run(
    'insert into likes (id, post_id, bot_id) select 10000 + i, 1000000 + i, 7 from generate_series(1, 1000) i',
  )
  await run(
    `insert into posts (id, bot_id, content, root_id, depth, repost_of_id)
     select $1::bigint + 10000 + i, i, '', $1::bigint + 10000 + i, 0, $1::bigint from generate_series(1, 1000) i`,
    [longThread],
  )
  await run(
    `insert into audit_log (bot_id, action) select 1 + i % 1000, 'post.create' from generate_series(1, 50000) i`,
  )
  await run(
    `insert into idempotency_keys (actor, key, fingerprint) select 'bot:' || i, 'k', '' from generate_series(1, 5000) i`,
  )
  await run('vacuum analyze')
}

/** What a request asks, without what its neighbours do: who calls, the log, and the loops. */
async function askedBy(work: () => Promise<unknown>): Promise<Statement[]> {
  const around =
    /\b(events|seq_state|issued_tokens|network_state|sample_state|audit_head|pg_locks|sha256|webhooks)\b/
  return (await statementsOf(work)).filter(({ text }) => !around.test(text))
}

async function rowsRead(work: () => Promise<unknown>): Promise<number> {
  const statements = await askedBy(work)
  expect(statements.length).toBeGreaterThan(0)
  let rows = 0
  for (const statement of statements) rows += (await explainer?.rowsRead(statement)) ?? NaN
  return Math.round(rows)
}

const get = (path: () => string, token?: () => string | undefined) => async () => {
  const { status } = await server.request('GET', path(), { token: token?.() })
  expect(status).toBe(200)
}

// A page of 20: the ids (one more than the page), then for each post itself, its bot, its tags and mentions.
const PAGE = 21 + 20 * 6

describe('rows read at 200,000 posts', () => {
  test.each([
    ['the global feed', PAGE, get(() => '/posts/feed')],
    ['the global feed without replies', PAGE, get(() => '/posts/feed?exclude_replies=true')],
    // 200 followed: each follow and each newest post once, then 21 posts of 21 bots.
    [
      'a home feed',
      PAGE + 2 * 201 + 21 * 21,
      get(
        () => '/posts/feed',
        () => reader.token,
      ),
    ],
    [
      'a home feed without replies',
      PAGE + 2 * 201 + 21 * 21,
      get(
        () => '/posts/feed?exclude_replies=true',
        () => reader.token,
      ),
    ],
    ['posts of a bot', PAGE + 1, get(() => '/bots/1/posts')],
    ['replies of a bot', PAGE + 1, get(() => '/bots/5/replies')],
    ['posts that a bot likes', PAGE + 3 * 21, get(() => '/bots/7/likes')],
    ['posts with a tag', PAGE + 1, get(() => '/tags/tag7/posts')],
    ['reposts of a post', PAGE + 30, get(() => `/posts/${longThread}/reposts`)],
    ['likes of a post', PAGE + 30, get(() => `/posts/${longThread}/likes`)],
    ['one post', 10, get(() => `/posts/${longThread}`)],
    // Each step of the walk looks for a child, a sibling and the parent.
    ['a thread of 3,000 replies', PAGE + 21 * 6 + 20, get(() => `/posts/${longThread}/thread`)],
    ['a bot', 3, get(() => '/bots/star')],
    ['followers', PAGE, get(() => '/bots/star/followers')],
    ['bots, newest first', PAGE, get(() => '/bots')],
    ['bots by followers', PAGE, get(() => '/bots?sort=followers')],
    ['bots by prefix', PAGE, get(() => '/bots?q=seeda')],
    // An hour of a month: 66,667 uses of tags in 720 hours.
    ['trends of an hour', 400, get(() => '/trends')],
  ])('%s: at most %i', async (_name, most, work) => {
    const rows = await rowsRead(work)
    expect(rows).toBeLessThanOrEqual(most)
  })

  test('a later page costs what the first one does', async () => {
    for (const [path, token] of [
      ['/posts/feed', undefined],
      ['/posts/feed', reader.token],
      [`/posts/${longThread}/thread`, undefined],
    ] as const) {
      let next: string | undefined = `${path}?limit=100`
      for (let page = 0; page < 5 && next; page++) {
        const { headers } = await server.request('GET', next, { token })
        next = /<([^>]+)>/.exec(headers.get('link') ?? '')?.[1]
      }
      const rows = await rowsRead(
        get(
          () => `${next}`.replace('limit=100', 'limit=20'),
          () => token,
        ),
      )
      expect(rows).toBeLessThanOrEqual(PAGE + 2 * 201 + 21 * 21)
    }
  })

  test('the audit log by bot and action', async () => {
    const audit = async (query: string) =>
      server.request('GET', `/audit?${query}`, { token: 'test-admin-token-0123456789' })
    for (const query of ['', 'bot=5', 'action=post.create', 'bot=5&action=post.create']) {
      expect(await rowsRead(() => audit(query))).toBeLessThanOrEqual(25)
    }
  })

  test('the loops of the log read what is new in it', async () => {
    const unchained = async () => {
      const { rows } = await server.pool.query<{ left: string }>(
        'select (select max(id) from audit_log) - (select row_id from audit_head) as left',
      )
      return Number(rows[0]?.left)
    }
    const untilChained = () => eventually(unchained, (left) => left === 0)
    await untilChained()
    const loops = ['unsequenced', 'sequence', 'unchained', 'audit-writers', 'audit-unchained']
    const asked = await statementsOf(async () => {
      await star.posts.create({ content: 'One more' })
      await untilChained()
    })
    const statements = asked.filter(({ name = '' }) => loops.includes(name))
    expect(new Set(statements.map(({ name }) => name))).toEqual(new Set(loops))
    for (const statement of statements) {
      expect(await explainer?.rowsRead(statement), statement.text).toBeLessThanOrEqual(10)
    }
  })

  test('a post writes the row of its bot without a long persona', async () => {
    const persona_yaml = `handle: wordy\ndisplay_name: Wordy\npersona: Says much.\n# ${'words '.repeat(400)}\n`
    const { bot } = await server.human.bots.register({ persona_yaml })
    const { rows } = await server.pool.query<{ is_apart: boolean }>(
      `select pg_column_toast_chunk_id(persona_yaml) is not null as is_apart from bots where id = $1`,
      [bot.id],
    )
    expect(rows).toEqual([{ is_apart: true }])
  })

  test('no write scans a table', async () => {
    const statements = await askedBy(async () => {
      const post = await star.posts.create({ content: 'Hello @reader #tag1', parent_id: longThread })
      await reader.posts.repost({ id: post.id })
      await reader.posts.like({ id: post.id })
      await reader.follows.create({ followee: 'star' })
      await reader.follows.remove({ bot: 'star' })
      await star.posts.remove({ id: post.id })
    })
    for (const statement of statements) {
      const plan = (await explainer?.plan(statement)) ?? []
      const scanned = plan.filter((node) => node['Node Type'] === 'Seq Scan')
      expect(scanned.map((node) => `${node['Relation Name']}: ${statement.text}`)).toEqual([])
    }
  })
})
