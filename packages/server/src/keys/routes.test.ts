import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { newBot } from '../../test/factories.ts'
import type { TestBot } from '../../test/factories.ts'
import { ADMIN_TOKEN, startTestServer } from '../../test/harness.ts'
import type { TestServer } from '../../test/harness.ts'
import { tableDigests } from '../../test/tables.ts'

let server: TestServer
/** Another process over the same database. */
let elsewhere: TestServer
let mallory: TestBot

beforeAll(async () => {
  server = await startTestServer()
  elsewhere = await startTestServer({}, { databaseUrl: server.databaseUrl, role: 'api' })
  mallory = await newBot(server, 'mallory')
})
afterAll(async () => {
  await elsewhere.close()
  await server.close()
})

async function tokenStatus(apiKey: string | null): Promise<number> {
  return (await server.request('POST', '/auth/token', { headers: { 'x-api-key': apiKey ?? '' } })).status
}

async function tokenOf(apiKey: string | null): Promise<string> {
  return (await server.request('POST', '/auth/token', { headers: { 'x-api-key': apiKey ?? '' } })).body
    .access_token
}

async function readStatus(at: TestServer, token: string): Promise<number> {
  return (await at.request('GET', '/runs', { token })).status
}

async function onlyKeyId({ bot }: TestBot): Promise<string> {
  return (await server.human.keys.list({ bot: bot.id })).items[0]?.id ?? ''
}

async function onlyKeyOf(bot: TestBot): Promise<string> {
  const { items } = await bot.keys.list({ bot: bot.handle })
  expect(items).toHaveLength(1)
  return items[0]?.id ?? ''
}

async function endKey(id: string): Promise<void> {
  await server.pool.query("update api_keys set expires_at = now() - interval '1 ms' where id = $1", [id])
}

/** Asks until a token is refused; tells how long after `since` the last request was sent that was still served. */
async function lastServed(at: TestServer, token: string, since: number): Promise<number> {
  let served = 0
  for (const deadline = Date.now() + 10_000; Date.now() < deadline; await sleep(20)) {
    const sent = performance.now()
    if ((await readStatus(at, token)) === 401) return served
    served = sent - since
  }
  throw new Error('The token was never refused')
}

describe('the keys of a bot', () => {
  test('are listed newest first, by their beginnings only, for the bot and for a human', async () => {
    const ada = await newBot(server)
    const made = await ada.keys.create({ bot: ada.handle })
    const { body } = await server.request('GET', `/bots/${ada.handle}/keys`, { token: ada.token })
    const shape = { id: expect.any(String), created_at: expect.any(String), expires_at: null }
    expect(body).toEqual({
      items: [
        { ...shape, id: made.id, hint: `${made.api_key?.slice(0, 8)}…`, last_used_at: null },
        { ...shape, hint: `${ada.apiKey.slice(0, 8)}…`, last_used_at: expect.any(String) },
      ],
    })
    expect(await server.human.keys.list({ bot: ada.bot.id })).toEqual(body)
    expect(JSON.stringify(body)).not.toContain(made.api_key)
  })

  test('are made by the bot and by a human, shown once, each good for tokens', async () => {
    const ada = await newBot(server)
    const own = await server.request('POST', `/bots/${ada.handle}/keys`, { token: ada.token })
    const given = await server.request('POST', `/bots/${ada.bot.id}/keys`, { token: ADMIN_TOKEN, body: {} })
    for (const { status, body } of [own, given]) {
      expect(status).toBe(201)
      expect(body.api_key).toMatch(/^clx_[A-Za-z0-9_-]{43}$/)
      expect(await tokenStatus(body.api_key)).toBe(200)
    }
    expect(await tokenStatus(ada.apiKey)).toBe(200)
  })

  test('stay few: the twenty-first is refused, also where many are asked for at once', async () => {
    const ada = await newBot(server)
    const asked = Array.from({ length: 25 }, () =>
      server.request('POST', `/bots/${ada.handle}/keys`, { token: ada.token }),
    )
    const byStatus = Object.groupBy(await Promise.all(asked), ({ status }) => status)
    expect([byStatus[201]?.length, byStatus[403]?.length]).toEqual([19, 6])
    expect((await ada.keys.list({ bot: ada.handle })).items).toHaveLength(20)
  })

  test('stay few although each is replaced with a period of grace', async () => {
    const ada = await newBot(server)
    const body = { grace_seconds: 3600 }
    const answers: number[] = []
    for (let round = 0; round < 25; round++) {
      const [newest] = (await ada.keys.list({ bot: ada.handle })).items
      const path = `/bots/${ada.handle}/keys/${newest?.id}/rotate`
      answers.push((await server.request('POST', path, { token: ada.token, body })).status)
    }
    expect(answers).toEqual([...Array<number>(19).fill(201), ...Array<number>(6).fill(403)])
    expect((await ada.keys.list({ bot: ada.handle })).items).toHaveLength(20)
  })

  test('are no business of another bot', async () => {
    const ada = await newBot(server)
    const key = await onlyKeyOf(ada)
    const before = await tableDigests(server.pool)
    const { token } = mallory
    const tried = [
      await server.request('GET', `/bots/${ada.handle}/keys`, { token }),
      await server.request('POST', `/bots/${ada.handle}/keys`, { token }),
      await server.request('POST', `/bots/${ada.handle}/keys/${key}/rotate`, {
        token,
        body: { grace_seconds: 0 },
      }),
      await server.request('DELETE', `/bots/${ada.handle}/keys/${key}`, { token }),
      // Its own name in the path does not make the key its own.
      await server.request('POST', `/bots/mallory/keys/${key}/rotate`, { token }),
      await server.request('DELETE', `/bots/mallory/keys/${key}`, { token }),
    ]
    expect(tried.map(({ status }) => status)).toEqual([403, 403, 403, 403, 404, 404])
    expect(await tableDigests(server.pool)).toEqual(before)
    expect(await tokenStatus(ada.apiKey)).toBe(200)
  })
})

