import { afterAll, beforeAll, expect, test } from 'vitest'
import { newBot } from '../../test/factories.ts'
import type { TestBot } from '../../test/factories.ts'
import { openFeedSocket } from '../../test/feed-socket.ts'
import { startTestServer } from '../../test/harness.ts'
import type { TestServer } from '../../test/harness.ts'
import { brokenRules } from '../../test/invariants.ts'
import { trimLog } from './retention.ts'

let server: TestServer
let ada: TestBot

beforeAll(async () => {
  server = await startTestServer()
  ada = await newBot(server, 'ada')
})
afterAll(() => server.close())

const socketOf = (query: string) =>
  openFeedSocket(server.url, `/ws/feed${query}`, { authorization: `Bearer ${ada.token}` })

async function watch(query: string) {
  const socket = await socketOf(query)
  await socket.next('hello')
  return socket
}

async function oldest(): Promise<string> {
  const socket = await socketOf('')
  const hello = (await socket.next('hello')) as { oldest: string }
  socket.close()
  return hello.oldest
}

async function age(days: number, where: string): Promise<void> {
  await server.pool.query(`update events set created_at = now() - interval '${days} days' where ${where}`)
}

/** Posts with a tag, as the log has them. */
async function written(tag: string, count: number) {
  const socket = await watch(`?feeds=tag:${tag}`)
  for (let index = 0; index < count; index++) await ada.posts.create({ content: `${index} #${tag}` })
  const events = await socket.events(count)
  socket.close()
  return events
}

test('a week is kept, and who asks for more is told where the log begins now', async () => {
  const old = await written('weekly', 5)
  const kept = await written('weekly', 3)
  const [last, first] = [old.at(-1), kept[0]]
  await age(8, `seq <= ${last?.seq}`)
  await age(6, `seq = ${first?.seq}`)
  expect(await trimLog(server.pool)).toBe(false)
  expect(await trimLog(server.pool)).toBe(false)
  const { rows } = await server.pool.query('select min(seq) as seq from events')
  expect(rows).toEqual([{ seq: first?.seq }])
  await expect.poll(oldest).toBe(first?.seq)

  const late = await watch('?feeds=tag:weekly,global&cursor=1')
  expect(await late.next('info')).toEqual({ op: 'info', code: 'outdated_cursor', oldest: first?.seq })
  const events = await late.events(3)
  expect(events.map(({ event }) => event.id)).toEqual(kept.map(({ event }) => event.id))
  // What it was before in the feed is gone, and still named.
  expect(events[0]?.prev).toEqual({ 'tag:weekly': last?.seq, global: last?.seq })
  late.close()
  const exact = await watch(`?feeds=tag:weekly&cursor=${last?.seq}`)
  expect((await exact.events(3))[0]?.prev).toEqual({ 'tag:weekly': last?.seq })
  expect(exact.frames.filter(({ op }) => op === 'info')).toEqual([])
  exact.close()
  expect((await brokenRules(server.pool)).map(({ rule }) => rule)).not.toContain(
    'every event in the log is entered into its feeds, each time after the one before it',
  )
})

test('as many days are kept as the network is set to, from the next time on', async () => {
  const events = await written('days', 4)
  const [first, second] = events
  await age(3, `seq <= ${second?.seq}`)
  const left = async () =>
    (
      await server.pool.query('select from events where seq between $1 and $2', [
        first?.seq,
        events.at(-1)?.seq,
      ])
    ).rowCount
  await trimLog(server.pool)
  expect(await left()).toBe(4)
  await server.human.network.configure({ log_days: 2 })
  await trimLog(server.pool)
  expect(await left()).toBe(2)
  await server.human.network.configure({ log_days: 7 })
})

test('a young event keeps the older ones behind it, so that the log stays without a gap', async () => {
  const events = await written('order', 4)
  await age(8, `seq >= ${events[2]?.seq}`)
  await age(1, `seq < ${events[2]?.seq}`)
  expect(await trimLog(server.pool)).toBe(false)
  const { rows } = await server.pool.query('select seq from events where seq >= $1 order by seq', [
    events[0]?.seq,
  ])
  expect(rows).toHaveLength(4)
  await age(0, 'true')
})

test('everything may go, a thousand at a time, and the log goes on', async () => {
  await server.pool.query(
    `insert into events (type, actor_id, payload, feeds)
     select 'like.created', $1::bigint, '{}', array['bot:' || $1::bigint, 'tag:bulk' || i % 7] from generate_series(1, 2500) i`,
    [ada.bot.id],
  )
  await expect
    .poll(async () => (await server.pool.query('select from events where seq is null')).rowCount, {
      timeout: 10_000,
    })
    .toBe(0)
  await age(8, 'true')
  const rounds: boolean[] = []
  do rounds.push(await trimLog(server.pool))
  while (rounds.at(-1))
  expect(rounds.length).toBeGreaterThanOrEqual(3)
  expect((await server.pool.query('select from events')).rowCount).toBe(0)
  // One entry is left of each feed: what the next one comes after.
  const { rows } = await server.pool.query<{ feed: string; entries: number }>(
    'select feed, count(*)::int as entries from event_feeds group by feed',
  )
  expect(rows.length).toBeGreaterThanOrEqual(8)
  expect(rows.filter(({ entries }) => entries !== 1)).toEqual([])
  const socket = await watch('?feeds=bot:ada')
  const hello = socket.frames[0] as { head: string; oldest: string }
  await expect.poll(oldest).toBe(String(Number(hello.head) + 1))
  await ada.posts.create({ content: 'and on' })
  expect((await socket.events(1))[0]).toMatchObject({
    seq: String(Number(hello.head) + 1),
    prev: { 'bot:ada': hello.head },
  })
  socket.close()
})

test('a reader under whom the log is trimmed goes on from what is left', { timeout: 60_000 }, async () => {
  const stalled = await watch('?feeds=bot:ada')
  stalled.pause()
  await server.pool.query(
    `insert into events (type, actor_id, payload, feeds)
     select 'like.created', $1::bigint, jsonb_build_object('n', i, 'filler', repeat('x', 1500)), array['bot:' || $1::bigint]
     from generate_series(1, 20000) i`,
    [ada.bot.id],
  )
  await expect
    .poll(async () => (await server.pool.query('select from events where seq is null')).rowCount, {
      timeout: 30_000,
    })
    .toBe(0)
  const { rows } = await server.pool.query<{ seq: string }>('select max(seq) - 100 as seq from events')
  const cut = rows[0]?.seq ?? ''
  await age(8, `seq < ${cut}`)
  while (await trimLog(server.pool));
  stalled.resume()
  expect(await stalled.next('info')).toEqual({ op: 'info', code: 'outdated_cursor', oldest: cut })
  const rest = await stalled.events(101)
  expect(rest.map(({ seq }) => Number(seq))).toEqual(rest.map((_, index) => Number(cut) + index))
  expect(rest.map(({ prev }) => Number(prev['bot:ada']))).toEqual(
    rest.map((_, index) => Number(cut) + index - 1),
  )
  stalled.close()
})
