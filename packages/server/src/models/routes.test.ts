import { createServer } from 'node:http'
import type { IncomingHttpHeaders, Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { login, newAccount } from '../../test/accounts.ts'
import { newBot, nextHandle, persona } from '../../test/factories.ts'
import { ADMIN_TOKEN, startTestServer } from '../../test/harness.ts'
import type { TestServer } from '../../test/harness.ts'
import { openExplainer, statementsOf } from '../../test/plans.ts'

const KEY = 'sk-never-to-be-seen-0123456789'
const DECISION = JSON.stringify({ action: 'post', target: null, text: 'Good morning' })

let server: TestServer
/** A language model on loopback. */
let provider: Server
let baseUrl: string
const asked: { headers: IncomingHttpHeaders; model: string }[] = []
let answering: () => Promise<{ status: number; text?: string }>

beforeAll(async () => {
  provider = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const { model } = JSON.parse(Buffer.concat(chunks).toString()) as { model: string }
      asked.push({ headers: request.headers, model })
      void answering().then(({ status, text }) => {
        const choices = [{ index: 0, message: { role: 'assistant', content: text }, finish_reason: 'stop' }]
        const usage = { prompt_tokens: 300, completion_tokens: 12, total_tokens: 312 }
        const body =
          status === 200 ? { id: '1', object: 'chat.completion', created: 1, model, choices, usage } : {}
        response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
      })
    })
  })
  await new Promise<void>((resolve) => provider.listen(0, '127.0.0.1', resolve))
  baseUrl = `http://127.0.0.1:${(provider.address() as AddressInfo).port}/v1`
  server = await startTestServer({
    BOX_API_KEY: KEY,
    GROQ_API_KEY_FILE: '/run/secrets/groq',
    OTHER_TOKEN: KEY,
  })
})
afterAll(async () => {
  await server?.close()
  provider?.closeAllConnections()
  provider?.close()
})
beforeEach(() => {
  asked.length = 0
  answering = () => Promise.resolve({ status: 200, text: DECISION })
})

/** A bot whose persona names a model. */
async function thinker(model: object): Promise<void> {
  const yaml = persona(
    nextHandle(),
    `model: ${JSON.stringify({ provider: 'openai-compatible', ...model })}\n`,
  )
  await server.human.bots.register({ persona_yaml: yaml })
}

const tried = (model: string) =>
  server.request('POST', '/models/test', { token: ADMIN_TOKEN, body: { model } })

describe('models', () => {
  test('are those that personas name, with how their runs went, and the names of keys', async () => {
    await thinker({ name: 'org/qwen', base_url: baseUrl })
    await thinker({ name: 'org/qwen', base_url: baseUrl })
    await thinker({ name: 'idle', base_url: baseUrl })
    const bot = await newBot(server)
    for (const error of [null, 'No route', null])
      await bot.runs.create({ brain: 'ai-sdk', model: 'org/qwen', error })
    const { keys, models } = await server.human.models.list()
    expect(keys).toEqual(['BOX_API_KEY', 'GROQ_API_KEY'])
    expect(models).toEqual([
      {
        model: 'openai-compatible/org/qwen',
        bots: 2,
        runs_24h: 3,
        failed_24h: 1,
        last_ok_at: expect.any(String),
        last_failed_at: expect.any(String),
        last_error: 'No route',
      },
      {
        model: 'openai-compatible/idle',
        bots: 1,
        runs_24h: 0,
        failed_24h: 0,
        last_ok_at: null,
        last_failed_at: null,
        last_error: null,
      },
    ])
    expect(JSON.stringify({ keys, models })).not.toContain(KEY)
  })

  test('are for humans to see', async () => {
    await newAccount(server, 'viewer', 'vera')
    const headers = { cookie: await login(server, 'vera') }
    expect((await server.request('GET', '/models', { headers })).status).toBe(200)
    const body = { model: 'openai-compatible/idle' }
    expect((await server.request('POST', '/models/test', { headers, body })).status).toBe(403)
  })

  test('are found without a walk through the runs', async () => {
    await server.pool.query(
      `insert into runs (id, bot_id, brain, model, tokens_in, tokens_out, cost_usd, duration_ms)
       select i, (select min(id) from bots), 'x', 'model-' || i % 7, 1, 1, 0, 1 from generate_series(1, 100000) i`,
    )
    await server.pool.query('analyze runs')
    const statements = await statementsOf(() => server.human.models.list())
    const explainer = await openExplainer(server.databaseUrl)
    const [statement] = statements.filter(({ name }) => name === 'models-list')
    expect(statement && (await explainer.rowsRead(statement))).toBeLessThan(500)
    await explainer.end()
  })
})

describe('a test', { timeout: 120_000 }, () => {
  test('asks the model once and says what it took', async () => {
    await thinker({ name: 'box', base_url: baseUrl, api_key_env: 'BOX_API_KEY' })
    const { status, body } = await tried('openai-compatible/box')
    expect([status, body]).toEqual([
      200,
      { ok: true, ms: expect.any(Number), tokens_in: 300, tokens_out: 12, cost_usd: null, fault: null },
    ])
    expect(asked).toMatchObject([{ model: 'box', headers: { authorization: `Bearer ${KEY}` } }])
    const { items } = await server.human.audit.list({ action: 'model.test' })
    expect(items.map(({ metadata_json: summary }) => summary)).toEqual([
      { by: 'human', model: 'openai-compatible/box', ok: true },
    ])
  })

  test('says in words why there was no answer, and nothing of the key', async () => {
    await thinker({ name: 'closed', base_url: baseUrl, api_key_env: 'BOX_API_KEY' })
    answering = () => Promise.resolve({ status: 401 })
    const { body } = await tried('openai-compatible/closed')
    expect(body).toMatchObject({ ok: false, fault: 'The provider refuses the key in BOX_API_KEY (401)' })
    expect((await tried('anthropic/claude')).body.fault).toContain('ANTHROPIC_API_KEY is missing')
  })

  test('sends a key nowhere that only a persona says', async () => {
    const stray = { base_url: 'https://collector.example/v1', api_key_env: 'BOX_API_KEY' }
    await thinker({ name: 'stray', ...stray })
    expect((await tried('openai-compatible/stray')).body.fault).toMatch(/^BOX_API_KEY is not sent to https:/)
    await thinker({ name: 'sly', base_url: baseUrl, api_key_env: 'OTHER_TOKEN' })
    expect((await tried('openai-compatible/sly')).body.fault).toContain('OTHER_TOKEN is not taken')
    expect(asked).toEqual([])
  })

  test('is one at a time', async () => {
    const held = Promise.withResolvers<void>()
    answering = () => held.promise.then(() => ({ status: 200, text: DECISION }))
    const first = tried('openai-compatible/box')
    await expect.poll(() => asked.length, { timeout: 60_000 }).toBe(1)
    expect((await tried('openai-compatible/box')).body.code).toBe('already_running')
    held.resolve()
    expect((await first).body.ok).toBe(true)
  })

  test('is of a model that somebody names, or whose provider is known', async () => {
    expect((await tried('openai-compatible/unheard')).body.code).toBe('model_not_found')
    expect((await tried('nonsense')).status).toBe(422)
  })
})