describe('rotating a key', () => {
  test('gives a new one; the old one works for the grace period and not a moment longer', async () => {
    const ada = await newBot(server)
    const old = await onlyKeyOf(ada)
    const { status, body } = await server.request('POST', `/bots/${ada.handle}/keys/${old}/rotate`, {
      token: ada.token,
      body: { grace_seconds: 600 },
    })
    expect({ status, same: body.id === old }).toEqual({ status: 201, same: false })
    const bought = await tokenOf(ada.apiKey)
    expect([await tokenStatus(body.api_key), await readStatus(server, ada.token)]).toEqual([200, 200])
    const { items } = await ada.keys.list({ bot: ada.handle })
    const remaining = Date.parse(items.find(({ id }) => id === old)?.expires_at ?? '') - Date.now()
    expect(remaining).toBeGreaterThan(500_000)
    expect(remaining).toBeLessThan(601_000)

    await endKey(old)
    expect(await tokenStatus(ada.apiKey)).toBe(401)
    // Not read before, so nobody believes it; the other was, and is believed for half a second.
    expect(await readStatus(server, bought)).toBe(401)
    expect(await lastServed(server, ada.token, performance.now())).toBeLessThan(1_000)
    const token = await tokenOf(body.api_key)
    expect(await readStatus(server, token)).toBe(200)
    const left = await server.request('GET', `/bots/${ada.handle}/keys`, { token })
    expect(left.body.items).toMatchObject([{ id: body.id }])
  })

  test('without grace ends the old one and its tokens at once', async () => {
    const ada = await newBot(server)
    const { body } = await server.request('POST', `/bots/${ada.handle}/keys/${await onlyKeyOf(ada)}/rotate`, {
      token: ada.token,
    })
    expect([await tokenStatus(ada.apiKey), await readStatus(server, ada.token)]).toEqual([401, 401])
    expect(await tokenStatus(body.api_key)).toBe(200)
  })

  test('never gives an ending key more time', async () => {
    const ada = await newBot(server)
    const old = await onlyKeyOf(ada)
    const rotate = (grace_seconds: number) =>
      server.human.keys.rotate({ bot: ada.handle, key: old, grace_seconds })
    const endOf = async () =>
      (await server.human.keys.list({ bot: ada.handle })).items.find(({ id }) => id === old)?.expires_at
    await rotate(60)
    const end = await endOf()
    await rotate(600)
    expect(await endOf()).toBe(end)
  })

  test('answers a retry with the same key’s record but not with its secret', async () => {
    const ada = await newBot(server)
    const path = `/bots/${ada.handle}/keys/${await onlyKeyOf(ada)}/rotate`
    const asked = {
      token: ada.token,
      headers: { 'idempotency-key': 'rotate-1' },
      body: { grace_seconds: 60 },
    }
    const first = await server.request('POST', path, asked)
    const again = await server.request('POST', path, asked)
    expect(first.body.api_key).toMatch(/^clx_/)
    expect({ status: again.status, body: again.body }).toEqual({
      status: 201,
      body: { ...first.body, api_key: null },
    })
    expect(again.headers.get('idempotent-replayed')).toBe('true')
    expect((await ada.keys.list({ bot: ada.handle })).items).toHaveLength(2)
    expect(await tokenStatus(first.body.api_key)).toBe(200)
  })

  test.each([
    ['-1', { grace_seconds: -1 }, 422],
    ['half a second', { grace_seconds: 0.5 }, 422],
    ['more than a week', { grace_seconds: 604_801 }, 422],
    ['a text', { grace_seconds: '60' }, 422],
    ['an unknown field', { grace: 60 }, 422],
  ])('refuses %s for the period', async (_kind, body, expected) => {
    const path = `/bots/mallory/keys/${await onlyKeyOf(mallory)}/rotate`
    expect((await server.request('POST', path, { token: mallory.token, body })).status).toBe(expected)
    expect(await tokenStatus(mallory.apiKey)).toBe(200)
  })

  test('knows no key that has ended, was revoked, or never was', async () => {
    const ada = await newBot(server)
    const [ended, revoked] = [
      await ada.keys.create({ bot: ada.handle }),
      await ada.keys.create({ bot: ada.handle }),
    ]
    await endKey(ended.id)
    await ada.keys.revoke({ bot: ada.handle, key: revoked.id })
    const rotated = [ended.id, revoked.id, '1', '0x1'].map((id) =>
      server.request('POST', `/bots/${ada.handle}/keys/${id}/rotate`, { token: ada.token }),
    )
    expect((await Promise.all(rotated)).map(({ status }) => status)).toEqual([404, 404, 404, 422])
  })
})

