import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newBot } from './factories.ts'
import type { TestBot } from './factories.ts'
import { ADMIN_TOKEN, startTestServer } from './harness.ts'
import type { TestServer } from './harness.ts'
import { openExplainer, statementsOf } from './plans.ts'
import type { Explainer, Statement } from './plans.ts'

const POSTS = 120_000
const BOTS = 20_000
const TAGS = 50_000
const HIDDEN = 5_000
const REPORTED = 20_000

let server: TestServer
let reader: TestBot
let explainer: Explainer | undefined

beforeAll(async () => {
  server = await startTestServer()
  reader = await newBot(server, 'reader')
  await seed()
  explainer = await openExplainer(server.databaseUrl)
}, 120_000)

afterAll(async () => {
  await explainer?.end()
  await server.close()
})

/** A word that is everywhere, one that is in every tenth post, one in every thousandth, and pairs that never meet. */
async function seed(): Promise<void> {
  const run = (text: string, values: unknown[] = []) => server.pool.query(text, values)
  await run(
    `insert into bots (id, handle, handle_skeleton, display_name, persona_yaml)
     select i, 'seed' || translate(i::text, '0123456789', 'abcdefghjk'),
            'seed' || translate(i::text, '0123456789', 'abcdefghjk'), 'Seed number ' || i, 'x'
     from generate_series(1, $1::int) i`,
    [BOTS],
  )
  await run(
    `insert into posts (id, bot_id, content, root_id, depth)
     select 1000000 + i, 1 + (i % 100) * 200, 'everywhere number' || i || case when i % 10 = 0 then ' often' else '' end
              || case when i % 1000 = 0 then ' seldom' else '' end
              || case when i % 2 = 0 then ' even' else ' odd' end,
            1000000 + i, 0
     from generate_series(1, $1::int) i`,
    [POSTS],
  )
  await run(
    `insert into hashtags (tag, post_count) select 'tag' || i, 1 from generate_series(1, $1::int) i`,
    [TAGS],
  )
  await run(
    `insert into post_hashtags (post_id, hashtag_id, position, bot_id)
     select p.id, h.id, 1, p.bot_id from posts p join hashtags h on h.tag = 'tag' || (1 + p.id % 3)`,
  )
  await run('insert into mentions (post_id, bot_id, position) select id, 1, 1 from posts where id % 5 = 0')
  // Hidden long ago, all over the place.
  await run(
    `update posts set hidden_at = now() - i * interval '1 minute' from generate_series(1, $1::int) i
     where posts.id = 1000000 + i * 20`,
    [HIDDEN],
  )
  await run(
    `with report as (
       insert into reports (id, post_id, bot_id, reason) select i, 1000000 + i, 1, 'spam' from generate_series(1, $1::int) i
       returning *)
     insert into reported_posts (post_id, newest, spam, abuse, secret, other, last_at, closed_at)
     select post_id, id, 1, 0, 0, 0, now(), case when id % 2 = 0 then now() end from report`,
    [REPORTED],
  )
  await run(
    `insert into idempotency_keys (actor, key, fingerprint) select 'bot:' || i, 'k', '' from generate_series(1, 5000) i`,
  )
  await run('vacuum analyze')
}

async function askedBy(work: () => Promise<unknown>): Promise<Statement[]> {
  const around = /\b(events|seq_state|issued_tokens|sample_state|audit_head|pg_locks|sha256|webhooks)\b/
  return (await statementsOf(work)).filter(({ text }) => !around.test(text))
}

async function rowsRead(path: string): Promise<number> {
  const isForHumans = path.startsWith('/moderation')
  const statements = await askedBy(async () => {
    const { status } = await server.request('GET', path, { token: isForHumans ? ADMIN_TOKEN : reader.token })
    expect(status).toBe(200)
  })
  expect(statements.length).toBeGreaterThan(0)
  let rows = 0
  for (const statement of statements) rows += (await explainer?.rowsRead(statement)) ?? NaN
  return Math.round(rows)
}

