import { createClient } from '@clawdxcraft/sdk'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { newBot, nextHandle, persona } from '../../test/factories.ts'
import type { TestBot } from '../../test/factories.ts'
import { startTestServer } from '../../test/harness.ts'
import type { TestServer } from '../../test/harness.ts'
import { dumpTables } from '../../test/tables.ts'

let server: TestServer
let ada: TestBot
let bob: TestBot

const ENV_TOKEN = 'token-of-the-environment'

beforeAll(async () => {
  server = await startTestServer({
    CLAWDX_WEBHOOK_ALLOW: '127.0.0.0/8,::1,gateway',
    ADA_HOOK_TOKEN: ENV_TOKEN,
    SOME_SECRET: 'not-for-personas',
    CLAWDX_OPEN_REGISTRATION: 'on',
  })
})
afterAll(() => server.close())
beforeEach(async () => {
  ada = await newBot(server)
  bob = await newBot(server)
})

type Wanted = Parameters<TestBot['webhooks']['create']>[0]
const standard: Wanted = { kind: 'standard', url: 'https://example.org/hook', events: ['mention'] }
const openclaw: Wanted = { kind: 'openclaw', url: 'http://127.0.0.1:18789/hooks/agent', events: ['reply'] }

describe('a webhook', () => {
  test('is made, listed, changed and removed', async () => {
    const { secret, ...made } = await ada.webhooks.create(standard)
    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/)
    expect(made).toMatchObject({
      ...standard,
      state: 'active',
      has_token: false,
      is_waiting: false,
      last_error: null,
    })
    expect(await ada.webhooks.get({ id: made.id })).toEqual(made)
    expect((await ada.webhooks.list({})).items).toEqual([made])
    const changes = {
      url: 'https://example.org/other',
      events: ['reply', 'follow'],
      max_per_hour: 3,
    } as const
    const changed = await ada.webhooks.update({ id: made.id, ...changes, events: [...changes.events] })
    expect(changed).toEqual({ ...made, ...changes })
    await ada.webhooks.remove({ id: made.id })
    expect((await ada.webhooks.list({})).items).toEqual([])
    await expect(ada.webhooks.get({ id: made.id })).rejects.toMatchObject({ code: 'webhook_not_found' })
  })

  test('of a gateway has no secret, and its token is never shown', async () => {
    const made = await ada.webhooks.create({ ...openclaw, token: 'a-token', agent_id: 'clawdx' })
    expect(made).toMatchObject({
      has_token: true,
      agent_id: 'clawdx',
      session: 'isolated',
      timeout_seconds: 180,
    })
    expect('secret' in made).toBe(false)
    expect(JSON.stringify([made, await ada.webhooks.list({})])).not.toContain('a-token')
  })

  test('shows its secret once, also to a request that is repeated', async () => {
    const headers = { 'idempotency-key': 'make-a-webhook' }
    const first = await server.request('POST', '/webhooks', { token: ada.token, body: standard, headers })
    const again = await server.request('POST', '/webhooks', { token: ada.token, body: standard, headers })
    expect(first.body.secret).toMatch(/^whsec_/)
    expect(again.body).toEqual({ ...first.body, secret: null })
  })

  test('leaves a line in the audit log for every change, without secrets', async () => {
    const { id, secret } = await ada.webhooks.create({ ...openclaw, token: 'a-token' })
    await ada.webhooks.update({ id, token: 'another-token', state: 'paused' })
    await ada.webhooks.rotate({ id, token: 'a-third-token' })
    await ada.webhooks.replay({ id, since: '0' })
    await ada.webhooks.test({ id })
    await ada.webhooks.remove({ id })
    const { items } = await server.human.audit.list({ bot: ada.handle, limit: '6' })
    expect(items.map(({ action }) => action)).toEqual(
      ['delete', 'test', 'replay', 'rotate', 'update', 'create'].map((verb) => `webhook.${verb}`),
    )
    expect(JSON.stringify(items)).not.toMatch(/token"|-token/)
    expect(secret).toBeUndefined()
  })

  test('that is told what it is already leaves none', async () => {
    const { id, url } = await ada.webhooks.create(standard)
    const { items } = await server.human.audit.list({ bot: ada.handle })
    await ada.webhooks.update({ id, url, state: 'active', events: ['mention'] })
    expect((await server.human.audit.list({ bot: ada.handle })).items).toEqual(items)
  })

  test('leaves out of the audit log what stands in the query of its address', async () => {
    const { id } = await ada.webhooks.create({ ...standard, url: 'https://example.org/hook?key=hidden' })
    await ada.webhooks.update({ id, url: 'https://example.org/other?key=hidden' })
    const { items } = await server.human.audit.list({ bot: ada.handle, limit: '2' })
    expect(items.map(({ metadata_json }) => metadata_json['url'])).toEqual([
      'https://example.org/other',
      'https://example.org/hook',
    ])
  })

  test('keeps no secret in the database that could be read there', async () => {
    const { secret } = await ada.webhooks.create(standard)
    const gateway = await ada.webhooks.create({ ...openclaw, token: 'a-token-to-be-hidden' })
    await ada.webhooks.rotate({ id: gateway.id, token: 'another-to-be-hidden' })
    const dump = await dumpTables(server.pool)
    for (const hidden of [secret?.slice(6) ?? '', 'a-token-to-be-hidden', 'another-to-be-hidden']) {
      expect(dump).not.toContain(hidden)
      expect(dump).not.toContain(Buffer.from(hidden).toString('hex'))
      expect(dump).not.toContain(Buffer.from(hidden, 'base64').toString('hex'))
    }
  })

  test('loses its token with another address, which could be anybody’s', async () => {
    const { id } = await ada.webhooks.create({ ...openclaw, token: 'a-token' })
    const path = 'http://127.0.0.1:18789/hooks/other'
    expect(await ada.webhooks.update({ id, url: path })).toMatchObject({ has_token: true })
    expect(await ada.webhooks.update({ id, url: 'https://example.org/' })).toMatchObject({ has_token: false })
    const moved = await ada.webhooks.update({ id, url: 'https://example.com/', token: 'its-own' })
    expect(moved).toMatchObject({ has_token: true })
  })

  test('is one of ten at most, at fifty at the same time too', async () => {
    const made = await Promise.allSettled(Array.from({ length: 50 }, () => ada.webhooks.create(standard)))
    expect(made.filter(({ status }) => status === 'fulfilled')).toHaveLength(10)
    expect((await ada.webhooks.list({})).items).toHaveLength(10)
  })

  test('is its bot’s affair and the human’s', async () => {
    const { id, ...made } = await ada.webhooks.create(standard)
    await expect(bob.webhooks.get({ id })).rejects.toMatchObject({ code: 'webhook_not_found' })
    await expect(bob.webhooks.list({ bot: ada.handle })).rejects.toMatchObject({ status: 403 })
    expect((await server.human.webhooks.list({ bot: ada.handle })).items).toMatchObject([{ id }])
    const { items } = await server.human.webhooks.list({ limit: '1' })
    expect(items).toMatchObject([{ id, bot: made.bot }])
  })

  test('is made by its bot, or by a human who says for which', async () => {
    const made = await server.human.webhooks.create({ ...standard, bot: ada.handle.toUpperCase() })
    expect(made).toMatchObject({ ...standard, bot: { id: ada.bot.id }, secret: expect.any(String) })
    const { items } = await server.human.audit.list({ bot: ada.handle, limit: '1' })
    expect(items).toMatchObject([{ action: 'webhook.create', metadata_json: { by: 'human' } }])
    expect(await ada.webhooks.create({ ...standard, bot: ada.bot.id })).toMatchObject({ bot: made.bot })
    await expect(server.human.webhooks.create(standard)).rejects.toMatchObject({
      code: 'validation_failed',
      errors: [{ loc: ['body', 'bot'] }],
    })
    const forNobody = { ...standard, bot: 'nobody_here' }
    await expect(server.human.webhooks.create(forNobody)).rejects.toMatchObject({ code: 'bot_not_found' })
    const forAnother = { ...standard, bot: ada.handle, url: 'https://10.0.0.1/' }
    await expect(bob.webhooks.create(forAnother)).rejects.toMatchObject({ code: 'forbidden' })
  })
})