describe('revoking a key', () => {
  test('ends it and every token that it bought, at once here, and no other', async () => {
    const ada = await newBot(server)
    const second = await ada.keys.create({ bot: ada.handle })
    const [bought, alsoBought, kept] = [
      await tokenOf(second.api_key),
      await tokenOf(second.api_key),
      ada.token,
    ]
    expect([await readStatus(server, bought), await readStatus(server, alsoBought)]).toEqual([200, 200])
    const { status } = await server.request('DELETE', `/bots/${ada.handle}/keys/${second.id}`, {
      token: kept,
    })
    const reads = await Promise.all([bought, alsoBought, kept].map((token) => readStatus(server, token)))
    expect([status, ...reads]).toEqual([204, 401, 401, 200])
    expect([await tokenStatus(second.api_key), await tokenStatus(ada.apiKey)]).toEqual([401, 200])
    expect(
      (await server.request('DELETE', `/bots/${ada.handle}/keys/${second.id}`, { token: kept })).status,
    ).toBe(404)
  })

  test('is not undone by a look at the token that was under way', async () => {
    const ada = await newBot(server)
    const { pool } = server.server.context
    const [seen, released] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    const query = pool.query.bind(pool) as (...sent: unknown[]) => Promise<unknown>
    const slow = vi.spyOn(pool, 'query').mockImplementation(async (...sent: unknown[]) => {
      const found = await query(...sent)
      if ((sent[0] as { name?: string }).name !== 'token-bot') return found
      seen.resolve()
      await released.promise
      return found
    })
    const early = readStatus(server, ada.token)
    await seen.promise
    slow.mockRestore()
    await server.human.keys.revoke({ bot: ada.handle, key: await onlyKeyId(ada) })
    released.resolve()
    expect(await early).toBe(200)
    expect(await readStatus(server, ada.token)).toBe(401)
  })

  test('is felt within a second by another process, which believed the token a moment ago', async () => {
    const ada = await newBot(server)
    const key = await onlyKeyOf(ada)
    expect(await readStatus(elsewhere, ada.token)).toBe(200)
    await server.human.keys.revoke({ bot: ada.handle, key })
    const revoked = performance.now()
    expect((await elsewhere.request('POST', '/auth/token', { token: ada.apiKey })).status).toBe(401)
    expect(await lastServed(elsewhere, ada.token, revoked)).toBeLessThan(1_000)
  })

  test('of a token is felt there too, and so is a suspension', async () => {
    const [ada, eve] = [await newBot(server), await newBot(server)]
    expect([await readStatus(elsewhere, ada.token), await readStatus(elsewhere, eve.token)]).toEqual([
      200, 200,
    ])
    await server.request('POST', '/auth/revoke', { token: ada.token })
    expect(await lastServed(elsewhere, ada.token, performance.now())).toBeLessThan(1_000)

    await server.human.bots.update({ bot: eve.handle, status: 'suspended' })
    const suspended = performance.now()
    let sent = 0
    const post = async () => {
      sent = performance.now() - suspended
      return (
        await elsewhere.request('POST', '/posts', { token: eve.token, body: { content: 'Still here' } })
      ).status
    }
    let served = 0
    while ((await post()) === 201) served = sent
    expect(served).toBeLessThan(1_000)
  })

  test('leaves one audit row for each deed, without the key', async () => {
    const ada = await newBot(server)
    const made = await ada.keys.create({ bot: ada.handle })
    const rotated = await ada.keys.rotate({ bot: ada.handle, key: made.id, grace_seconds: 5 })
    await server.human.keys.revoke({ bot: ada.handle, key: rotated.id })
    const { items } = await server.human.audit.list({ bot: ada.handle })
    expect(items.slice(0, 3).map(({ action, metadata_json }) => ({ action, metadata_json }))).toEqual([
      { action: 'key.revoke', metadata_json: { by: 'human', key_id: rotated.id } },
      {
        action: 'key.rotate',
        metadata_json: { by: 'bot', key_id: made.id, new_key_id: rotated.id, grace_seconds: 5 },
      },
      { action: 'key.create', metadata_json: { by: 'bot', key_id: made.id } },
    ])
  })
})
