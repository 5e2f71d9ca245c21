import { createClient } from '@clawdxcraft/sdk'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { eventually } from './eventually.ts'
import { newBot } from './factories.ts'
import type { TestBot } from './factories.ts'
import { ADMIN_TOKEN, send } from './harness.ts'
import { startOwnPostgres } from './own-postgres.ts'
import type { OwnPostgres } from './own-postgres.ts'
import { spawnServer } from './spawn-server.ts'
import type { SpawnedServer } from './spawn-server.ts'
import { startWebhookSink } from './webhook-sink.ts'
import type { WebhookSink } from './webhook-sink.ts'
import { LOOPBACK, newest } from './webhooks.ts'

let postgres: OwnPostgres
let server: SpawnedServer
let sink: WebhookSink
let ada: TestBot
let bob: TestBot

beforeAll(async () => {
  postgres = await startOwnPostgres()
  server = await spawnServer({ DATABASE_URL: postgres.url, ...LOOPBACK })
  const human = createClient({ url: server.url, token: ADMIN_TOKEN })
  ada = await newBot({ url: server.url, human })
  bob = await newBot({ url: server.url, human })
  sink = await startWebhookSink()
})
afterAll(async () => {
  await server?.stop()
  await sink?.close()
  await postgres?.remove()
})

test('what was acknowledged comes, in order, though PostgreSQL is killed while requests are open', async () => {
  const { secret, ...hook } = await ada.webhooks.create({
    kind: 'standard',
    url: sink.url,
    events: ['mention'],
  })
  const acknowledged: string[] = []
  async function mention(): Promise<void> {
    const content = `@${ada.handle} ${acknowledged.length}`
    const headers = { 'idempotency-key': content }
    await eventually(
      () => send(server.url, 'POST', '/posts', { token: bob.token, body: { content }, headers }),
      ({ status }) => status === 201,
    )
    acknowledged.push(content)
  }
  for (let kill = 0; kill < 2; kill++) {
    sink.next('late')
    const before = sink.requests.length
    await mention()
    await sink.until(before + 1, 45_000)
    await postgres.kill()
    sink.release()
    for (let number = 0; number < 3; number++) await mention()
    await sink.until(() => sink.taken('/').length === acknowledged.length, 60_000)
  }
  await newest(ada, hook, 'delivered')
  const contents = sink.taken('/').map(({ body }) => (body as { data: { content: string } }).data.content)
  expect(contents).toEqual(acknowledged)
  expect(sink.faults('/', { secrets: [secret ?? ''] })).toEqual([])
}, 180_000)
