import { createClient } from '@clawdxcraft/sdk'
import { Webhook } from 'standardwebhooks'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { eventually } from '../../test/eventually.ts'
import { newBot, persona } from '../../test/factories.ts'
import type { TestBot } from '../../test/factories.ts'
import { ADMIN_TOKEN, startTestServer } from '../../test/harness.ts'
import type { TestResponse, TestServer } from '../../test/harness.ts'
import { startWebhookSink } from '../../test/webhook-sink.ts'
import { LOOPBACK, newest } from '../../test/webhooks.ts'

// What the contract gives it, and something for a busy machine.
const SOON = { timeout: 2_000, interval: 20 }

let server: TestServer
/** Another process over the same database. */
let other: TestServer
let ada: TestBot
let bob: TestBot

beforeAll(async () => {
  server = await startTestServer({ ...LOOPBACK, CLAWDX_OPEN_REGISTRATION: 'on' })
  other = await startTestServer({}, { databaseUrl: server.databaseUrl, role: 'api' })
  ada = await newBot(server)
  bob = await newBot(server)
})
afterAll(() => Promise.all([server.close(), other.close()]))
afterEach(() => server.human.network.update({ writing: 'on' }))

const post = (at: TestServer, bot: TestBot) =>
  at.request('POST', '/posts', { token: bot.token, body: { content: 'Hello' } })
const codeOf = ({ status, body }: TestResponse) => (status < 400 ? status : `${status} ${body.code}`)
const audited = async (action: string) => {
  const { rows } = await server.pool.query(
    'select metadata_json as summary from audit_log where action = $1 order by id',
    [action],
  )
  return rows.map((row) => row.summary)
}

describe('what a network is called', () => {
  const change = (body: unknown) => server.request('PATCH', '/network', { token: ADMIN_TOKEN, body })
  const said = { name: 'ClawdXCraft', about: '', log_days: 7 }

  test('is told to anyone, and changed in every process', async () => {
    expect((await server.request('GET', '/network')).body).toMatchObject(said)
    const { body } = await change({ name: 'Zoë’s zoo', about: 'Bots about birds\nand bees', log_days: 30 })
    expect(body).toMatchObject({ name: 'Zoë’s zoo', about: 'Bots about birds\nand bees', log_days: 30 })
    expect((await other.request('GET', '/network')).body).toEqual(body)
    expect((await change({ ...said })).body).toMatchObject({ ...said, writing: 'on' })
  })

  test('leaves a row in the audit log with what differs, and none where nothing does', async () => {
    const before = (await audited('network.update')).length
    await change({ name: 'Birds', log_days: 7 })
    await change({ name: 'Birds' })
    await change(said)
    expect((await audited('network.update')).slice(before)).toEqual([
      { by: 'human', before: { name: 'ClawdXCraft' }, after: { name: 'Birds' } },
      { by: 'human', before: { name: 'Birds' }, after: { name: 'ClawdXCraft' } },
    ])
  })

  test('loses nothing of two changes at once', async () => {
    await Promise.all([change({ name: 'At once' }), change({ about: 'Both' }), change({ log_days: 9 })])
    expect(await server.human.network.get()).toMatchObject({ name: 'At once', about: 'Both', log_days: 9 })
    await change(said)
  })

  test.each<[string, object, string]>([
    ['no name', { name: '' }, 'name'],
    ['a name that nobody sees', { name: '\u200B ' }, 'name'],
    ['a name of two lines', { name: 'One\nTwo' }, 'name'],
    ['a long name', { name: 'x'.repeat(41) }, 'name'],
    ['much about it', { about: 'x'.repeat(281) }, 'about'],
    ['no day', { log_days: 0 }, 'log_days'],
    ['half a day', { log_days: 1.5 }, 'log_days'],
    ['too many days', { log_days: 91 }, 'log_days'],
    ['another field', { colour: 'red' }, 'colour'],
  ])('is not %s', async (_what, body, field) => {
    const answer = await change(body)
    expect([answer.status, answer.body.errors[0].loc]).toEqual([422, ['body', field]])
    expect((await change({})).status).toBe(422)
  })
})

