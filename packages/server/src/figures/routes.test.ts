import type { BotFigures } from '@clawdxcraft/protocol'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { eventually } from '../../test/eventually.ts'
import { newBot, nextHandle, persona } from '../../test/factories.ts'
import type { TestBot } from '../../test/factories.ts'
import { ADMIN_TOKEN, startTestServer } from '../../test/harness.ts'
import type { TestServer } from '../../test/harness.ts'
import { countPosts } from './counting.ts'

let server: TestServer

beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.close())

const overview = () => server.human.figures.overview()
const byHuman = (path: string) => server.request('GET', path, { token: ADMIN_TOKEN })
const figuresOf = async (bot: TestBot) => {
  const { items } = await server.human.figures.bots({ q: bot.handle })
  return items[0]
}

/** What stands on a page and on those after it. */
async function allOf(first: string): Promise<BotFigures[]> {
  const seen: BotFigures[] = []
  for (let path: string | undefined = first; path;) {
    const { body, headers } = await byHuman(path)
    seen.push(...body.items)
    path = /<([^>]+)>/.exec(headers.get('link') ?? '')?.[1]
  }
  return seen
}

/** Until everything that was written is counted. */
async function counted(): Promise<void> {
  await eventually(
    async () => {
      const { rows } = await server.pool.query(
        `select (select count(*) from events where seq is null) + (select v from seq_state)
                - (select up_to from post_counting) as left`,
      )
      return Number(rows[0].left)
    },
    (left) => left === 0,
  )
}

describe('the overview', () => {
  test('tells what was written, who is there and how the process is doing', async () => {
    const before = await overview()
    const ada = await newBot(server)
    const bob = await newBot(server)
    for (let n = 0; n < 3; n++) await ada.posts.create({ content: `Post ${n}` })
    const [first] = (await ada.feeds.ofBot({ bot: ada.handle })).items
    await ada.posts.remove({ id: first?.id ?? '' })
    await server.human.bots.update({ bot: bob.handle, status: 'suspended' })
    await server.request('GET', '/nothing')
    const after = await eventually(
      overview,
      ({ posts, bots }) =>
        posts.last_day === before.posts.last_day + 3 && bots.suspended === before.bots.suspended + 1,
    )
    expect(after.posts.last_hour).toBe(before.posts.last_hour + 3)
    expect(after.posts.last_minute).toBeGreaterThanOrEqual(2)
    expect(after.posts.per_minute.reduce((sum, posts) => sum + posts)).toBe(after.posts.last_hour)
    expect(after.posts.per_minute.slice(-2).reduce((sum, posts) => sum + posts)).toBeGreaterThanOrEqual(3)
    expect(after.bots.active).toBe(before.bots.active + 1)
    expect(Number(after.log.head)).toBeGreaterThan(Number(before.log.head))
    expect(after.log.waiting).toBe(0)
    expect(after.webhooks).toEqual({ waiting: 0, oldest_at: null })
    expect(after.requests.total).toBeGreaterThan(before.requests.total)
    expect(after.requests.by_status['4xx']).toBeGreaterThan(before.requests.by_status['4xx'])
    expect(after.requests.p95_ms).toBeGreaterThanOrEqual(after.requests.p50_ms ?? Infinity)
    expect(after.checks).toMatchObject({ database: { ok: true }, migrations: { ok: true } })
    expect(after.adapters).toEqual((await server.human.system.version()).adapters)
    expect(Date.parse(after.started_at) + after.uptime_seconds * 1_000).toBeLessThanOrEqual(Date.now())
    expect(after.database_bytes).toBeGreaterThan(1_000_000)
  })

  test('is read once, however many look at it', async () => {
    const all = await Promise.all(Array.from({ length: 20 }, overview))
    expect(new Set(all.map(({ as_of }) => as_of)).size).toBeLessThanOrEqual(2)
  })

  test('counts each event once, however many processes count', async () => {
    const ada = await newBot(server)
    const counting = new AbortController()
    const counters = Array.from({ length: 4 }, async () => {
      while (!counting.signal.aborted) await countPosts(server.pool)
    })
    const posts = Array.from({ length: 60 }, (_, n) => ada.posts.create({ content: `Counted ${n}` }))
    await Promise.all(posts)
    await counted()
    counting.abort()
    await Promise.all(counters)
    expect(await figuresOf(ada)).toMatchObject({ posts_24h: 60 })
  })
})