// A page of 20: the ids, then for each post itself, its bot, its tag and whom it mentions.
const PAGE = 21 + 20 * 8
// What the index of words names is looked at, up to 5,000.
const LOOK_UP = 5_000
// Each post of a walk is met in the list and in itself.
const WALK = 2 * 5_000
const END = 5_000

describe(`rows read at ${POSTS} posts`, () => {
  test.each([
    ['a word of one post', '/search/posts?q=number77777', 15],
    ['the beginning of eleven', '/search/posts?q=number7777', 120],
    ['a rare word', '/search/posts?q=seldom%20everywhere', PAGE + 120],
    ['a word of every post', '/search/posts?q=everywhere', LOOK_UP + PAGE + 2 * 25],
    ['a word of every tenth post', '/search/posts?q=often', LOOK_UP + PAGE + 2 * 250],
    ['words that never meet', '/search/posts?q=even%20odd', 5],
    ['a phrase that is nowhere', '/search/posts?q=%22odd%20everywhere%22', LOOK_UP + WALK + END + 5],
    ['what no post is without', '/search/posts?q=-everywhere', WALK + END + 5],
    ['a link in none of them', '/search/posts?q=has:link', WALK + END + 5],
    ['posts of a bot', '/search/posts?q=from:seedb', PAGE + 5],
    ['a link in none of a bot’s', '/search/posts?q=from:seedb%20has:link', 3 * 1_210],
    ['posts with a tag', '/search/posts?q=%23tag1', PAGE + 5 * 25],
    ['a tag that none of these have', '/search/posts?q=%23tag1%20-%23tag1', 7 * 5_000],
    ['a day before all', '/search/posts?q=until:2026-01-02', PAGE + 25],
    ['the beginning of everything', '/search?q=seedb', 700],
    ['hidden posts', '/moderation/hidden', PAGE],
    ['open reports', '/moderation/reports', PAGE + 21 * 5],
    ['reports that are done', '/moderation/reports?state=done', PAGE + 21 * 5],
    // One of twenty is hidden, and passed over.
    ['the global feed', '/posts/feed?feed=global', PAGE + 5],
  ])('%s', async (_name, path, most) => {
    expect(await rowsRead(path)).toBeLessThanOrEqual(most)
  })
})

test('a walk that finds too little says where the next one begins, and at last that there is no more', async () => {
  let cursor: string | undefined
  let pages = 0
  const found: string[] = []
  do {
    const page = await reader.search.posts({
      q: '-everywhere',
      limit: '5',
      ...(cursor !== undefined && { cursor }),
    })
    found.push(...page.items.map(({ content }) => content))
    cursor = page.next_cursor ?? undefined
    if (pages++ === 0) await reader.posts.create({ content: 'too late' })
  } while (cursor !== undefined)
  expect(found).toEqual([])
  expect(pages).toBe(Math.floor(POSTS / 5_000) + 1)
})

test('no write scans a table', async () => {
  const { id } = await reader.posts.create({ content: 'Hide me #tag1' })
  await server.human.moderation.hide({ id: (await reader.posts.repost({ id })).id })
  await server.human.moderation.show({ id })
  const statements = await askedBy(async () => {
    await reader.moderation.report({ id, reason: 'spam' })
    await server.human.moderation.close({ post: id, state: 'done' })
    await server.human.moderation.hide({ id, reason: 'x' })
    await server.human.moderation.hide({ id, reason: 'y' })
    await server.human.moderation.show({ id })
  })
  for (const statement of statements) {
    const plan = (await explainer?.plan(statement)) ?? []
    const scanned = plan.filter((node) => node['Node Type'] === 'Seq Scan')
    expect(scanned.map((node) => `${node['Relation Name']}: ${statement.text}`)).toEqual([])
  }
})
