import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { newBot, persona } from './factories.ts'
import type { TestBot } from './factories.ts'
import { ADMIN_TOKEN, startTestServer } from './harness.ts'
import type { RequestOptions, TestResponse, TestServer } from './harness.ts'

const TABLES = [
  'bots',
  'api_keys',
  'posts',
  'follows',
  'runs',
  'likes',
  'events',
  'audit_log',
  'idempotency_keys',
]
const LOCK_WAIT_MS = 1_900

let server: TestServer
let ada: TestBot
let bob: TestBot
let key: string
let made = 0

beforeAll(async () => {
  // Strangers may register, and a header says whose address a request comes from.
  server = await startTestServer({ CLAWDX_OPEN_REGISTRATION: 'on', CLAWDX_TRUST_PROXY: 'on' })
  ada = await newBot(server, 'ada')
  bob = await newBot(server, 'bob')
})
afterAll(() => server.close())
beforeEach(() => {
  key = `key-${made++}`
})

function post(path: string, options: RequestOptions & { key?: string } = {}): Promise<TestResponse> {
  const { key: given = key, ...request } = options
  return server.request('POST', path, {
    ...request,
    headers: { 'idempotency-key': given, ...options.headers },
  })
}

function isReplay({ headers }: TestResponse): boolean {
  return headers.get('idempotent-replayed') === 'true'
}

async function rowCounts(): Promise<Record<string, number>> {
  const counts = TABLES.map((table) => `(select count(*)::int from ${table}) as ${table}`)
  const { rows } = await server.pool.query<Record<string, number>>(`select ${counts.join(', ')}`)
  return rows[0] ?? {}
}

async function postsOf(content: string): Promise<number> {
  const { rows } = await server.pool.query<{ n: number }>(
    'select count(*)::int as n from posts where content = $1',
    [content],
  )
  return rows[0]?.n ?? -1
}

describe('the same key with the same request', () => {
  const asked: Record<string, () => Promise<RequestOptions & { path: string; status?: number }>> = {
    'a post': async () => ({ path: '/posts', token: ada.token, body: { content: 'once' } }),
    'a reply': async () => {
      const { id } = await bob.posts.create({ content: 'to be answered' })
      return { path: '/posts', token: ada.token, body: { content: 'an answer', parent_id: id } }
    },
    'a plain repost': async () => {
      const { id } = await bob.posts.create({ content: 'to be reposted' })
      return { path: `/posts/${id}/repost`, token: ada.token }
    },
    'a plain repost that was there before': async () => {
      const { id } = await bob.posts.create({ content: 'to be reposted twice' })
      await ada.posts.repost({ id })
      return { path: `/posts/${id}/repost`, token: ada.token, status: 200 }
    },
    'a quote': async () => {
      const { id } = await bob.posts.create({ content: 'to be quoted' })
      return { path: `/posts/${id}/repost`, token: ada.token, body: { content: 'quoted' } }
    },
    'a follow': async () => ({ path: '/follows', token: ada.token, body: { followee: 'bob' } }),
    'a follow that was there before': async () => ({
      ...{ path: '/follows', token: ada.token, body: { followee: 'BOB' }, status: 200 },
    }),
    'a run': async () => ({ path: '/runs', token: ada.token, body: { brain: 'scripted', tokens_in: 3 } }),
  }

  for (const [name, ask] of Object.entries(asked)) {
    test(`is answered again, and ${name} is made once`, async () => {
      const { path, status = 201, ...request } = await ask()
      const first = await post(path, request)
      expect([first.status, isReplay(first)]).toEqual([status, false])
      const before = await rowCounts()
      const second = await post(path, request)
      expect([second.status, isReplay(second), second.body]).toEqual([status, true, first.body])
      expect(second.headers.get('content-type')).toBe(first.headers.get('content-type'))
      expect(await rowCounts()).toEqual(before)
    })
  }

  test('shows the key of a new bot once', async () => {
    const request = { token: ADMIN_TOKEN, body: { persona_yaml: persona('once_made') } }
    const first = await post('/bots', request)
    expect([first.status, first.body.api_key]).toEqual([201, expect.stringMatching(/^clx_/)])
    const before = await rowCounts()
    const second = await post('/bots', request)
    expect([second.status, isReplay(second)]).toEqual([201, true])
    expect(second.body).toEqual({ ...first.body, api_key: null })
    expect(await rowCounts()).toEqual(before)
  })

  test('replays a registration that came as YAML', async () => {
    const request = {
      token: ADMIN_TOKEN,
      body: persona('once_yaml'),
      headers: { 'content-type': 'application/yaml' },
    }
    const first = await post('/bots', request)
    const second = await post('/bots', request)
    expect([first.status, second.status, isReplay(second), second.body.bot.id]).toEqual([
      201,
      201,
      true,
      first.body.bot.id,
    ])
  })

  test('shows a new key and a rotated key of a bot once', async () => {
    const first = await post('/bots/ada/keys', { token: ada.token })
    const second = await post('/bots/ada/keys', { token: ada.token })
    expect([first.status, first.body.api_key]).toEqual([201, expect.stringMatching(/^clx_/)])
    expect([second.status, isReplay(second), second.body]).toEqual([
      201,
      true,
      { ...first.body, api_key: null },
    ])
    const path = `/bots/ada/keys/${first.body.id}/rotate`
    const rotated = await post(path, { token: ada.token, key: `${key}-rotate` })
    const again = await post(path, { token: ada.token, key: `${key}-rotate` })
    expect([rotated.status, rotated.body.api_key]).toEqual([201, expect.stringMatching(/^clx_/)])
    expect([again.status, isReplay(again), again.body]).toEqual([
      201,
      true,
      { ...rotated.body, api_key: null },
    ])
  })

  test('leaves no API key in what is kept', async () => {
    const { rows } = await server.pool.query<{ body: string }>(
      'select body from idempotency_keys where body is not null',
    )
    expect(rows.length).toBeGreaterThan(0)
    for (const { body } of rows) expect(body).not.toMatch(/clx_[A-Za-z0-9_-]{10}/)
  })

  test('gives the first answer although the post was deleted since', async () => {
    const first = await post('/posts', { token: ada.token, body: { content: 'gone soon' } })
    await ada.posts.remove({ id: first.body.id })
    const second = await post('/posts', { token: ada.token, body: { content: 'gone soon' } })
    expect([second.status, isReplay(second), second.body]).toEqual([201, true, first.body])
  })

  test('is the same whether the key is bare or a quoted string', async () => {
    const request = { token: ada.token, body: { content: 'quoted key' } }
    const first = await post('/posts', request)
    const second = await post('/posts', { ...request, key: `"${key}"` })
    expect([second.status, isReplay(second), second.body]).toEqual([201, true, first.body])
  })
})

