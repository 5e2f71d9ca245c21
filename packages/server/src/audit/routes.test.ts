import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { AuditEntry } from '@clawdxcraft/protocol'
import { login, newAccount } from '../../test/accounts.ts'
import { eventually } from '../../test/eventually.ts'
import { newBot, persona } from '../../test/factories.ts'
import type { TestBot } from '../../test/factories.ts'
import { ADMIN_TOKEN, startTestServer } from '../../test/harness.ts'
import type { TestServer } from '../../test/harness.ts'
import { seed } from '../../test/seed.ts'

let server: TestServer
let ada: TestBot
let bob: TestBot
let post: string
let run: string

beforeAll(async () => {
  server = await startTestServer({ CLAWDX_OPEN_REGISTRATION: 'on' })
  ada = await newBot(server, 'ada')
  bob = await newBot(server, 'bob')
  run = (await ada.runs.create({ brain: 'scripted' })).id
  post = (await ada.posts.create({ content: 'Hello', run_id: run })).id
  await bob.posts.like({ id: post })
  await bob.posts.create({ content: 'Hi', parent_id: post })
  await ada.posts.remove({ id: post })
  await server.human.bots.update({ bot: 'bob', status: 'paused' })
  await server.request('POST', '/bots', { body: { persona_yaml: persona('stranger') } })
})
afterAll(() => server.close())

type Query = Parameters<typeof server.human.audit.list>[0]

const entries = async (query: Query): Promise<AuditEntry[]> =>
  (await server.human.audit.list({ limit: '100', ...query })).items
const actions = async (query: Query) => (await entries(query)).map(({ action }) => action)

describe('the audit log by filters', () => {
  test('who acted', async () => {
    const all = await entries({})
    for (const by of ['human', 'bot', 'anonymous'] as const) {
      const found = await entries({ by })
      expect(found).toEqual(all.filter(({ metadata_json }) => metadata_json['by'] === by))
      expect(found.length).toBeGreaterThan(0)
    }
    expect(await actions({ by: 'human', bot: 'bob' })).toEqual(['bot.update', 'bot.create'])
    expect(await actions({ by: 'human', action: 'bot.update' })).toEqual(['bot.update'])
    expect(await actions({ by: 'human', action: 'post.create' })).toEqual([])
    expect(await actions({ by: 'bot', action: 'post.create' })).toEqual(['post.create', 'post.create'])
  })

  test('a certain human', async () => {
    const { name } = await newAccount(server, 'admin', 'grace')
    const cookie = await login(server, name)
    const asGrace = (status: string) =>
      server.request('PATCH', '/bots/bob', { headers: { cookie }, body: { status } })
    expect((await asGrace('active')).status).toBe(200)
    expect((await asGrace('paused')).status).toBe(200)
    const all = await entries({})
    const found = await entries({ name })
    expect(found).toEqual(all.filter(({ metadata_json }) => metadata_json['name'] === name))
    expect(found.map(({ action }) => action)).toEqual(['bot.update', 'bot.update', 'session.create'])
    expect(await entries({ name, by: 'human', limit: '2' })).toEqual(found.slice(0, 2))
    expect(await actions({ name, action: 'session.create' })).toEqual(['session.create'])
    expect(await actions({ name, bot: 'bob', action: 'bot.create' })).toEqual([])
    for (const query of [{ by: 'bot' }, { by: 'anonymous' }, { object: post }] as const)
      expect(await entries({ name, ...query })).toEqual([])
    expect(await entries({ name: 'hopper' })).toEqual([])
  })

  test('several actions', async () => {
    expect(await actions({ action: 'post.create,post.delete' })).toEqual([
      'post.delete',
      'post.create',
      'post.create',
    ])
    expect(await actions({ action: 'post.delete,like.create,post.delete', bot: 'bob' })).toEqual([
      'like.create',
    ])
  })

  test('what it was about', async () => {
    expect(await actions({ object: post })).toEqual(['post.delete', 'like.create', 'post.create'])
    expect(await actions({ object: post, bot: 'ada', action: 'post.delete,like.create' })).toEqual([
      'post.delete',
    ])
    expect(await actions({ object: run })).toEqual(['run.create'])
    const { items } = await ada.keys.list({ bot: 'ada' })
    expect(await actions({ object: items[0]?.id })).toEqual(['token.issue'])
    expect(await actions({ object: '1' })).toEqual([])
  })

  test('in pages, each of which goes on where the last one ended', async () => {
    const query = { action: 'post.create,bot.create,like.create', since: '2026-01-01T00:00:00Z' }
    const found: AuditEntry[] = []
    let cursor: string | undefined
    do {
      const page = await server.human.audit.list({ ...query, limit: '2', ...(cursor && { cursor }) })
      found.push(...page.items)
      cursor = page.next_cursor ?? undefined
    } while (cursor)
    expect(found).toEqual(await entries(query))
    expect(found.length).toBeGreaterThan(4)
  })

  test('of which all that are wrong are named at once', async () => {
    const query =
      'action=post.create,nonsense&by=me&name=Me!&since=yesterday&until=0000-01-01T00:00:00Z&object=x&bot=ada'
    const { status, body } = await server.request('GET', `/audit?${query}`, { token: ADMIN_TOKEN })
    expect(status).toBe(422)
    expect(body.errors.map(({ loc }: { loc: string[] }) => loc.join('.')).toSorted()).toEqual([
      'query.action',
      'query.by',
      'query.name',
      'query.object',
      'query.since',
      'query.until',
    ])
  })

  test('times, of rows that came in another order than their ids', async () => {
    // Ten minutes: ids are given up to twenty seconds after the time that stands in the row.
    await server.pool.query(
      `insert into audit_log (bot_id, action, metadata_json, "timestamp")
       select $1, 'inbox.read', '{"by": "bot", "old": true}',
              '2026-02-01T00:00:00Z'::timestamptz + make_interval(secs => i - (i * 7919) % 20) from generate_series(1, 600) i`,
      [ada.bot.id],
    )
    const { rows } = await server.pool.query<{ id: string; at: Date }>(
      `select id, "timestamp" as at from audit_log where metadata_json ? 'old' order by id desc`,
    )
    const start = Date.parse('2026-02-01T00:00:00Z')
    const second = fc.integer({ min: -60, max: 660 })
    await fc.assert(
      fc.asyncProperty(second, second, fc.boolean(), async (from, to, isOfBot) => {
        const [since, until] = [from, to].map((seconds) => new Date(start + seconds * 1_000).toISOString())
        const query = { since, until, action: 'inbox.read', ...(isOfBot && { bot: 'ada' }), limit: '100' }
        const expected = rows
          .map(({ id, at }) => ({ id, at: new Date(at).toISOString() }))
          .filter(({ at }) => at >= (since ?? '') && at < (until ?? ''))
          .slice(0, 100)
        expect((await entries(query)).map(({ id }) => id)).toEqual(expected.map(({ id }) => id))
      }),
      { seed, numRuns: 60 },
    )
  })
})

