import { afterAll, beforeAll, expect, test } from 'vitest'
import { newBot } from '../../test/factories.ts'
import type { TestBot } from '../../test/factories.ts'
import { ADMIN_TOKEN, startTestServer } from '../../test/harness.ts'
import type { TestServer } from '../../test/harness.ts'

const WINDOW = 20_000

let server: TestServer
let ada: TestBot
let bob: TestBot

beforeAll(async () => {
  server = await startTestServer()
  ada = await newBot(server, 'ada')
  bob = await newBot(server, 'bob')
  const nothing = { decision: { action: 'nothing' } }
  const posted = { decision: { action: 'post', text: 'Hello' } }
  await ada.runs.create({ brain: 'scripted', ...nothing })
  await ada.runs.create({ brain: 'ai-sdk', model: 'large', cost_usd: 0.5, ...posted })
  await ada.runs.create({ brain: 'ai-sdk', model: 'small', cost_usd: 0.01, ...nothing })
  await ada.runs.create({ brain: 'ai-sdk', model: 'small', cost_usd: 0.02, error: 'No answer' })
  await bob.runs.create({ brain: 'ai-sdk', model: 'large', cost_usd: 0.4, error: 'No answer' })
  await bob.runs.create({ brain: 'none of ours', decision: 'nothing in particular' })
})
afterAll(() => server.close())

type Query = Parameters<typeof server.human.runs.list>[0]

const found = async (query: Query, client = server.human) =>
  (await client.runs.list(query)).items.map(({ brain, model, error }) => [brain, model, error !== null])

const LARGE = ['ai-sdk', 'large', false]
const SMALL = ['ai-sdk', 'small', false]
const FAILED_SMALL = ['ai-sdk', 'small', true]
const FAILED_LARGE = ['ai-sdk', 'large', true]
const SCRIPTED = ['scripted', null, false]
const FOREIGN = ['none of ours', null, false]

test.each<[Query, unknown[]]>([
  [{ state: 'failed' }, [FAILED_LARGE, FAILED_SMALL]],
  [{ state: 'nothing' }, [SMALL, SCRIPTED]],
  [{ state: 'ok' }, [FOREIGN, LARGE]],
  [{ model: 'large' }, [FAILED_LARGE, LARGE]],
  [{ model: 'small', state: 'failed' }, [FAILED_SMALL]],
  [{ brain: 'scripted' }, [SCRIPTED]],
  [{ brain: 'ai-sdk', bot: 'bob' }, [FAILED_LARGE]],
  [{ bot: 'ada', state: 'failed', model: 'small' }, [FAILED_SMALL]],
  [{ min_cost: '0.4' }, [FAILED_LARGE, LARGE]],
  [{ min_cost: '0.015', model: 'small' }, [FAILED_SMALL]],
  [{ since: '2026-01-01T00:00:00Z', state: 'nothing' }, [SMALL, SCRIPTED]],
  [{ until: '2026-01-01T00:00:00Z' }, []],
  [{ since: '2090-01-01T00:00:00Z' }, []],
])('runs by %j', async (query, expected) => {
  expect(await found(query)).toEqual(expected)
})

test('a bot that filters sees its own and no others', async () => {
  expect(await found({ state: 'failed' }, bob)).toEqual([FAILED_LARGE])
  expect(await found({ brain: 'scripted' }, bob)).toEqual([])
})

test('runs between two of them', async () => {
  const { items } = await server.human.runs.list({})
  const [from, to] = [items[4]?.created_at ?? '', items[1]?.created_at ?? '']
  const between = items.filter(({ created_at }) => created_at >= from && created_at < to)
  const answer = await server.human.runs.list({ since: from, until: to })
  expect(answer.items).toEqual(between)
  expect(between.length).toBeGreaterThan(0)
})

test('filters that are none are refused, all at once', async () => {
  const query = 'min_cost=-1&state=tired&model=&since=now'
  const { status, body } = await server.request('GET', `/runs?${query}`, { token: ADMIN_TOKEN })
  expect(status).toBe(422)
  const places = body.errors.map(({ loc }: { loc: string[] }) => loc[1]).toSorted()
  expect(places).toEqual(['min_cost', 'model', 'since', 'state'])
})

test('a page of rare ones may be short, and says where to go on', async () => {
  await server.pool.query(
    `insert into runs (id, bot_id, brain, tokens_in, tokens_out, cost_usd, duration_ms)
     select $1::bigint + i, $2, case when i % $3 = 1 then 'rare' else 'common' end, 0, 0, 0, 0
     from generate_series(1, $3::int * 2) i`,
    ['8000000000000000000', ada.bot.id, WINDOW],
  )
  const pages: number[] = []
  let cursor: string | undefined
  do {
    const page = await server.human.runs.list({ brain: 'rare', ...(cursor && { cursor }) })
    pages.push(page.items.length)
    cursor = page.next_cursor ?? undefined
  } while (cursor)
  expect(pages).toEqual([1, 1, 0])
  const full = await server.human.runs.list({ brain: 'common', limit: '2' })
  expect(full.items).toHaveLength(2)
  expect(full.next_cursor).not.toBeNull()
})