describe('a key', () => {
  test('does not serve another body', async () => {
    const first = await post('/posts', { token: ada.token, body: { content: 'one' } })
    const before = await rowCounts()
    for (const body of [{ content: 'two' }, '{ "content": "one" }']) {
      const second = await post('/posts', {
        token: ada.token,
        body,
        headers: { 'content-type': 'application/json' },
      })
      expect([first.status, second.status, second.body.code]).toEqual([201, 422, 'idempotency_key_reused'])
    }
    expect(await rowCounts()).toEqual(before)
  })

  test('does not serve another path', async () => {
    const first = await post('/posts', { token: ada.token, body: { content: 'same body' } })
    const second = await post(`/posts/${first.body.id}/repost`, {
      token: ada.token,
      body: { content: 'same body' },
    })
    expect([first.status, second.status, second.body.code]).toEqual([201, 422, 'idempotency_key_reused'])
  })

  test('belongs to one actor', async () => {
    const body = { content: 'said by two' }
    const answers = [
      await post('/posts', { token: ada.token, body }),
      await post('/posts', { token: bob.token, body }),
    ]
    expect(answers.map((answer) => [answer.status, isReplay(answer)])).toEqual([
      [201, false],
      [201, false],
    ])
    expect(answers.map((answer) => answer.body.bot.handle)).toEqual(['ada', 'bob'])
  })

  test('belongs to a bot whichever of its tokens comes with it', async () => {
    const { access_token: other } = await ada.auth.token({ api_key: ada.apiKey })
    const first = await post('/posts', { token: ada.token, body: { content: 'two tokens' } })
    const second = await post('/posts', { token: other, body: { content: 'two tokens' } })
    expect([isReplay(second), second.body]).toEqual([true, first.body])
  })

  test('of a stranger belongs to an address, and not to the human', async () => {
    const from = (address: string, handle: string, token?: string) =>
      post('/bots', {
        token,
        body: { persona_yaml: persona(handle) },
        headers: { 'x-forwarded-for': address },
      })
    const first = await from('192.0.2.1', 'stranger_a')
    const again = await from('192.0.2.1', 'stranger_a')
    const elsewhere = await from('192.0.2.2', 'stranger_b')
    const human = await from('192.0.2.1', 'stranger_c', ADMIN_TOKEN)
    expect([first, again, elsewhere, human].map((answer) => answer.status)).toEqual([201, 201, 201, 201])
    expect([first, again, elsewhere, human].map(isReplay)).toEqual([false, true, false, false])
    expect(again.body).toEqual({ ...first.body, api_key: null })
  })

  test('has 1 to 255 printable ASCII characters', async () => {
    for (const bad of ['', '""', 'k'.repeat(256), 'clé', '"half']) {
      const { status, body } = await post('/posts', {
        token: ada.token,
        body: { content: 'bad key' },
        key: bad,
      })
      expect([bad, status, body.code]).toEqual([bad, 422, 'validation_failed'])
      expect(body.errors[0].loc).toEqual(['header', 'idempotency-key'])
    }
    const { status } = await post('/posts', {
      token: ada.token,
      body: { content: 'long key' },
      key: 'k'.repeat(255),
    })
    expect([status, await postsOf('bad key')]).toEqual([201, 0])
  })

  test('is ignored where tokens are bought', async () => {
    const first = await post('/auth/token', { body: { api_key: ada.apiKey } })
    const second = await post('/auth/token', { body: { api_key: ada.apiKey } })
    expect([first.status, second.status, isReplay(second)]).toEqual([200, 200, false])
    expect(second.body.access_token).not.toBe(first.body.access_token)
    const { rowCount } = await server.pool.query('select 1 from idempotency_keys where key = $1', [key])
    expect(rowCount).toBe(0)
  })

  test('is free again after a refusal, for a corrected request too', async () => {
    const refused = await post('/posts', { token: ada.token, body: { content: '' } })
    expect(refused.status).toBe(422)
    const corrected = await post('/posts', { token: ada.token, body: { content: 'corrected' } })
    expect([corrected.status, isReplay(corrected)]).toEqual([201, false])

    const request = { token: ada.token, body: { followee: 'late_comer' }, key: `${key}-follow` }
    expect((await post('/follows', request)).body.code).toBe('bot_not_found')
    await newBot(server, 'late_comer')
    const retried = await post('/follows', request)
    expect([retried.status, isReplay(retried)]).toEqual([201, false])
  })

  test('is free again after a failure of the server, which leaves nothing else behind', async () => {
    const request = { token: ada.token, body: { content: 'failed at first' } }
    await server.pool.query('alter table audit_log rename to audit_log_away')
    const failed = await post('/posts', request).finally(() =>
      server.pool.query('alter table audit_log_away rename to audit_log'),
    )
    expect([failed.status, await postsOf('failed at first')]).toEqual([500, 0])
    const retried = await post('/posts', request)
    expect([retried.status, isReplay(retried), await postsOf('failed at first')]).toEqual([201, false, 1])
  })

  test('is kept for 24 hours', async () => {
    const age = (interval: string) =>
      server.pool.query('update idempotency_keys set created_at = now() - $2::interval where key = $1', [
        key,
        interval,
      ])
    const request = { token: ada.token, body: { content: 'a day ago' } }
    const first = await post('/posts', request)
    await age('23 hours 59 minutes')
    expect((await post('/posts', request)).body).toEqual(first.body)
    await age('24 hours 1 second')
    const answers = await Promise.all(Array.from({ length: 10 }, () => post('/posts', request)))
    expect(answers.filter((answer) => !isReplay(answer))).toHaveLength(1)
    expect(new Set(answers.map((answer) => answer.body.id)).size).toBe(1)
    expect([answers[0]?.body.id === first.body.id, await postsOf('a day ago')]).toEqual([false, 2])
    await age('24 hours 1 second')
    expect((await post('/posts', { token: ada.token, body: { content: 'another' } })).status).toBe(201)
  })

  test('that was taken without an effect is free', async () => {
    await server.pool.query('insert into idempotency_keys (actor, key, fingerprint) values ($1, $2, $3)', [
      `bot:${ada.bot.id}`,
      key,
      Buffer.from('of a transaction that never began'),
    ])
    const body = { content: `taken alone ${key}` }
    expect((await post('/posts', { token: ada.token, body })).status).toBe(201)
    const again = await post('/posts', { token: ada.token, body })
    expect([again.status, isReplay(again), await postsOf(body.content)]).toEqual([201, true, 1])
  })

  test('survives a restart of the server', async () => {
    const first = await startTestServer()
    const bot = await newBot(first, 'survivor')
    const headers = { 'idempotency-key': 'kept' }
    const request = { token: bot.token, body: { content: 'before the restart' }, headers }
    const answer = await first.request('POST', '/posts', request)
    await first.close()
    const second = await startTestServer({}, { databaseUrl: first.databaseUrl })
    const again = await second.request('POST', '/posts', request).finally(() => second.close())
    expect([again.status, isReplay(again), again.body]).toEqual([201, true, answer.body])
  })
})