describe('the table of bots', () => {
  test('tells what a bot did and cost in the last hours', async () => {
    const handle = nextHandle()
    await server.human.bots.register({
      persona_yaml: persona(handle, 'model:\n  provider: anthropic\n  name: claude-x\n'),
    })
    const { api_key } = await server.human.keys.create({ bot: handle })
    const { access_token: token } = await server.human.auth.token({ api_key: api_key ?? '' })
    const run = { brain: 'ai-sdk', model: 'claude-x', tokens_in: 100, tokens_out: 10, cost_usd: 0.1 }
    for (const extra of [{}, {}, { error: 'It broke' }]) {
      await server.request('POST', '/runs', { token, body: { ...run, ...extra } })
    }
    await server.request('POST', '/posts', { token, body: { content: 'Hello' } })
    const hook = { kind: 'standard', url: 'https://example.org/', events: ['mention'] }
    await server.request('POST', '/webhooks', { token, body: hook })
    await server.human.budgets.update({ bot: handle, usd_a_day: 7.5 })
    // Too long ago.
    await server.pool.query(
      `insert into run_hours select hour - interval '24 hours', bot_id, brain, model, 9, 9, 9, 9, 9 from run_hours
       where bot_id = (select id from bots where handle = $1)`,
      [handle],
    )
    await counted()
    const bot = await server.human.bots.get({ bot: handle })
    const { items } = await server.human.figures.bots({ q: handle })
    expect(items).toEqual([
      {
        ...{
          id: bot.id,
          handle,
          display_name: bot.display_name,
          status: 'active',
          created_at: bot.created_at,
        },
        ...{ follower_count: 0, post_count: 1, last_post_at: bot.last_post_at, has_webhook: true },
        ...{ model: 'anthropic/claude-x', usd_a_day: 7.5, posts_24h: 1, runs_24h: 3, failed_runs_24h: 1 },
        ...{ cost_24h: 0.3, tokens_24h: 330, headroom: null },
      },
    ])
    await server.human.bots.update({ bot: handle, persona_yaml: persona(handle, 'model: {}\n') })
    expect((await server.human.figures.bots({ q: handle })).items).toMatchObject([{ model: 'scripted' }])
    await server.human.bots.update({ bot: handle, persona_yaml: persona(handle) })
    expect((await server.human.figures.bots({ q: handle })).items).toMatchObject([{ model: null }])
    await server.human.bots.update({ bot: handle, status: 'paused' })
    const paused = await server.human.figures.bots({ status: 'paused' })
    expect(paused.items.map((one) => one.handle)).toEqual([handle])
    expect((await server.human.figures.bots({ q: handle, status: 'active' })).items).toEqual([])
  })

  test('finds a part of the handle or of the name, in any case, and takes signs as they are', async () => {
    const bot = await newBot(server)
    for (const q of [bot.handle.slice(1), bot.handle.toUpperCase(), `ot ${bot.handle}`]) {
      const { items } = await server.human.figures.bots({ q, limit: '100' })
      expect(items.map(({ handle }) => handle)).toContain(bot.handle)
    }
    for (const q of ['%', 'b_t_%', '\\', "'"]) {
      expect((await server.human.figures.bots({ q })).items).toEqual([])
    }
  })

  test('can be sorted by all of it in both directions, and pages follow each other without a gap', async () => {
    const bots: TestBot[] = []
    while (bots.length < 7) bots.push(await newBot(server))
    // Many are alike, and some sums would not be the same twice if they were not exact.
    for (const [index, bot] of bots.entries()) {
      for (let n = 0; n < index % 3; n++) {
        await bot.posts.create({ content: `Post ${n}` })
        await bot.runs.create({
          brain: 'x',
          model: `m${n}`,
          cost_usd: 0.1 * (n + 1),
          error: n === 1 ? 'Oh' : null,
        })
      }
      if (index > 0) await bots[0]?.follows.create({ followee: bot.handle })
    }
    await counted()
    const { items: all } = await server.human.figures.bots({ limit: '100' })
    const share = (bot: BotFigures) => (bot.runs_24h === 0 ? 0 : bot.failed_runs_24h / bot.runs_24h)
    type Value = (bot: BotFigures) => number | string
    const keys: Record<string, Value> = {
      name: (bot) => bot.handle,
      posts_24h: (bot) => bot.posts_24h,
      cost_24h: (bot) => bot.cost_24h,
      errors: share,
      followers: (bot) => bot.follower_count,
      newest: (bot) => Number(bot.id),
    }
    for (const [sort, valueOf] of Object.entries(keys)) {
      for (const order of ['asc', 'desc'] as const) {
        const seen = await allOf(`/figures/bots?sort=${sort}&order=${order}&limit=3`)
        expect(new Set(seen.map(({ id }) => id)), sort).toEqual(new Set(all.map(({ id }) => id)))
        expect(seen, sort).toHaveLength(all.length)
        const values = seen.map(valueOf)
        const sorted = values.toSorted((a, b) => (a < b ? -1 : Number(a > b)))
        expect(values, `${sort} ${order}`).toEqual(order === 'asc' ? sorted : sorted.toReversed())
      }
    }
    const names = (await server.human.figures.bots({ sort: 'name' })).items.map(({ handle }) => handle)
    expect(names).toEqual(names.toSorted())
    const dear = (await server.human.figures.bots({ sort: 'cost_24h' })).items.map(({ cost_24h }) => cost_24h)
    expect(dear[0]).toBe(Math.max(...dear))
  })

  test('refuses what it does not know, and cursors of another order', async () => {
    const { body } = await byHuman('/figures/bots?sort=wealth&order=up&limit=0&status=gone')
    const faulty = body.errors.map(({ loc }: { loc: string[] }) => loc[1]).toSorted()
    expect(faulty).toEqual(['limit', 'order', 'sort', 'status'])
    const { next_cursor } = await server.human.figures.bots({ sort: 'cost_24h', limit: '1' })
    for (const sort of ['cost_24h&order=asc', 'errors', 'name']) {
      const refused = await byHuman(`/figures/bots?sort=${sort}&cursor=${next_cursor}`)
      expect(refused.status).toBe(422)
      expect(refused.body.errors).toMatchObject([{ loc: ['query', 'cursor'] }])
    }
  })
})

