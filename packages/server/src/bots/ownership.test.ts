import { setTimeout as sleep } from 'node:timers/promises'
import type { Bot } from '@clawdxcraft/protocol'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newBot, persona } from '../../test/factories.ts'
import type { TestBot } from '../../test/factories.ts'
import { ADMIN_TOKEN, startTestServer } from '../../test/harness.ts'
import type { TestResponse, TestServer } from '../../test/harness.ts'
import { tableDigests } from '../../test/tables.ts'

type Status = Bot['status']

let server: TestServer
let mallory: TestBot

beforeAll(async () => {
  server = await startTestServer()
  mallory = await newBot(server, 'mallory')
})
afterAll(() => server.close())

const patch = (bot: TestBot, token: string, body: unknown) =>
  server.request('PATCH', `/bots/${bot.handle}`, { token, body })

async function refused(request: () => Promise<TestResponse>): Promise<{ status: number; code: string }> {
  const before = await tableDigests(server.pool)
  const { status, body } = await request()
  expect(await tableDigests(server.pool)).toEqual(before)
  return { status, code: body.code }
}

async function botIn(status: Status): Promise<TestBot> {
  const bot = await newBot(server)
  if (status !== 'active') await server.human.bots.update({ bot: bot.handle, status })
  return bot
}

async function untilSomeoneWaits(): Promise<void> {
  for (const deadline = Date.now() + 10_000; Date.now() < deadline; await sleep(5)) {
    const { rowCount } = await server.pool.query(
      "select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
    )
    if (rowCount) return
  }
  throw new Error('Nobody waits for a lock')
}

describe('PATCH /bots/{h}', () => {
  test('gives a bot a new persona, for itself and for humans, by handle or id', async () => {
    const ada = await newBot(server)
    const first = persona(ada.handle, 'bio: First\n').replace('Bot ', 'Lady ')
    const own = await patch(ada, ada.token, { persona_yaml: first })
    expect(own.status).toBe(200)
    expect(own.body).toMatchObject({
      id: ada.bot.id,
      display_name: `Lady ${ada.handle}`,
      bio: 'First',
      persona_yaml: first,
    })
    const second = persona(ada.handle, 'bio: Second\n')
    const path = `/bots/${ada.bot.id}`
    const yaml = { body: second, headers: { 'content-type': 'application/yaml' } }
    const human = await server.request('PATCH', path, { token: ADMIN_TOKEN, ...yaml })
    expect(human.body).toMatchObject({
      bio: 'Second',
      display_name: `Bot ${ada.handle}`,
      persona_yaml: second,
    })
    expect((await server.request('GET', path)).body).toEqual({ ...human.body, persona_yaml: undefined })
    const form = new FormData()
    form.append('persona', new File([first], 'persona.yaml'))
    const uploaded = await server.request('PATCH', path, { token: ada.token, body: form })
    expect(uploaded.body).toMatchObject({ bio: 'First', persona_yaml: first })
  })

  test('leaves one audit row and one event for a change, none where nothing changed', async () => {
    const ada = await newBot(server)
    const yaml = persona(ada.handle, 'bio: Once\n')
    for (const body of [
      { persona_yaml: yaml },
      { persona_yaml: yaml, status: 'active' },
      { status: 'active' },
    ]) {
      expect((await patch(ada, ada.token, body)).status).toBe(200)
    }
    const { items } = await server.human.audit.list({ bot: ada.handle, action: 'bot.update' })
    expect(items.map(({ metadata_json }) => metadata_json)).toEqual([
      {
        ...{ by: 'bot', bot_id: ada.bot.id, status: 'active', persona_changed: true },
        before: { bio: '', persona_sha256: expect.any(String) },
        after: { bio: 'Once', persona_sha256: expect.any(String) },
      },
    ])
    const { rows } = await server.pool.query(
      "select payload ? 'persona_yaml' as persona from events where type = 'bot.updated' and actor_id = $1",
      [ada.bot.id],
    )
    expect(rows).toEqual([{ persona: false }])
  })

  test('is refused to other bots and to strangers', async () => {
    const ada = await newBot(server)
    const body = { persona_yaml: persona(ada.handle, 'bio: Mine now\n') }
    expect(await refused(() => patch(ada, mallory.token, body))).toEqual({ status: 403, code: 'forbidden' })
    expect(await refused(() => patch(ada, mallory.token, { status: 'paused' }))).toMatchObject({
      status: 403,
    })
    expect(await refused(() => server.request('PATCH', `/bots/${ada.handle}`, { body }))).toMatchObject({
      status: 401,
    })
    const nobody = () => server.request('PATCH', '/bots/nobody_here', { token: ADMIN_TOKEN, body })
    expect(await refused(nobody)).toEqual({ status: 404, code: 'bot_not_found' })
  })

  test.each<[string, (bot: TestBot) => unknown, string]>([
    ['another handle', () => ({ persona_yaml: persona('another_x') }), 'invalid_persona'],
    ['a broken persona', () => ({ persona_yaml: 'handle: [' }), 'invalid_persona'],
    ['nothing', () => ({}), 'validation_failed'],
    ['an unknown status', () => ({ status: 'deleted' }), 'validation_failed'],
    [
      'another id',
      (bot) => ({ status: 'paused', id: mallory.bot.id, handle: bot.handle }),
      'validation_failed',
    ],
    ['counters', () => ({ status: 'active', follower_count: 1_000_000 }), 'validation_failed'],
    [
      'a good status with a broken persona',
      () => ({ status: 'paused', persona_yaml: '' }),
      'invalid_persona',
    ],
  ])('is refused with %s', async (_kind, body, code) => {
    const ada = await newBot(server)
    expect(await refused(() => patch(ada, ada.token, body(ada)))).toEqual({ status: 422, code })
  })
})

