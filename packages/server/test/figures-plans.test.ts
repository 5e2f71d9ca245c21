import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { eventually } from './eventually.ts'
import { newBot } from './factories.ts'
import type { TestBot } from './factories.ts'
import { ADMIN_TOKEN, startTestServer } from './harness.ts'
import type { TestServer } from './harness.ts'
import { openExplainer, statementsOf } from './plans.ts'
import type { Explainer, Statement } from './plans.ts'

const BOTS = 10_000
const POSTS = 200_000
const RUNS = 100_000
const WEBHOOKS = 5_000

let server: TestServer
let ada: TestBot
let explainer: Explainer | undefined

beforeAll(async () => {
  server = await startTestServer()
  ada = await newBot(server, 'ada')
  await seed()
  explainer = await openExplainer(server.databaseUrl)
}, 240_000)
afterAll(async () => {
  await explainer?.end()
  await server.close()
})

/** A month of ten thousand bots, each of which posts in half of the hours of the last day, and has run in all of them. */
async function seed(): Promise<void> {
  const run = (text: string, values: unknown[] = []) => server.pool.query(text, values)
  await run(
    `insert into bots (id, handle, handle_skeleton, display_name, persona_yaml)
     select i, 'seed' || translate(i::text, '0123456789', 'abcdefghjk'),
            'seed' || translate(i::text, '0123456789', 'abcdefghjk'), 'Seed', repeat('x', 500)
     from generate_series(1, $1::int) i`,
    [BOTS],
  )
  await run(
    `insert into posts (id, bot_id, content, root_id, depth, created_at)
     select 1000000 + i, 1 + (i * 7919) % $2, 'Post number ' || i, 1000000 + i, 0,
            now() - interval '30 days' * (1 - i / $1::float) from generate_series(0, $1::int - 1) i`,
    [POSTS, BOTS],
  )
  await run(
    `insert into runs (id, bot_id, brain, tokens_in, tokens_out, cost_usd, duration_ms)
     select i, 1 + i % $2::int, 'x', 1, 1, 0.1, 1 from generate_series(1, $1::int) i`,
    [RUNS, BOTS],
  )
  // What a million runs of a month come to.
  await run(
    `insert into run_days
     select current_date - d, b, 'x', 'm' || b % 5, 3, 0, 100, 100, 0.3
     from generate_series(2, 31) d, generate_series(1, $1::int) b`,
    [BOTS],
  )
  await run(
    `insert into run_hours
     select date_trunc('hour', now()) - make_interval(hours => h), b, 'x', 'm' || b % 5, 1, b % 2, 10, 10, 0.1 * (b % 7)
     from generate_series(0, 11) h, generate_series(1, $1::int) b`,
    [BOTS],
  )
  await run(
    `insert into post_hours
     select date_trunc('hour', now()) - make_interval(hours => h), b, 1
     from generate_series(0, 671) h, generate_series(1, $1::int) b where h < 12 or (b + h) % 20 = 0`,
    [BOTS],
  )
  await run(
    `insert into post_minutes select date_trunc('minute', now()) - make_interval(mins => m), 10
     from generate_series(1, 1440) m`,
  )
  await run(
    `insert into webhooks (id, bot_id, kind, url, origin, events, session, timeout_seconds, cursor_seq, woken_seq)
     select i, i, 'standard', 'https://example.org/' || i, 'https://example.org', '{mention}', 'isolated', 180, 5, 5
     from generate_series(1, $1::int) i`,
    [WEBHOOKS],
  )
  await run(
    `insert into inbox (bot_id, seq, reasons, actor_id, created_at)
     select 1 + i % $2, -i, '{reply}', 1 + i % 50, now() - interval '1 hour' from generate_series(1, $1::int) i`,
    [POSTS, BOTS],
  )
  await run('vacuum analyze')
}

async function asked(work: () => Promise<unknown>): Promise<Statement[]> {
  const statements = await statementsOf(work)
  return statements.filter(({ name = '' }) =>
    /^(figures|activity|network|budget|posts-count|run-count)/.test(name),
  )
}

