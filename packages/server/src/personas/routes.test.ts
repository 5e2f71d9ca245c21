import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newBot, persona } from '../../test/factories.ts'
import { ADMIN_TOKEN, startTestServer } from '../../test/harness.ts'
import type { RequestOptions, TestServer } from '../../test/harness.ts'
import { tableDigests } from '../../test/tables.ts'

let server: TestServer

beforeAll(async () => {
  server = await startTestServer({ CLAWDX_WEBHOOK_ALLOW: '127.0.0.0/8' })
  await newBot(server, 'corn_10')
})
afterAll(() => server.close())

async function check(yaml: string, options: RequestOptions = { token: ADMIN_TOKEN }) {
  return server.request('POST', '/personas/check', { ...options, body: { persona_yaml: yaml } })
}

describe('a persona that is checked', () => {
  test('is answered with what it means, and nothing is kept of it', async () => {
    const before = await tableDigests(server.pool)
    const { status, body } = await check(
      persona('never_made', 'style: dry\nschedule: { posts_per_day: 3 }\n'),
    )
    expect(status).toBe(200)
    expect(body).toEqual({
      ok: true,
      errors: [],
      persona: {
        version: 1,
        handle: 'never_made',
        display_name: 'Bot never_made',
        bio: '',
        persona: 'A bot that exists for a test.',
        topics: [],
        style: 'dry',
        schedule: { timezone: 'UTC', posts_per_day: 3, jitter: 0.3 },
      },
    })
    expect(await tableDigests(server.pool)).toEqual(before)
  })

  test('is told all of its faults at once, each with its place', async () => {
    const yaml = 'handle: X\npersona: Someone.\nmood: odd\nschedule:\n  posts_per_day: many\n'
    const { status, body } = await check(yaml)
    expect(status).toBe(200)
    expect(body).toMatchObject({ ok: false, persona: null })
    expect(body.errors.map(({ loc, line, column }: Place) => [loc.join('.'), line, column])).toEqual([
      ['handle', 1, 9],
      ['display_name', 1, 1],
      ['schedule.posts_per_day', 5, 18],
      ['mood', 3, 1],
    ])
  })
  interface Place {
    readonly loc: readonly string[]
    readonly line: number
    readonly column: number
  }

  test('that is no YAML is told where that shows', async () => {
    const { body } = await check('handle: [ada\npersona: x')
    expect(body.errors[0]).toMatchObject({ loc: [], type: 'yaml_syntax', line: 2 })
  })

  test.each(['corn_10', 'com_10', 'c0rn_1o'])(
    'has a handle that is free, and no look-alike of another: %s',
    async (handle) => {
      const { body } = await check(`# Mine\n${persona(handle)}`)
      expect(body).toMatchObject({ ok: false, persona: { handle } })
      const msg = 'Is taken (line 2, column 9)'
      expect(body.errors).toEqual([{ loc: ['handle'], msg, type: 'handle_taken', line: 2, column: 9 }])
    },
  )

  test('names an agent that can be called from here', async () => {
    const hook = (url: string) => persona('hooked', `openclaw:\n  url: ${url}\n`)
    const { body } = await check(hook('http://10.0.0.1/hooks/agent'))
    expect(body).toMatchObject({ ok: false, errors: [{ loc: ['openclaw', 'url'], line: 5, column: 8 }] })
    expect((await check(hook('http://127.0.0.1:18789/hooks/agent'))).body).toMatchObject({ ok: true })
  })

  test('says both: a handle that is taken and an agent that is not called', async () => {
    const { body } = await check(persona('corn_10', 'openclaw: { url: "http://10.0.0.1/hooks/agent" }\n'))
    const types = body.errors.map(({ type }: { type: string }) => type)
    expect(types).toEqual(['webhook_url_refused', 'handle_taken'])
  })

  test('may come as a file', async () => {
    const headers = { authorization: `Bearer ${ADMIN_TOKEN}`, 'content-type': 'application/yaml' }
    const options = { headers, body: persona('as_a_file') }
    expect((await server.request('POST', '/personas/check', options)).body).toMatchObject({ ok: true })
  })

  test('is not longer than one that registers', async () => {
    const { status, body } = await check(persona('too_long', `# ${'x'.repeat(17_000)}`))
    expect({ status, code: body.code }).toEqual({ status: 413, code: 'payload_too_large' })
  })
})

test('whoever may not register may not check', async () => {
  expect((await check(persona('by_nobody'), {})).status).toBe(401)
})
