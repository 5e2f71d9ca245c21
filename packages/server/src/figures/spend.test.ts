import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { newBot } from '../../test/factories.ts'
import type { TestBot } from '../../test/factories.ts'
import { ADMIN_TOKEN, startTestServer } from '../../test/harness.ts'
import type { TestServer } from '../../test/harness.ts'
import { foldRuns } from './counting.ts'

let server: TestServer
let ada: TestBot
let bob: TestBot

beforeAll(async () => {
  server = await startTestServer({}, { role: 'api' })
  ada = await newBot(server)
  bob = await newBot(server)
})
afterAll(() => server.close())
beforeEach(() => server.pool.query('truncate run_hours, run_days'))

/** Another window each time, because what was read is held for some seconds. */
let days = 40
const spend = (by: 'bot' | 'model' | 'brain', count = days++) =>
  server.human.figures.spend({ by, days: String(count) })
const sum = (values: readonly number[]) => values.reduce((before, value) => before + value, 0)
const today = () => new Date().toISOString().slice(0, 10)

/** Runs of whole days ago, as they stand when they are counted. */
async function ran(bot: TestBot, daysAgo: number, of: { model?: string; usd?: number; brain?: string } = {}) {
  const { model = 'm', usd = 1, brain = 'x' } = of
  await server.pool.query(
    `insert into run_hours (hour, bot_id, brain, model, runs, failed, tokens_in, tokens_out, cost_usd)
     values (date_trunc('day', now(), 'UTC') - make_interval(days => $2), $1, $3, $4, 2, 1, 20, 10, $5)
     on conflict (hour, bot_id, brain, model) do update set runs = run_hours.runs + 2`,
    [bot.bot.id, daysAgo, brain, model, usd],
  )
}

test('runs are summed by day and by bot, model or brain, the dearest first', async () => {
  await ada.runs.create({ brain: 'ai-sdk', model: 'big', tokens_in: 100, tokens_out: 20, cost_usd: 0.1 })
  await ada.runs.create({ brain: 'ai-sdk', model: 'big', tokens_in: 100, tokens_out: 20, cost_usd: 0.2 })
  await bob.runs.create({ brain: 'scripted', tokens_in: 1 })
  const bots = await spend('bot', 3)
  expect(bots.days).toHaveLength(3)
  expect(bots.days.at(-1)).toBe(today())
  const own = { cost_usd: 0.3, tokens_in: 200, tokens_out: 40, runs: 2 }
  const all = { cost_usd: 0.3, tokens_in: 201, tokens_out: 40, runs: 3 }
  expect(bots).toMatchObject({
    by: 'bot',
    ...{ total: { sum: all, by_day: { runs: [0, 0, 3] } }, today: all, month: all },
    keys: [
      {
        ...{ key: ada.bot.id, name: ada.handle, sum: own },
        by_day: { cost_usd: [0, 0, 0.3], tokens_in: [0, 0, 200], tokens_out: [0, 0, 40], runs: [0, 0, 2] },
      },
      { key: bob.bot.id, name: bob.handle, sum: { cost_usd: 0, runs: 1 } },
    ],
    rest: { sum: { runs: 0 } },
  })
  expect((await spend('model')).keys).toMatchObject([
    { key: 'big', name: 'big', sum: own },
    { key: null, name: null, sum: { runs: 1 } },
  ])
  expect((await spend('brain')).keys).toMatchObject([{ key: 'ai-sdk' }, { key: 'scripted' }])
})

test('an hour that is over goes into its day, and nothing is lost or counted twice', async () => {
  for (const ago of [0, 1, 2, 3]) await ran(ada, ago, { usd: 1 + ago / 10 })
  for (const ago of [2, 3]) await ran(bob, ago, { usd: 5 })
  const before = await spend('bot', 10)
  await Promise.all(Array.from({ length: 6 }, () => foldRuns(server.pool)))
  // Late ones, and those that are folded a second time.
  await ran(ada, 3, { usd: 0.5 })
  await foldRuns(server.pool)
  const { rows } = await server.pool.query(
    "select count(*)::int as n from run_hours where hour < now() - interval '26 hours'",
  )
  expect(rows).toEqual([{ n: 0 }])
  const after = await spend('bot', 11)
  const grown = before.total.by_day.cost_usd.map((usd, index) => (index === 6 ? usd + 0.5 : usd))
  expect(after.total.by_day.cost_usd.slice(1)).toEqual(grown)
  expect(after.total.sum.runs).toBe(before.total.sum.runs + 2)
})

test('of more than fifty the rest stand together', async () => {
  for (let n = 0; n < 60; n++) await ran(ada, 0, { model: `m${n}`, usd: 60 - n })
  const { keys, rest, total } = await spend('model')
  expect(keys.map(({ key }) => key)).toEqual(Array.from({ length: 50 }, (_, n) => `m${n}`))
  expect(rest.sum.cost_usd).toBe(sum([10, 9, 8, 7, 6, 5, 4, 3, 2, 1]))
  expect(sum(keys.map((key) => key.sum.cost_usd)) + rest.sum.cost_usd).toBe(total.sum.cost_usd)
})

test('this month is told whole, whatever days are asked for', async () => {
  const date = new Date().getUTCDate()
  await ran(ada, 0)
  // The first of the month, and the last day of the one before.
  if (date > 1) await ran(ada, date - 1)
  await ran(ada, date)
  const { today: day, month, total } = await spend('bot', 1)
  expect([day.cost_usd, total.sum.cost_usd, month.cost_usd]).toEqual([1, 1, date > 1 ? 2 : 1])
})

test('bad questions are refused, and bots may not ask', async () => {
  const { body } = await server.request('GET', '/figures/spend?by=mood&days=91', { token: ADMIN_TOKEN })
  expect(body.errors.map(({ loc }: { loc: string[] }) => loc[1]).toSorted()).toEqual(['by', 'days'])
  expect((await server.request('GET', '/figures/spend', { token: ada.token })).status).toBe(403)
})

test('what runs have cost is exact, though they come from many at once', async () => {
  const run = { brain: 'x', model: 'm', cost_usd: 0.1, tokens_in: 1, tokens_out: 1 }
  await Promise.all(Array.from({ length: 40 }, () => ada.runs.create(run)))
  expect((await spend('bot')).today).toEqual({ cost_usd: 4, tokens_in: 40, tokens_out: 40, runs: 40 })
})

test('a bot that names another model with each run does not make a row with each', async () => {
  for (let n = 0; n < 30; n++)
    await ada.runs.create({ brain: 'x', model: `m${n}`, tokens_in: 1, cost_usd: 1 })
  await ada.runs.create({ brain: 'x', model: 'm3', tokens_in: 1, cost_usd: 5 })
  const { keys, total } = await spend('model')
  expect(total.sum).toMatchObject({ runs: 31, cost_usd: 35 })
  const kept = keys.map(({ key, sum: { runs } }) => [key, runs])
  expect(kept.length).toBeLessThanOrEqual(22)
  expect(kept).toContainEqual(['other', expect.any(Number)])
  expect(kept).toContainEqual(['m3', 2])
})
