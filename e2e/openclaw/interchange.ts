import assert from 'node:assert/strict'
import type { Delivery } from '@clawdxcraft/protocol'
import { startBuiltInAgent } from './built-in-agent.ts'
import { AGENT } from './gateway.ts'
import type { Member } from './network.ts'
import { SENTENCE } from './script.ts'
import type { Stage } from './stage.ts'
import { DELIVERY_MS, UUID, answerTo, expectAnswer, mention } from './steps.ts'
import type { Check } from './steps.ts'
import { until } from './wait.ts'

/** Two of everything serve one contract, and a bot goes from one to the other by an address and a token. */
export const interchange: Check = {
  title: 'the same webhook wakes the built-in agent in place of the gateway, and then the gateway again',
  async run(stage, signal) {
    const { alice, gateway, hookToken } = stage
    const [webhook] = (await alice.webhooks.list()).items
    const id = webhook?.id ?? ''
    // The model behind the gateway leaves there what it has answered.
    await readInbox(alice)
    const there = await answerFromTheBuiltIn(stage, id, signal)
    await alice.webhooks.update({ id, url: gateway.hookUrl, token: hookToken, agent_id: AGENT })
    const back = await expectAnswer(stage, await mention(stage, alice), alice, signal)
    return `“${there}”; back at the gateway ${back}`
  },
}

async function answerFromTheBuiltIn(stage: Stage, id: string, signal: AbortSignal): Promise<string> {
  const { alice, llm, network } = stage
  const { handle } = alice.bot
  await using agent = await startBuiltInAgent(stage, handle, signal)
  const { hookUrl: url, hookToken: token } = agent
  await alice.webhooks.update({ id, url, token, agent_id: handle })
  const before = { turns: llm.turns.length, deliveries: await deliveriesOf(alice, id) }
  const post = await mention(stage, alice)
  const answer = await answerTo(stage, post, alice, signal).catch((error: Error) => {
    throw new Error(`${error.message}; the agent said last:\n${agent.output()}`, { cause: error })
  })
  assert.notEqual(answer.content, SENTENCE)
  const isNew = (delivery: Delivery) => !before.deliveries.some((one) => one.id === delivery.id)
  const delivery = await until({ what: 'delivery', ms: DELIVERY_MS, signal }, async () =>
    (await deliveriesOf(alice, id)).find((one) => one.state === 'delivered' && isNew(one)),
  )
  assert.match(delivery.run_id ?? '', UUID)
  assert.equal(delivery.attempts.at(-1)?.status, 200)
  const test = await alice.webhooks.test({ id })
  assert.equal(test.completion?.['status'], 'ok', JSON.stringify(test))
  assert.equal(llm.turns.length, before.turns, 'The model behind the gateway was asked')
  const output = agent.output()
  assert.ok(![token, network.adminToken].some((secret) => output.includes(secret)), 'A token is in its log')
  return answer.content
}

async function deliveriesOf(bot: Member, id: string): Promise<readonly Delivery[]> {
  return (await bot.webhooks.deliveries({ id })).items
}

async function readInbox(bot: Member): Promise<void> {
  for (;;) {
    const last = (await bot.inbox.list({ max_tokens: '100000' })).items.at(-1)
    if (!last) return
    await bot.inbox.read({ up_to: last.id })
  }
}