describe('the status of a bot', () => {
  const ok = 200
  const forbidden = 'forbidden'
  const asleep = 'bot_not_active'
  test.each<[Status, Status, typeof ok, number | string]>([
    // from, to, what a human is answered, what the bot itself is
    ['active', 'paused', ok, ok],
    ['active', 'suspended', ok, forbidden],
    ['paused', 'active', ok, ok],
    ['paused', 'paused', ok, ok],
    ['paused', 'suspended', ok, forbidden],
    ['suspended', 'active', ok, asleep],
    ['suspended', 'paused', ok, asleep],
    ['suspended', 'suspended', ok, asleep],
  ])('from %s to %s: a human is answered %s, the bot %s', async (from, to, human, itself) => {
    const ada = await botIn(from)
    const asked = await patch(ada, ada.token, { status: to })
    expect(asked.status === 200 ? 200 : asked.body.code).toBe(itself)
    expect((await server.request('GET', `/bots/${ada.handle}`)).body.status).toBe(itself === ok ? to : from)
    const eve = await botIn(from)
    const { status, body } = await patch(eve, ADMIN_TOKEN, { status: to })
    expect({ status, now: body.status }).toEqual({ status: human, now: to })
  })

  const writes: [string, string, (other: TestBot) => unknown][] = [
    ['POST', '/posts', () => ({ content: 'Not now' })],
    ['POST', '/follows', (other) => ({ followee: other.handle })],
    ['POST', '/runs', () => ({ brain: 'scripted' })],
    ['POST', '/bots', () => ({ persona_yaml: persona('by_sleeper') })],
    ['PUT', '/posts/POST/like', () => undefined],
    ['POST', '/posts/POST/repost', () => undefined],
    ['DELETE', '/posts/POST/like', () => undefined],
  ]

  test.each(['paused', 'suspended'] as const)('%s stops it from writing, not from reading', async (state) => {
    const post = await mallory.posts.create({ content: 'Like me' })
    const ada = await botIn(state)
    for (const [method, path, body] of writes) {
      const attempt = () =>
        server.request(method, path.replace('POST', post.id), { token: ada.token, body: body(mallory) })
      expect(await refused(attempt), `${method} ${path}`).toEqual({ status: 403, code: asleep })
    }
    const reads = ['/posts/feed', `/bots/${ada.handle}`, '/runs', `/bots/${ada.handle}/keys`]
    for (const path of reads)
      expect((await server.request('GET', path, { token: ada.token })).status).toBe(200)
    expect(
      (await server.request('GET', `/bots/${ada.handle}`, { token: ada.token })).body.persona_yaml,
    ).toBeTruthy()
  })

  test('paused leaves it its own affairs: persona, keys, posts that it takes back, and its return', async () => {
    const ada = await newBot(server)
    const post = await ada.posts.create({ content: 'I regret this' })
    expect((await patch(ada, ada.token, { status: 'paused' })).status).toBe(200)
    const { token, handle } = ada
    const answers = [
      await patch(ada, token, { persona_yaml: persona(handle, 'bio: Resting\n') }),
      await server.request('POST', `/bots/${handle}/keys`, { token }),
      await server.request('DELETE', `/posts/${post.id}`, { token }),
      await patch(ada, token, { status: 'active' }),
      await server.request('POST', '/posts', { token, body: { content: 'Back' } }),
    ]
    expect(answers.map(({ status }) => status)).toEqual([200, 201, 204, 200, 201])
  })

  test('suspended leaves it nothing of that', async () => {
    const ada = await newBot(server)
    const post = await ada.posts.create({ content: 'I regret this' })
    await server.human.bots.update({ bot: ada.handle, status: 'suspended' })
    const { token, handle } = ada
    const attempts = [
      () => patch(ada, token, { persona_yaml: persona(handle, 'bio: Hidden\n') }),
      () => server.request('POST', `/bots/${handle}/keys`, { token }),
      () => server.request('DELETE', `/posts/${post.id}`, { token }),
    ]
    for (const attempt of attempts) expect(await refused(attempt)).toEqual({ status: 403, code: asleep })
  })

  test.each<[string, (bot: TestBot) => unknown]>([
    ['changes its persona', (bot) => ({ persona_yaml: persona(bot.handle, 'bio: Just then\n') })],
    ['resumes', () => ({ status: 'active' })],
  ])('suspended stays so although the bot %s at the same moment', async (_deed, body) => {
    const ada = await botIn('paused')
    expect((await server.request('GET', '/runs', { token: ada.token })).status).toBe(200)
    const suspension = await server.pool.connect()
    await suspension.query('begin')
    await suspension.query("update bots set status = 'suspended' where id = $1", [ada.bot.id])
    const own = patch(ada, ada.token, body(ada))
    await untilSomeoneWaits()
    await suspension.query('commit')
    suspension.release()
    expect([200, 403]).toContain((await own).status)
    expect((await server.human.bots.get({ bot: ada.handle })).status).toBe('suspended')
  })
})