describe('a network that is paused', () => {
  test('says so to anyone, and who did it to humans only', async () => {
    const before = await server.human.network.get()
    expect(before).toMatchObject({ writing: 'on', reason: null })
    const off = await server.human.network.update({ writing: 'off', reason: 'A storm of bots' })
    expect(off).toMatchObject({ writing: 'off', reason: 'A storm of bots', by: null })
    expect(Date.parse(off.since)).toBeGreaterThan(Date.parse(before.since))
    expect((await server.request('GET', '/network')).body).toEqual({ ...off, by: null })

    await server.human.humans.create({ name: 'grace', password: 'not to be guessed', role: 'admin' })
    const login = { name: 'grace', password: 'not to be guessed' }
    const { headers } = await server.request('POST', '/session', { body: login })
    const cookie = headers.get('set-cookie')?.split(';')[0] ?? ''
    const { body: on } = await server.request('PUT', '/network', {
      headers: { cookie },
      body: { writing: 'on' },
    })
    expect(on).toMatchObject({ writing: 'on', reason: null, by: 'grace' })
    expect((await server.request('GET', '/network', { token: ada.token })).body.by).toBeNull()
  })

  test('leaves one row in the audit log for each change, and none where nothing changes', async () => {
    const before = (await audited('network.update')).length
    await server.human.network.update({ writing: 'off', reason: 'First' })
    const { since } = await server.human.network.update({ writing: 'off', reason: 'First' })
    expect(await server.human.network.update({ writing: 'off', reason: 'Second' })).toMatchObject({ since })
    expect((await audited('network.update')).slice(before)).toEqual([
      { by: 'human', writing: 'off', reason: 'First' },
      { by: 'human', writing: 'off', reason: 'Second' },
    ])
  })

  test('refuses what bots write at once, and reading goes on', async () => {
    const first = await post(server, ada)
    expect(first.status).toBe(201)
    await server.human.network.update({ writing: 'off', reason: 'A storm' })
    const refused = await post(server, ada)
    expect(codeOf(refused)).toBe('503 network_paused')
    expect(refused.headers.get('retry-after')).toBe('30')
    expect(refused.body.detail).toContain('A storm')
    const id = first.body.id
    const { body: token } = await server.request('POST', '/auth/token', {
      headers: { 'x-api-key': ada.apiKey },
    })
    const asked = await Promise.all([
      server.request('POST', `/posts/${id}/repost`, { token: bob.token }),
      server.request('PUT', `/posts/${id}/like`, { token: bob.token }),
      server.request('DELETE', `/posts/${id}`, { token: ada.token }),
      server.request('POST', '/runs', { token: ada.token, body: { brain: 'x' } }),
      server.request('PATCH', `/bots/${ada.handle}`, {
        token: token.access_token,
        body: { persona_yaml: persona(ada.handle) },
      }),
      server.request('POST', '/bots', { body: { persona_yaml: persona('stranger') } }),
      server.request('POST', '/openclaw/events', {
        headers: { 'x-api-key': ada.apiKey },
        body: { action: 'post', content: 'From a script' },
      }),
    ])
    expect(asked.map(codeOf)).toEqual(asked.map(() => '503 network_paused'))
    const read = ['/posts/feed', '/inbox', `/posts/${id}`, `/bots/${ada.handle}`]
    for (const path of read) expect(codeOf(await server.request('GET', path, { token: ada.token }))).toBe(200)
    expect(await server.human.posts.remove({ id })).toBeUndefined()
    await server.human.network.update({ writing: 'on' })
    expect(codeOf(await post(server, ada))).toBe(201)
  })

  test('refuses what is signed by a webhook, and the tools of MCP that write', async () => {
    const hook = await ada.webhooks.create({
      kind: 'standard',
      url: 'http://127.0.0.1:9/',
      events: ['mention'],
    })
    const sent = JSON.stringify({ action: 'post', content: 'Signed' })
    const signed = (id: string) => {
      const now = new Date()
      const signature = new Webhook(hook.secret ?? '').sign(id, now, sent)
      const stamp = String(Math.floor(now.getTime() / 1_000))
      const headers = { 'webhook-id': id, 'webhook-timestamp': stamp, 'webhook-signature': signature }
      return server.request('POST', `/openclaw/events?webhook=${hook.id}`, {
        body: sent,
        headers: { ...headers, 'content-type': 'application/json' },
      })
    }
    const call = (name: string, args: object) =>
      server.request('POST', '/mcp', {
        token: ada.token,
        headers: { accept: 'application/json, text/event-stream' },
        body: { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name, arguments: args } },
      })
    expect(codeOf(await signed('message-1'))).toBe(201)
    await server.human.network.update({ writing: 'off' })
    expect(codeOf(await signed('message-2'))).toBe('503 network_paused')
    const writing = await call('create_post', { content: 'By a tool' })
    expect(JSON.stringify(writing.body)).toContain('network_paused')
    const reading = await call('global_feed', {})
    expect(JSON.stringify(reading.body)).not.toContain('network_paused')
  })

  test('is paused in other processes within a second, and goes on there', async () => {
    expect(codeOf(await post(other, ada))).toBe(201)
    await server.human.network.update({ writing: 'off' })
    await expect.poll(async () => codeOf(await post(other, ada)), SOON).toBe('503 network_paused')
    await server.human.network.update({ writing: 'on' })
    await expect.poll(async () => codeOf(await post(other, ada)), SOON).toBe(201)
  })

  test('keeps what is to be sent to webhooks until it goes on', async () => {
    const sink = await startWebhookSink()
    const hook = await bob.webhooks.create({ kind: 'standard', url: sink.url, events: ['mention'] })
    await server.human.bots.update({ bot: bob.handle, status: 'paused' })
    await ada.posts.create({ content: `@${bob.handle} Are you there?` })
    await server.human.network.update({ writing: 'off' })
    await server.human.bots.update({ bot: bob.handle, status: 'active' })
    // Long enough for the loop to have looked.
    const later = Date.now() + 1_000
    const overview = await eventually(
      () => server.human.figures.overview(),
      ({ as_of, webhooks }) => webhooks.waiting === 1 && Date.parse(as_of) > later,
    )
    expect(overview.webhooks.oldest_at).not.toBeNull()
    expect(sink.requests).toHaveLength(0)
    await server.human.network.update({ writing: 'on' })
    await newest(bob, hook, 'delivered')
    expect(sink.requests).toHaveLength(1)
    await sink.close()
  })
})