describe('what was changed stands in the audit log as it was and as it is', () => {
  const newest = async (action: string) => (await entries({ action }))[0]?.metadata_json

  test('a bot', async () => {
    await server.human.bots.update({ bot: 'ada', status: 'paused' })
    const paused = { before: { status: 'active' }, after: { status: 'paused' } }
    expect(await newest('bot.update')).toMatchObject(paused)
    const yaml = persona('ada', 'bio: Reads\n')
    await ada.bots.update({ bot: 'ada', status: 'active', persona_yaml: yaml })
    const hash = expect.stringMatching(/^[a-f0-9]{64}$/)
    const summary = await newest('bot.update')
    expect(summary).toMatchObject({
      before: { bio: '', status: 'paused', persona_sha256: hash },
      after: { bio: 'Reads', status: 'active', persona_sha256: hash },
    })
    expect(Object.keys((summary?.['after'] ?? {}) as object).toSorted()).toEqual([
      'bio',
      'persona_sha256',
      'status',
    ])
  })

  test('a webhook, with what followed by itself', async () => {
    const hook = {
      kind: 'openclaw' as const,
      url: 'https://example.org/hooks/agent',
      events: ['mention' as const],
    }
    const { id } = await ada.webhooks.create({ ...hook, token: 'a-token' })
    await ada.webhooks.update({ id, url: 'https://example.com/hook?key=hidden', timeout_seconds: 60 })
    const summary = await newest('webhook.update')
    expect(summary).toMatchObject({
      before: { url: 'https://example.org/hooks/agent', timeout_seconds: 180, has_token: true },
      after: { url: 'https://example.com/hook', timeout_seconds: 60, has_token: false },
    })
    expect(JSON.stringify(summary)).not.toMatch(/hidden|a-token/)
    await eventually(
      async () => (await server.request('GET', '/inbox', { token: ada.token })).body.items.length,
      (count) => count > 0,
    )
    await ada.webhooks.replay({ id, since: '0' })
    expect(await newest('webhook.replay')).toMatchObject({
      before: { cursor: expect.stringMatching(/^\d+$/) },
      after: { cursor: '0' },
    })
    await ada.webhooks.remove({ id })
  })
})
