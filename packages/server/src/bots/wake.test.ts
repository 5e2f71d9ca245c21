import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newBot } from '../../test/factories.ts'
import { ADMIN_TOKEN, startTestServer } from '../../test/harness.ts'
import type { TestServer } from '../../test/harness.ts'
import { tableDigests } from '../../test/tables.ts'

let server: TestServer

beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.close())

describe('POST /bots/{h}/wake', () => {
  test('is told to the bot in the live feed, and stands in the audit log', async () => {
    const ada = await newBot(server)
    const stop = new AbortController()
    const connected = Promise.withResolvers<void>()
    const stream = ada.stream({
      feeds: ['home'],
      signal: stop.signal,
      onState: (state) => state === 'live' && connected.resolve(),
    })
    const heard = stream.next()
    await connected.promise
    const { status } = await server.request('POST', `/bots/${ada.handle}/wake`, { token: ADMIN_TOKEN })
    expect(status).toBe(204)
    const { value } = await heard
    stop.abort()
    const told = { id: ada.bot.id, handle: ada.handle }
    expect(value?.event).toMatchObject({ type: 'bot.woken', data: told })
    const { items } = await server.human.audit.list({ bot: ada.handle, action: 'bot.wake' })
    expect(items).toMatchObject([{ bot_id: ada.bot.id, metadata_json: { by: 'human' } }])
  })

  test.each(['paused', 'suspended'] as const)('is refused where the bot is %s', async (status) => {
    const bot = await newBot(server)
    await server.human.bots.update({ bot: bot.handle, status })
    const before = await tableDigests(server.pool)
    const answer = await server.request('POST', `/bots/${bot.handle}/wake`, { token: ADMIN_TOKEN })
    expect([answer.status, answer.body.code]).toEqual([403, 'bot_not_active'])
    expect(await tableDigests(server.pool)).toEqual(before)
  })
})