describe('the same key many times at once', () => {
  test('has one effect, and everyone gets its answer', async () => {
    for (let round = 0; round < 20; round++) {
      const content = `parallel ${round}`
      const request = { token: ada.token, body: { content }, key: `${key}-${round}` }
      const answers = await Promise.all(Array.from({ length: 50 }, () => post('/posts', request)))
      expect(new Set(answers.map((answer) => answer.status))).toEqual(new Set([201]))
      expect(answers.filter((answer) => !isReplay(answer))).toHaveLength(1)
      expect(new Set(answers.map((answer) => JSON.stringify(answer.body))).size).toBe(1)
      expect(await postsOf(content)).toBe(1)
    }
    const { rows } = await server.pool.query<{ n: number }>(
      "select count(*)::int as n from audit_log where metadata_json->>'content' like 'parallel %'",
    )
    expect(rows[0]?.n).toBe(20)
  })

  test('has one effect where two different bodies race', async () => {
    const bodies = Array.from({ length: 50 }, (_, index) => ({ content: `rival ${index % 2}` }))
    const answers = await Promise.all(bodies.map((body) => post('/posts', { token: ada.token, body })))
    const made = answers.filter((answer) => answer.status === 201)
    const refused = answers.filter((answer) => answer.status === 422)
    expect([made.length, refused.length]).toEqual([25, 25])
    expect(new Set(made.map((answer) => answer.body.id)).size).toBe(1)
    expect(new Set(refused.map((answer) => answer.body.code))).toEqual(new Set(['idempotency_key_reused']))
    expect((await postsOf('rival 0')) + (await postsOf('rival 1'))).toBe(1)
  })
})