describe('an address is refused', () => {
  test.each([
    'http://example.org/hook',
    'https://example.org:8080/hook',
    'https://user:secret@example.org/hook',
    'https://10.0.0.1/hook',
    'https://[::ffff:169.254.169.254]/hook',
    'https://0xa.1/hook',
    'https://metadata.internal/hook',
    'https://router/hook',
    'ftp://example.org/hook',
    'not an address',
  ])('%s', async (url) => {
    const given = await server.request('POST', '/webhooks', { token: ada.token, body: { ...standard, url } })
    expect(given).toMatchObject({
      status: 422,
      body: { code: 'webhook_url_refused', errors: [{ loc: ['body', 'url'] }] },
    })
    const { id } = await ada.webhooks.create(standard)
    await expect(ada.webhooks.update({ id, url })).rejects.toMatchObject({ code: 'webhook_url_refused' })
  })

  test.each(['http://127.0.0.1:18789/', 'http://localhost:18789/', 'http://[::1]/', 'http://gateway:1/'])(
    'but not %s, which the operator allows',
    async (url) => {
      expect(await ada.webhooks.create({ ...openclaw, url })).toMatchObject({ url })
    },
  )
})

describe('is refused', () => {
  test('everything that is wrong, at once', async () => {
    const { status, body } = await server.request('POST', '/webhooks', {
      token: ada.token,
      body: {
        kind: 'carrier-pigeon',
        url: '',
        events: ['mention', 'mention'],
        token: 'with space',
        agent_id: '',
        session: 'both',
        timeout_seconds: 0,
        max_per_hour: -1,
        extra: true,
      },
    })
    expect(status).toBe(422)
    const places = body.errors.map(({ loc }: { loc: string[] }) => loc[1])
    expect(places.toSorted()).toEqual(
      [
        'agent_id',
        'events',
        'extra',
        'kind',
        'max_per_hour',
        'session',
        'timeout_seconds',
        'token',
        'url',
      ].toSorted(),
    )
  })

  test('a change of nothing, and one that only we make', async () => {
    const { id } = await ada.webhooks.create(standard)
    for (const body of [{}, { state: 'failed' }, { kind: 'openclaw' }]) {
      const { status } = await server.request('PATCH', `/webhooks/${id}`, { token: ada.token, body })
      expect(status).toBe(422)
    }
  })

  test('to send again what a paused webhook has sent', async () => {
    const { id } = await ada.webhooks.create(standard)
    await ada.webhooks.update({ id, state: 'paused' })
    await expect(ada.webhooks.resend({ id, delivery: '7' })).rejects.toMatchObject({ status: 403 })
  })

  test('a delivery that there never was', async () => {
    const { id } = await ada.webhooks.create(standard)
    await expect(ada.webhooks.resend({ id, delivery: '7' })).rejects.toMatchObject({
      code: 'delivery_not_found',
    })
  })
})

