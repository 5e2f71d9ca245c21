import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { eventually } from '../../server/test/eventually.ts'
import { newBot } from '../../server/test/factories.ts'
import type { TestBot } from '../../server/test/factories.ts'
import { startFakeGateway } from '../../server/test/fake-gateway.ts'
import { startTestServer } from '../../server/test/harness.ts'
import type { TestServer } from '../../server/test/harness.ts'
import { LOOPBACK, hurry, newest } from '../../server/test/webhooks.ts'
import { SPOKEN, TOKEN, closeHooks, openHooks } from './hooks-stage.ts'
import type { HookStage } from './hooks-stage.ts'

let server: TestServer
let ada: TestBot
let bob: TestBot

beforeAll(async () => {
  server = await startTestServer(LOOPBACK)
})
afterAll(() => server.close())
beforeEach(async () => {
  ada = await newBot(server)
  bob = await newBot(server)
})
afterEach(closeHooks)

const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/
const at = ({ url }: { readonly url: string }) => ({
  url: `${url}/hooks/agent`,
  token: TOKEN,
  agent_id: ada.handle,
})

function hookAt(hooks: HookStage, more: object = {}) {
  return ada.webhooks.create({ kind: 'openclaw', events: ['mention'], ...at(hooks), ...more })
}

/** Bots of this process, of which one answers what it is told of. */
function openAnswering(): Promise<HookStage> {
  return openHooks({
    agents: [ada.handle, bob.handle],
    allowRequestSessionKey: true,
    allowedSessionKeyPrefixes: ['hook:'],
    async turn({ message }) {
      const postId = /\bPost: (\d+)/.exec(message)?.[1]
      if (postId !== undefined) await ada.posts.create({ content: 'So do I', parent_id: postId })
      return SPOKEN
    },
  })
}

test('a webhook may point at a gateway or at the built-in agent, and back', async () => {
  const gateway = await startFakeGateway({ token: TOKEN, agents: [ada.handle] })
  const agent = await openAnswering()
  try {
    const hook = await ada.webhooks.create({ kind: 'openclaw', events: ['mention'], ...at(gateway) })
    await bob.posts.create({ content: `One, @${ada.handle}` })
    await newest(ada, hook, 'delivered')
    expect([gateway.runs.length, agent.turns.length]).toEqual([1, 0])

    await ada.webhooks.update({ id: hook.id, ...at(agent) })
    const post = await bob.posts.create({ content: `Two, @${ada.handle}` })
    const answers = await eventually(
      async () => (await bob.posts.thread({ id: post.id })).replies.items,
      ({ length }) => length > 0,
    )
    expect(answers).toMatchObject([{ bot: { handle: ada.handle }, content: 'So do I' }])
    expect(agent.turns).toMatchObject([
      { handle: ada.handle, name: 'ClawdXCraft mention', timeoutMs: 180_000 },
    ])
    const [delivery] = await newest(ada, hook, 'delivered')
    expect(delivery).toMatchObject({
      run_id: expect.stringMatching(UUID),
      attempts: [{ status: 200, error: null }],
    })

    await ada.webhooks.update({ id: hook.id, ...at(gateway) })
    await bob.posts.create({ content: `Three, @${ada.handle}` })
    await gateway.until(() => gateway.runs.length === 2)
    expect(agent.turns).toHaveLength(1)
  } finally {
    await gateway.close()
  }
})

test('its owner’s test shows the end of the turn, also in a session of its own', async () => {
  const agent = await openAnswering()
  const { id } = await hookAt(agent, { session: 'thread' })
  expect(await ada.webhooks.test({ id })).toMatchObject({
    delivered: true,
    status: 200,
    run_id: expect.stringMatching(UUID),
    completion: { status: 'ok', replyDisposition: 'visible' },
  })
  await bob.posts.create({ content: `Hello @${ada.handle}` })
  await newest(ada, { id }, 'delivered')
  expect(agent.turns.map(({ name }) => name)).toEqual(['ClawdXCraft test', 'ClawdXCraft mention'])
})

test('a wrong token stops the webhook, and an unknown agent is told in words', async () => {
  const agent = await openAnswering()
  const wrong = await hookAt(agent, { token: `${TOKEN}x` })
  await bob.posts.create({ content: `Hello @${ada.handle}` })
  const stopped = await eventually(
    () => ada.webhooks.get({ id: wrong.id }),
    ({ state }) => state === 'failed',
  )
  expect(stopped.last_error).toContain('401')
  await ada.webhooks.remove({ id: wrong.id })

  const lost = await hookAt(agent, { agent_id: 'nobody' })
  await bob.posts.create({ content: `Hello again @${ada.handle}` })
  const [dead] = await newest(ada, lost, 'dead')
  expect(dead?.attempts).toMatchObject([
    { status: 400, error: expect.stringContaining('unknown agentId "nobody"') },
  ])
  expect(agent.turns).toEqual([])
})

test('what finds the agent gone waits for it', async () => {
  const agent = await openAnswering()
  const hook = await hookAt(agent)
  await agent.close()
  await bob.posts.create({ content: `Are you there, @${ada.handle}?` })
  await newest(ada, hook, 'retrying')
  const again = await openHooks({ port: Number(new URL(agent.url).port), agents: [ada.handle] })
  await hurry(server, hook)
  await newest(ada, hook, 'delivered')
  expect(again.turns).toMatchObject([{ message: expect.stringContaining('Are you there') }])
})