describe('while another request holds the key', () => {
  async function holding<T>(work: (rollback: () => Promise<void>) => Promise<T>): Promise<T> {
    const holder = await server.pool.connect()
    const values = [`bot:${ada.bot.id}`, key, Buffer.from('of another request')]
    await holder.query('begin')
    await holder.query('insert into idempotency_keys (actor, key, fingerprint) values ($1, $2, $3)', values)
    const rollback = async () => void (await holder.query('rollback'))
    try {
      return await work(rollback)
    } finally {
      await rollback()
      holder.release()
    }
  }

  test('one that waits gets 409 after two seconds, and may come back', async () => {
    const request = { token: ada.token, body: { content: 'held' } }
    const start = performance.now()
    const refused = await holding(() => post('/posts', request))
    expect([refused.status, refused.body.code]).toEqual([409, 'idempotency_in_flight'])
    expect(refused.headers.get('retry-after')).toBe('1')
    expect(performance.now() - start).toBeGreaterThan(LOCK_WAIT_MS)
    const retried = await post('/posts', request)
    expect([retried.status, isReplay(retried), await postsOf('held')]).toEqual([201, false, 1])
  })

  test('one that waits does the work itself when the first fails', async () => {
    const answer = await holding(async (rollback) => {
      const waiting = post('/posts', { token: ada.token, body: { content: 'inherited' } })
      await expect.poll(waiters, { timeout: LOCK_WAIT_MS, interval: 10 }).toBe(1)
      await rollback()
      return waiting
    })
    expect([answer.status, isReplay(answer), await postsOf('inherited')]).toEqual([201, false, 1])
  })

  async function waiters(): Promise<number> {
    const { rows } = await server.pool.query<{ n: number }>(
      `select count(*)::int as n from pg_stat_activity
       where datname = current_database() and wait_event_type = 'Lock' and query like '%idempotency_keys%'`,
    )
    return rows[0]?.n ?? 0
  }
})
