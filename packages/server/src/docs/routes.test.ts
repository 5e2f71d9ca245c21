import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { parsePersona } from '@clawdxcraft/protocol'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import * as z from 'zod'
import { newBot, persona } from '../../test/factories.ts'
import { startTestServer } from '../../test/harness.ts'
import type { TestServer } from '../../test/harness.ts'
import { rawRequest } from '../../test/raw-request.ts'

const PERSONAS = join(import.meta.dirname, '../../../../personas')

let server: TestServer

beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.close())

function propertyNames(schema: unknown): string[] {
  if (typeof schema !== 'object' || schema === null) return []
  const { properties = {} } = schema as { properties?: Record<string, unknown> }
  return [...Object.keys(properties), ...Object.values(schema).flatMap(propertyNames)]
}

/** Attributes of every tag of a page, by the name of the tag. */
function tagsOf(page: string): { name: string; attributes: Record<string, string>; text: string }[] {
  return Array.from(
    page.matchAll(/<([a-z]+)((?:\s+[^<>]*?)?)>([^<]*)/gi),
    ([, name = '', inside = '', text = '']) => {
      const pairs = Array.from(inside.matchAll(/([\w-]+)=(?:"([^"]*)"|'([^']*)')/g))
      return {
        name,
        attributes: Object.fromEntries(pairs.map(([, key, a, b]) => [key, a ?? b])),
        text: text.trim(),
      }
    },
  )
}

describe('/docs', () => {
  test('is a page whose scripts are files of this server', async () => {
    const { status, headers, text } = await rawRequest(server.url, { path: '/docs' })
    expect({ status, type: headers['content-type'] }).toEqual({
      status: 200,
      type: 'text/html; charset=utf-8',
    })
    const tags = tagsOf(text)
    const scripts = tags.filter(({ name }) => name === 'script')
    expect(scripts.length).toBe(text.match(/<script/gi)?.length)
    expect(scripts.map(({ text: inline }) => inline)).toEqual(scripts.map(() => ''))
    expect(scripts.flatMap(({ attributes }) => attributes['src'] ?? [])).toEqual(['/docs/reference.js'])
    const names = tags.flatMap(({ attributes }) => Object.keys(attributes))
    expect(names.filter((name) => /^on|^style$|^srcdoc$/i.test(name))).toEqual([])
    // Nothing on it points to another host, whatever it is for.
    expect(text).not.toMatch(/[a-z]+:\/\/|["'(]\/\/|javascript:|data:/i)
  })

  test('forbids in its policy what the page does not need', async () => {
    const { headers } = await rawRequest(server.url, { path: '/docs' })
    const policy = String(headers['content-security-policy'])
    const directives = Object.fromEntries(
      policy.split(';').map((part) => {
        const [name = '', ...sources] = part.trim().split(/\s+/)
        return [name, sources]
      }),
    )
    expect(directives).toMatchObject({
      'default-src': ["'none'"],
      'script-src': ["'self'"],
      'connect-src': ["'self'"],
      'base-uri': ["'none'"],
      'form-action': ["'none'"],
      'frame-ancestors': ["'none'"],
    })
    const sources = new Set(Object.values(directives).flat())
    expect(
      [...sources].filter((source) => !["'none'", "'self'", "'unsafe-inline'", 'data:'].includes(source)),
    ).toEqual([])
    // Styles may be inline, scripts never.
    const inline = Object.keys(directives).filter((name) => directives[name]?.includes("'unsafe-inline'"))
    expect(inline).toEqual(['style-src'])
  })

  test('asks its script to fetch nothing from elsewhere, and to report nothing', async () => {
    const { text } = await rawRequest(server.url, { path: '/docs' })
    const reference = tagsOf(text).find(({ attributes }) => attributes['id'] === 'api-reference')
    expect(reference?.attributes['data-url']).toBe('/openapi.json')
    expect(JSON.parse(reference?.attributes['data-configuration'] ?? '')).toMatchObject({
      withDefaultFonts: false,
      telemetry: false,
      hideClientButton: true,
      agent: { disabled: true },
    })
  })

  test('is served with its script by this server, more than once', async () => {
    for (let round = 0; round < 2; round++) {
      const { status, headers, text } = await rawRequest(server.url, { path: '/docs/reference.js' })
      expect({ status, type: headers['content-type'] }).toEqual({
        status: 200,
        type: 'text/javascript; charset=utf-8',
      })
      expect(text.length).toBeGreaterThan(1_000_000)
      expect(text).toContain('api-reference')
    }
  })
})

test.each(['/docs', '/docs/reference.js', '/openapi.json', '/schemas/persona.json', '/version', '/bots'])(
  '%s comes once to whoever names its ETag',
  async (path) => {
    const first = await rawRequest(server.url, { path })
    const { etag } = first.headers
    expect(etag).toMatch(/^"[\w-]+"$/)
    for (const known of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
      const again = await rawRequest(server.url, { path, headers: { 'if-none-match': known } })
      expect([known, again.status, again.text, again.headers.etag]).toEqual([known, 304, '', etag])
    }
    const changed = await rawRequest(server.url, { path, headers: { 'if-none-match': '"other"' } })
    expect([changed.status, changed.text.length]).toEqual([200, first.text.length])
  },
)

describe('/schemas/persona.json', () => {
  async function schema(): Promise<z.ZodType> {
    const { status, headers, text } = await rawRequest(server.url, { path: '/schemas/persona.json' })
    expect({ status, type: headers['content-type'] }).toEqual({
      status: 200,
      type: 'application/schema+json; charset=utf-8',
    })
    return z.fromJSONSchema(JSON.parse(text) as Parameters<typeof z.fromJSONSchema>[0])
  }

  function read(yaml: string): unknown {
    const result = parsePersona(yaml)
    if (!result.ok) throw new Error(JSON.stringify(result.errors))
    return JSON.parse(JSON.stringify(result.persona))
  }

  const without = (whole: Record<string, unknown>, field: string) =>
    Object.fromEntries(Object.entries(whole).filter(([name]) => name !== field))

  const full = persona(
    'every_field',
    `version: 1
bio: All of it
topics: [rust, 日本語]
style: { tone: dry, language: pt-BR, length: short, emoji: never, hashtags: often, quirks: [counts], examples: [Hello] }
schedule:
  timezone: Europe/Lisbon
  active_hours: ["07:30-23:00"]
  quiet_hours: ["23:00-07:30"]
  posts_per_day: 6
  weekly: { sun: 0, sat: 2 }
  jitter: 0.5
actions: { post: 3, reply: 2, repost: 1, quote: 1, like: 4, follow: 1, unfollow: 0, nothing: 5 }
model: { provider: anthropic, name: some-model, api_key_env: MY_KEY, temperature: 1, max_output_tokens: 400 }
budgets: { actions_per_hour: 30, tokens_per_day: 100000, usd_per_day: 0.5 }
openclaw: { url: "https://claw.example/hooks/agent", token_env: MY_TOKEN, agent_id: main, session: thread, events: [mention] }
`,
  )

  test('takes a persona with the three fields that are required, and one with all', async () => {
    const judge = await schema()
    for (const yaml of [persona('plain_one'), full]) {
      expect(judge.safeParse(read(yaml)).error).toBeUndefined()
      expect((await server.human.bots.register({ persona_yaml: yaml })).bot.persona_yaml).toBe(yaml)
    }
  })

  test('takes every persona that comes with us', async () => {
    const judge = await schema()
    const names = (await readdir(PERSONAS)).filter((name) => name.endsWith('.yaml'))
    expect(names.length).toBeGreaterThan(0)
    for (const name of names) {
      const result = judge.safeParse(read(await readFile(join(PERSONAS, name), 'utf8')))
      expect({ name, error: result.error }).toEqual({ name, error: undefined })
    }
  })

  test.each<[string, (whole: Record<string, unknown>) => unknown]>([
    ['no handle', (whole) => without(whole, 'handle')],
    ['no name', (whole) => without(whole, 'display_name')],
    ['no persona', (whole) => without(whole, 'persona')],
    ['an unknown field', (whole) => ({ ...whole, mood: 'good' })],
    ['an unknown field inside', (whole) => ({ ...whole, model: { api_key: 'sk-x' } })],
    ['a handle of another shape', (whole) => ({ ...whole, handle: 'No-Handle' })],
    ['another version', (whole) => ({ ...whole, version: 2 })],
    ['a number for a name', (whole) => ({ ...whole, display_name: 7 })],
    ['a text for topics', (whole) => ({ ...whole, topics: 'rust' })],
    ['an unknown provider', (whole) => ({ ...whole, model: { provider: 'unknown' } })],
    ['nothing', () => null],
  ])('refuses %s', async (_kind, change) => {
    const whole = read(full) as Record<string, unknown>
    expect((await schema()).safeParse(change(whole)).success).toBe(false)
  })

  test('has no field for a secret, only for the name of the variable that holds one', async () => {
    const { text } = await rawRequest(server.url, { path: '/schemas/persona.json' })
    const names = propertyNames(JSON.parse(text))
    expect(names).toEqual(expect.arrayContaining(['handle', 'api_key_env', 'token_env']))
    expect(names.filter((name) => /(^|_)(token|key|secret|password|credentials?|auth)$/i.test(name))).toEqual(
      [],
    )
  })
})

test('the docs and schemas say nothing of who lives here', async () => {
  const ada = await newBot(server, 'ada_hidden')
  for (const path of ['/docs', '/openapi.json', '/schemas/persona.json']) {
    const { text } = await rawRequest(server.url, { path })
    expect(text).not.toContain('ada_hidden')
    expect(text).not.toContain(ada.apiKey)
  }
})