describe('a budget', () => {
  const budgetOf = (bot: TestBot) => server.human.budgets.get({ bot: bot.handle })
  const refused = async (bot: TestBot, at = server) =>
    expect.poll(async () => codeOf(await post(at, bot)), SOON).toBe('429 budget_spent')
  const accepted = async (bot: TestBot, at = server) =>
    expect.poll(async () => codeOf(await post(at, bot)), SOON).toBe(201)

  test('that is used up ends what a bot may write until midnight, but not that it tells what it spends', async () => {
    const bot = await newBot(server)
    expect(await budgetOf(bot)).toMatchObject({ usd_a_day: null, spent_usd: 0, is_spent: false })
    await server.human.budgets.update({ bot: bot.handle, usd_a_day: 0.3 })
    await bot.runs.create({ brain: 'x', cost_usd: 0.1 })
    await bot.runs.create({ brain: 'x', cost_usd: 0.2 })
    // Exactly that much is not more.
    expect(await budgetOf(bot)).toMatchObject({ usd_a_day: 0.3, spent_usd: 0.3, is_spent: false })
    await accepted(bot)
    await bot.runs.create({ brain: 'y', model: 'm', cost_usd: 0.000001 })
    await refused(bot)
    await refused(bot, other)
    const answer = await post(server, bot)
    const midnight = new Date().setUTCHours(24, 0, 0, 0)
    const seconds = Number(answer.headers.get('retry-after'))
    expect(Math.abs(Date.now() + seconds * 1_000 - midnight)).toBeLessThan(10_000)
    expect(await budgetOf(bot)).toMatchObject({ is_spent: true, resets_at: new Date(midnight).toISOString() })

    await bot.runs.create({ brain: 'x', cost_usd: 0.5 })
    expect(await budgetOf(bot)).toMatchObject({ spent_usd: 0.800001 })
    expect(await bot.inbox.list()).toMatchObject({ items: [] })
    await accepted(await newBot(server))

    await server.human.budgets.update({ bot: bot.handle, usd_a_day: 1 })
    expect(codeOf(await post(server, bot))).toBe(201)
    await server.human.budgets.update({ bot: bot.handle, usd_a_day: 0 })
    expect(codeOf(await post(server, bot))).toBe('429 budget_spent')
    await server.human.budgets.update({ bot: bot.handle, usd_a_day: null })
    expect(codeOf(await post(server, bot))).toBe(201)
  })

  test('counts what was spent today before it was given, and begins anew each day', async () => {
    const bot = await newBot(server)
    await bot.runs.create({ brain: 'x', cost_usd: 5 })
    await server.human.budgets.update({ bot: bot.handle, usd_a_day: 4 })
    await refused(bot)
    // As if all that had been yesterday.
    await server.pool.query('update bot_budgets set day = day - 1 where bot_id = $1', [bot.bot.id])
    await server.pool.query("update run_hours set hour = hour - interval '24 hours' where bot_id = $1", [
      bot.bot.id,
    ])
    await accepted(bot)
    await bot.runs.create({ brain: 'x', cost_usd: 3 })
    await accepted(bot)
    expect(await budgetOf(bot)).toMatchObject({ spent_usd: 3, is_spent: false })
    await bot.runs.create({ brain: 'x', cost_usd: 2 })
    await refused(bot)
  })

  test('loses no run that is written while it is given', async () => {
    const bot = await newBot(server)
    const runs = Array.from({ length: 30 }, async (_, index) => {
      if (index === 15) await server.human.budgets.update({ bot: bot.handle, usd_a_day: 1_000 })
      else await bot.runs.create({ brain: 'x', cost_usd: 1 })
    })
    await Promise.all(runs)
    const { rows } = await server.pool.query(
      'select spent_usd::float8 as usd from bot_budgets where bot_id = $1',
      [bot.bot.id],
    )
    expect(rows).toEqual([{ usd: 29 }])
    expect(await budgetOf(bot)).toMatchObject({ spent_usd: 29 })
  })

  test('is for humans to see and to give, and leaves one row in the audit log for each change', async () => {
    const bot = await newBot(server)
    expect((await server.request('GET', `/bots/${bot.handle}/budget`, { token: bot.token })).status).toBe(403)
    const give = (usd_a_day: unknown) =>
      server.request('PUT', `/bots/${bot.handle}/budget`, { token: ADMIN_TOKEN, body: { usd_a_day } })
    const { body } = await give(-1)
    expect(body.errors).toMatchObject([{ loc: ['body', 'usd_a_day'] }])
    expect((await give('much')).status).toBe(422)
    expect((await server.request('GET', '/bots/nobody/budget', { token: ADMIN_TOKEN })).status).toBe(404)
    for (const usd of [2.5, 2.5, null, null]) expect((await give(usd)).status).toBe(200)
    const mine = (await audited('budget.update')).slice(-2)
    expect(mine).toEqual([
      { by: 'human', usd_a_day: 2.5, before: null },
      { by: 'human', usd_a_day: null, before: 2.5 },
    ])
  })

  test('is nothing that a client waits for', async () => {
    const bot = await newBot(server)
    await server.human.budgets.update({ bot: bot.handle, usd_a_day: 0 })
    await bot.runs.create({ brain: 'x', cost_usd: 1 })
    await refused(bot)
    const patient = createClient({ url: server.url, token: bot.token, retries: 3 })
    await expect(patient.posts.create({ content: 'At last' })).rejects.toMatchObject({ code: 'budget_spent' })
  })
})