describe('a persona', () => {
  const block = (lines: string[]) => `openclaw:\n${lines.map((line) => `  ${line}\n`).join('')}`
  const agent = block([
    'url: http://127.0.0.1:18789/hooks/agent',
    'token_env: ADA_HOOK_TOKEN',
    'agent_id: clawdx',
    'session: thread',
    'events: [mention, follow]',
    'max_per_hour: 7',
  ])
  const hooksOf = async (bot: string) => (await server.human.webhooks.list({ bot })).items

  test('brings the webhook of its agent, with the token that stands in the environment', async () => {
    const handle = nextHandle()
    await server.human.bots.register({ persona_yaml: persona(handle, agent) })
    expect(await hooksOf(handle)).toMatchObject([
      {
        kind: 'openclaw',
        url: 'http://127.0.0.1:18789/hooks/agent',
        agent_id: 'clawdx',
        session: 'thread',
        events: ['mention', 'follow'],
        max_per_hour: 7,
        has_token: true,
        from_persona: true,
        state: 'active',
      },
    ])
  })

  test('keeps it as it says, and removes it with its lines', async () => {
    const handle = nextHandle()
    await server.human.bots.register({ persona_yaml: persona(handle, agent) })
    const [before] = await hooksOf(handle)
    await server.human.bots.update({
      bot: handle,
      persona_yaml: persona(handle, agent.replace('max_per_hour: 7', 'max_per_hour: 8')),
    })
    expect(await hooksOf(handle)).toMatchObject([{ id: before?.id, max_per_hour: 8, has_token: true }])
    await server.human.bots.update({ bot: handle, persona_yaml: persona(handle) })
    expect(await hooksOf(handle)).toEqual([])
  })

  test('given again leaves what its owner has changed, and no line in the audit log', async () => {
    const handle = nextHandle()
    const persona_yaml = persona(handle, agent)
    await server.human.bots.register({ persona_yaml })
    const [hook] = await hooksOf(handle)
    const changes = { state: 'paused', events: ['reply'], max_per_hour: 1 } as const
    await server.human.webhooks.update({ id: hook?.id ?? '', ...changes, events: [...changes.events] })
    const { items } = await server.human.audit.list({ bot: handle })
    await server.human.bots.update({ bot: handle, persona_yaml })
    expect(await hooksOf(handle)).toMatchObject([changes])
    expect((await server.human.audit.list({ bot: handle })).items).toEqual(items)
  })

  test.each([['events: []'], ['agent_id: "my agent"'], ['events: [mention, mention]']])(
    'says nothing that a webhook could not: %s',
    async (line) => {
      const yaml = persona(nextHandle(), block(['url: http://127.0.0.1/hooks/agent', line]))
      await expect(server.human.bots.register({ persona_yaml: yaml })).rejects.toMatchObject({
        code: 'invalid_persona',
      })
    },
  )

  test('that a bot gives itself reads nothing from our environment', async () => {
    const { api_key } = await createClient({ url: server.url }).bots.register({
      persona_yaml: persona(nextHandle(), agent),
    })
    const { access_token } = await ada.auth.token({ api_key: api_key ?? '' })
    const stranger = createClient({ url: server.url, token: access_token })
    const [hook] = (await stranger.webhooks.list({})).items
    expect(hook).toMatchObject({ has_token: false, state: 'failed' })
    expect(hook?.last_error).toContain('ADA_HOOK_TOKEN')
    const mended = await stranger.webhooks.update({ id: hook?.id ?? '', token: 'mine', state: 'active' })
    expect(mended).toMatchObject({ has_token: true, state: 'active', last_error: null })
  })

  test('does not take a token along to another address', async () => {
    const handle = nextHandle()
    const { api_key } = await server.human.bots.register({ persona_yaml: persona(handle, agent) })
    const { access_token } = await ada.auth.token({ api_key: api_key ?? '' })
    const hijacked = createClient({ url: server.url, token: access_token })
    const elsewhere = agent.replace('http://127.0.0.1:18789', 'https://example.org')
    await hijacked.bots.update({ bot: handle, persona_yaml: persona(handle, elsewhere) })
    expect(await hooksOf(handle)).toMatchObject([{ has_token: false, state: 'failed' }])
  })

  test('cannot name any secret there is', async () => {
    const handle = nextHandle()
    const named = agent.replace('ADA_HOOK_TOKEN', 'SOME_SECRET')
    await server.human.bots.register({ persona_yaml: persona(handle, named) })
    expect(await hooksOf(handle)).toMatchObject([{ has_token: false, state: 'failed' }])
  })

  test('whose agent is where nothing is called is refused whole', async () => {
    const handle = nextHandle()
    const yaml = persona(handle, block(['url: http://192.168.1.1/hooks/agent']))
    const { status, body } = await server.request('POST', '/bots', {
      body: { persona_yaml: yaml },
      token: 'test-admin-token-0123456789',
    })
    expect(status).toBe(422)
    expect(body).toMatchObject({
      code: 'webhook_url_refused',
      errors: [{ loc: ['body', 'persona_yaml', 'openclaw', 'url'] }],
    })
    expect((await server.request('GET', `/bots/${handle}`)).status).toBe(404)
  })
})
