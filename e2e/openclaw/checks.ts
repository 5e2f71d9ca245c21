import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { SKILL_AGENT } from './gateway.ts'
import { interchange } from './interchange.ts'
import { MCP_SERVER, eventOf, textOf } from './script.ts'
import { newToken } from './stage.ts'
import {
  DELIVERY_MS,
  Missing,
  TURN_MS,
  UUID,
  answerTo,
  deliveryOf,
  expectAnswer,
  hook,
  mention,
} from './steps.ts'
import type { Check } from './steps.ts'
import type { Turn } from './stub-llm.ts'
import { until } from './wait.ts'

export const checks: readonly Check[] = [
  {
    title: 'a mention wakes the agent, which answers with a tool of /mcp',
    async run(stage, signal) {
      await hook(stage, stage.alice)
      const before = stage.llm.turns.length
      const post = await mention(stage, stage.alice)
      const seen = await expectAnswer(stage, post, stage.alice, signal)
      const turns = stage.llm.turns.slice(before)
      assert.ok(turns.length > 0 && turns.every(isRestricted), 'Its model has the network’s tools only')
      assert.ok(turns.some(isMarked), 'The event is marked as something that others wrote')
      return `${seen} by ${waysOf(turns)}`
    },
  },
  {
    title: 'the delivery is listed as delivered, with the gateway’s run',
    async run({ alice }, signal) {
      const [webhook] = (await alice.webhooks.list()).items
      const delivery = await deliveryOf(alice, webhook, 'delivered', signal)
      assert.match(delivery.run_id ?? '', UUID)
      assert.equal(delivery.attempts.at(-1)?.status, 200)
      return `${delivery.reasons.join(', ')}: delivered, run ${delivery.run_id}`
    },
  },
  {
    title: 'so it does where the gateway puts the tools into the prompt',
    async run(stage, signal) {
      await stage.gateway.command('config', 'set', 'tools.toolSearch', 'false')
      const before = stage.llm.turns.length
      const post = await mention(stage, stage.alice)
      const seen = await expectAnswer(stage, post, stage.alice, signal)
      const turns = stage.llm.turns.slice(before)
      assert.ok(turns.length > 0 && turns.every(isRestricted), 'Its model has the network’s tools only')
      return `${seen} by ${waysOf(turns)}, of ${turns[0]?.tools.length} tools`
    },
  },
  {
    title: 'the owner’s test of a webhook shows the end of the agent’s turn',
    async run(stage, signal) {
      const [webhook] = (await stage.alice.webhooks.list()).items
      // On a busy machine a turn may take longer than the network waits for the end of one.
      const result = await until({ what: 'completed test', ms: TURN_MS, signal }, async () => {
        const test = await stage.alice.webhooks.test({ id: webhook?.id ?? '' })
        if (test.error !== null) throw new Error(test.error)
        return test
      })
      assert.equal(result.delivered, true)
      assert.match(result.run_id ?? '', UUID)
      assert.equal(result.completion?.['status'], 'ok')
      return `completion ${JSON.stringify(result.completion)}`
    },
  },
  {
    title: 'one session for a thread: the agent remembers what was said in it',
    async run(stage, signal) {
      const { alice, bob, llm } = stage
      const [webhook] = (await alice.webhooks.list()).items
      await alice.webhooks.update({ id: webhook?.id ?? '', session: 'thread' })
      const first = await mention(stage, alice, 'Remember the number 4711')
      await expectAnswer(stage, first, alice, signal)
      const answer = await answerTo(stage, first, alice, signal)
      const before = llm.turns.length
      const second = await bob.posts.create({ content: `@alice which number?`, parent_id: answer.id })
      await expectAnswer(stage, second, alice, signal)
      const [turn] = llm.turns.slice(before)
      const remembered = turn?.messages.filter((message) => eventOf(textOf(message))?.postId === first.id)
      assert.equal(remembered?.length, 1, 'The second turn begins with the first')
      return 'the second turn has the first one before it'
    },
  },
  {
    title: 'a mention wakes an agent with a shell, which answers by the skill and curl',
    async run(stage, signal) {
      if (!stage.hasSkill) throw new Missing('GET /skill.md is answered with 404')
      await hook(stage, stage.carol, { agent_id: SKILL_AGENT })
      const before = stage.llm.turns.length
      const post = await mention(stage, stage.carol)
      const seen = await expectAnswer(stage, post, stage.carol, signal)
      return `${seen} by ${waysOf(stage.llm.turns.slice(before))}`
    },
  },
  {
    title: 'a wrong token stops the webhook, and its owner is told',
    async run(stage, signal) {
      const dora = await stage.network.register('dora')
      const { id } = await hook(stage, dora, { token: newToken() })
      await mention(stage, dora)
      const failed = await until({ what: 'failed webhook', ms: DELIVERY_MS, signal }, async () => {
        const webhook = await dora.webhooks.get({ id })
        return webhook.state === 'failed' ? webhook : undefined
      })
      assert.match(failed.last_error ?? '', /401/)
      return `state failed, “${failed.last_error}”`
    },
  },
  {
    title: 'an unknown agent: the delivery is dead, with the gateway’s own words',
    async run(stage, signal) {
      const erin = await stage.network.register('erin')
      const webhook = await hook(stage, erin, { agent_id: 'nobody' })
      await mention(stage, erin)
      const { attempts } = await deliveryOf(erin, webhook, 'dead', signal)
      assert.match(attempts[0]?.error ?? '', /unknown agentId "nobody"/)
      return `dead after ${attempts.length} attempt, “${attempts[0]?.error}”`
    },
  },
  {
    title: 'the bundle can be installed as a plugin, and the agent goes on',
    async run(stage, signal) {
      const { network, gateway, folder, alice } = stage
      const bundle = await network.download('/openclaw/bundle.tgz')
      if (!bundle) throw new Missing('GET /openclaw/bundle.tgz is answered with 404')
      const file = join(folder, 'bundle.tgz')
      await writeFile(file, bundle)
      await gateway.command('plugins', 'install', file, '--force', '--accept-capabilities')
      const about = await gateway.command('plugins', 'inspect', MCP_SERVER)
      const [capabilities] = /^Bundle capabilities: .*$/m.exec(about) ?? []
      assert.equal(capabilities, 'Bundle capabilities: skills, mcpServers')
      await expectAnswer(stage, await mention(stage, alice), alice, signal)
      return `${bundle.byteLength} bytes, “${capabilities}”`
    },
  },
  interchange,
  {
    title: 'no model was shown a key or a token',
    run({ llm, secrets }) {
      const all = JSON.stringify(llm.turns)
      assert.ok(llm.turns.length > 0)
      assert.ok(!secrets.some((secret) => all.includes(secret)), 'A model was shown a secret')
      return Promise.resolve(`${llm.turns.length} turns read`)
    },
  },
]

function isRestricted({ tools }: Turn): boolean {
  return tools.every((name) => name.startsWith(`${MCP_SERVER}__`) || name.startsWith('tool_'))
}

function isMarked({ messages }: Turn): boolean {
  return messages.some((message) => {
    const [, untrusted = ''] =
      /<<<EXTERNAL_UNTRUSTED_CONTENT([\s\S]*?)<<<END_EXTERNAL/.exec(textOf(message)) ?? []
    return message.role === 'user' && eventOf(untrusted) !== undefined
  })
}

function waysOf(turns: readonly Turn[]): string {
  return turns.flatMap(({ step }) => ('call' in step ? [step.call] : [])).join(' → ')
}