describe('the activity of a bot', () => {
  test('tells its hours, its week and with whom it talks', async () => {
    const [ada, bob, eve] = [await newBot(server), await newBot(server), await newBot(server)]
    const post = await ada.posts.create({ content: `Hello @${eve.handle}` })
    const answer = await bob.posts.create({ content: 'Hi', parent_id: post.id })
    await ada.posts.create({ content: 'Hi again', parent_id: answer.id })
    await ada.posts.create({ content: 'To myself', parent_id: post.id })
    await bob.posts.repost({ id: post.id, content: 'Look at this' })
    await bob.posts.repost({ id: post.id })
    await eve.posts.repost({ id: post.id })
    await ada.posts.repost({ id: answer.id, content: 'And at this' })
    await counted()
    const day = 24 * 3600 * 1_000
    const hour = new Date(Math.floor(Date.now() / 3_600_000) * 3_600_000)
    const ago = (ms: number) => new Date(hour.getTime() - ms)
    await server.pool.query(
      'insert into post_hours (hour, bot_id, posts) select unnest($2::timestamptz[]), $1, 10',
      [ada.bot.id, [ago(7 * day), ago(23 * 3_600_000), ago(28 * day)]],
    )
    const { status, body } = await server.request('GET', `/bots/${ada.handle}/activity`)
    expect(status).toBe(200)
    // Four posts of this hour, or of the one before it where the clock has struck.
    expect(body.hours.slice(-2).reduce((sum: number, posts: number) => sum + posts)).toBe(4)
    expect(body.hours[0]).toBe(10)
    const monday = (time: Date) => (time.getUTCDay() + 6) % 7
    expect(body.week[monday(hour)][hour.getUTCHours()]).toBeGreaterThanOrEqual(10)
    expect(body.week.flat().reduce((sum: number, posts: number) => sum + posts)).toBe(24)
    expect(body.companions).toEqual([
      { handle: bob.handle, display_name: bob.bot.display_name, sent: 2, received: 2 },
    ])
    expect((await server.request('GET', '/bots/nobody/activity')).status).toBe(404)
  })
})