async function rowsRead(path: string): Promise<number> {
  const statements = await asked(async () => {
    const { status } = await server.request('GET', path, { token: ADMIN_TOKEN })
    expect(status).toBe(200)
  })
  expect(statements.length).toBeGreaterThan(0)
  let rows = 0
  for (const statement of statements) rows += (await explainer?.rowsRead(statement)) ?? NaN
  return Math.round(rows)
}

// Each bot of the page with its webhook, its budget and its hours: 12 in which it ran, 12 or 13 in which it posted.
const PAGE = 21 + 20 * (3 + 12 + 13)

describe(`rows read at ${BOTS} bots`, () => {
  test.each([
    // Every bot for its state; a day of minutes.
    ['the overview', BOTS + 1_440 + 50, '/figures/overview'],
    ['bots, newest first', PAGE, '/figures/bots'],
    ['bots by name', PAGE, '/figures/bots?sort=name'],
    ['bots by name, from the end', PAGE, '/figures/bots?sort=name&order=desc'],
    ['bots by followers', PAGE, '/figures/bots?sort=followers'],
    ['bots by followers, the fewest first', PAGE, '/figures/bots?sort=followers&order=asc'],
    // Every bot, and its hours of a day.
    ['bots by posts', PAGE + BOTS * 14, '/figures/bots?sort=posts_24h'],
    ['bots by cost', PAGE + BOTS * 13, '/figures/bots?sort=cost_24h'],
    ['bots by errors', PAGE + BOTS * 13, '/figures/bots?sort=errors&order=asc'],
    ['bots by a part of their name', PAGE + BOTS, '/figures/bots?q=nobody_is_so&sort=followers'],
    // Its hours of four weeks, once.
    ['the activity of a bot', 672 + 3 * 20 + 60, '/bots/7/activity'],
    // Once each day of each bot, then those of the fifty.
    ['spend of 30 days by bot', BOTS * (30 + 12 + 12) + 50 * 32 + 200, '/figures/spend?by=bot&days=30'],
    ['spend of 30 days by model', BOTS * (30 + 12) + 200, '/figures/spend?by=model&days=30'],
  ])('%s: at most %i', async (_name, most, path) => {
    expect(await rowsRead(path)).toBeLessThanOrEqual(most)
  })

  test('a later page costs what the first one does', async () => {
    for (const [sort, most] of [
      ['newest', PAGE],
      ['name', PAGE],
      ['followers', PAGE],
      ['cost_24h', PAGE + BOTS * 13],
    ] as const) {
      let next: string | undefined = `/figures/bots?sort=${sort}&limit=100`
      for (let page = 0; page < 5 && next; page++) {
        const { headers } = await server.request('GET', next, { token: ADMIN_TOKEN })
        next = /<([^>]+)>/.exec(headers.get('link') ?? '')?.[1]
      }
      expect(await rowsRead(`${next}`.replace('limit=100', 'limit=20'))).toBeLessThanOrEqual(most)
    }
  })

  test('a run and a post that are counted look at their own rows', async () => {
    const before = await server.human.figures.bots({ q: 'ada' })
    const statements = await asked(async () => {
      await ada.runs.create({ brain: 'x', cost_usd: 1 })
      await ada.posts.create({ content: 'Hello' })
      await eventually(
        () => server.human.figures.bots({ q: 'ada' }),
        ({ items }) => items[0]?.posts_24h === (before.items[0]?.posts_24h ?? 0) + 1,
      )
    })
    const counting = statements.filter(({ name = '' }) => ['run-count', 'posts-count'].includes(name))
    expect(new Set(counting.map(({ name }) => name))).toEqual(new Set(['run-count', 'posts-count']))
    for (const statement of counting) expect(await explainer?.rowsRead(statement)).toBeLessThanOrEqual(10)
  })

  test('a budget is found by its bot', async () => {
    expect(await rowsRead('/bots/7/budget')).toBeLessThanOrEqual(30)
  })
})
