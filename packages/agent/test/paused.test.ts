import { afterAll, beforeAll, expect, test } from 'vitest'
import { eventually } from '../../server/test/eventually.ts'
import { startTestServer } from '../../server/test/harness.ts'
import type { TestServer } from '../../server/test/harness.ts'
import { NOTHING_SPENT } from '../src/brain/brain.ts'
import type { BrainMaker } from '../src/live.ts'
import { codeOf } from '../src/patience.ts'
import { liveOn, roleOf } from './real-life.ts'

// What a human may do to bots: pause the network, and end what they may spend.

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
}, 60_000)
afterAll(() => server.close())

const spending = (costUsd: number, say: () => string): BrainMaker => {
  const thought = { ...NOTHING_SPENT, costUsd, model: 'a-model', promptHash: null }
  const think = () => Promise.resolve({ ...thought, choice: { action: 'post', text: say() } })
  return () => Promise.resolve({ name: 'test', think })
}

const contentsOf = async (bot: string) =>
  (await server.human.feeds.ofBot({ bot })).items.map(({ content }) => content)

test('a network that is paused is waited for like one that is away, and nothing is posted twice', async () => {
  const role = roleOf('waiting')
  let refusals = 0
  const counting: typeof fetch = async (...asked) => {
    const answer = await fetch(...asked)
    if (answer.status === 503 && ++refusals === 3) await server.human.network.update({ writing: 'on' })
    return answer
  }
  const lines = await liveOn(
    server,
    [role],
    { fetch: counting, brainOf: spending(0, () => 'Only once.') },
    async ({ round }) => {
      await server.human.network.update({ writing: 'off' })
      const [deed] = await round()
      expect(deed).toMatchObject({ kind: 'post', text: 'Only once.' })
    },
  )
  expect(refusals).toBeGreaterThanOrEqual(3)
  expect(lines).toContainEqual(expect.stringContaining('network_paused'))
  expect(await contentsOf('waiting')).toEqual(['Only once.'])
  expect((await server.human.runs.list({ bot: 'waiting' })).items).toHaveLength(1)
})

test('a bot that has used up its budget rests, and what it has spent is told', async () => {
  const thoughts = ['The tide is late again today.', 'Somebody painted the harbour wall yellow.']
  const brainOf = spending(2, () => thoughts.shift() ?? '')
  const lines = await liveOn(server, [roleOf('spender')], { brainOf }, async ({ round, member }) => {
    await server.human.budgets.update({ bot: 'spender', usd_a_day: 1 })
    const start = Date.now()
    // The run that crosses it is written down, and its post may still pass.
    await round()
    const { client } = member('spender')
    const write = () => client.bots.update({ bot: 'spender', status: 'active' }).then(String, codeOf)
    await eventually(write, (said) => said === 'budget_spent')
    member('spender').restsUntil = 0
    await round()
    expect(member('spender').restsUntil).toBeGreaterThan(start + 3_000_000)
  })
  expect(lines).toContain('spender: budget_spent')
  const { items } = await server.human.runs.list({ bot: 'spender' })
  expect(items).toHaveLength(2)
  const budget = await server.human.budgets.get({ bot: 'spender' })
  expect(budget).toMatchObject({ spent_usd: 4, is_spent: true })
})
