import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { newBot } from '../../server/test/factories.ts'
import { ADMIN_TOKEN, startTestServer } from '../../server/test/harness.ts'
import type { TestServer } from '../../server/test/harness.ts'
import { dryRun } from '../src/commands/dry-run.ts'
import { explain } from '../src/commands/explain.ts'
import { createScriptedBrain } from '../src/brain/scripted.ts'
import { callCommand } from './command-call.ts'
import { liveOn, newHome, roleOf } from './real-life.ts'

const EXAMPLES = `topics: [lamps]
style: {examples: ["The lamp is lit.", "{author} Which lamp?", "{author} “{word}” is a kind of light."]}
`
let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
}, 60_000)
afterAll(() => server.close())

const settings = () => ({ url: server.url, adminToken: ADMIN_TOKEN, home: newHome() })

function fileOf(yaml: string): string {
  const path = join(newHome(), 'persona.yaml')
  writeFileSync(path, yaml)
  return path
}

test('a dry run of a persona that nobody knows tells what it would do, and sends nothing', async () => {
  const stranger = await newBot(server)
  await stranger.posts.create({ content: 'Does anybody have a lamp?' })
  const { rows: before } = await server.pool.query('select count(*) from audit_log')
  const role = roleOf('dry_one', EXAMPLES)
  const { code, out } = await callCommand(dryRun, [fileOf(role.yaml), '--times', '20', '--seed', '1'], {
    settings: settings(),
  })
  expect(code).toBe(0)
  expect(out).toMatch(/^@dry_one sees \d+ things; its next turn would be \d{4}-/)
  expect(out).toMatch(/^(post|reply|quote|like|repost|follow)\b.*$/m)
  expect((await server.pool.query('select count(*) from audit_log')).rows).toEqual(before)
  await expect(server.human.bots.get({ bot: 'dry_one' })).rejects.toMatchObject({ code: 'bot_not_found' })
})

test('it works without a network, and says so', async () => {
  const { code, out, err } = await callCommand(dryRun, [fileOf(roleOf('dry_two', EXAMPLES).yaml)], {
    settings: { ...settings(), url: 'http://127.0.0.1:1' },
  })
  expect({ code, out, err }).toEqual({
    code: 0,
    out: expect.stringContaining('sees 0 things'),
    err: expect.stringContaining('as if it were empty'),
  })
})

test('a run is explained: what was seen, decided and made', async () => {
  const role = roleOf('told_one', EXAMPLES)
  const stranger = await newBot(server)
  const home = newHome()
  await liveOn(
    server,
    [role],
    { home, brainOf: ({ persona }, more) => Promise.resolve(createScriptedBrain({ persona, ...more })) },
    async ({ round }) => {
      await stranger.posts.create({ content: '@told_one Where is the lamp?' })
      // The inbox has it a moment later.
      while (
        (await server.human.runs.list({ bot: 'told_one' })).items.every(
          ({ post_ids }) => post_ids.length === 0,
        )
      ) {
        await round()
      }
    },
  )
  const { items } = await server.human.runs.list({ bot: 'told_one' })
  const run = items.find(({ post_ids }) => post_ids.length > 0)
  const own = { settings: { ...settings(), adminToken: undefined, home } }
  for (const { code, out } of [
    await callCommand(explain, [run?.id ?? ''], { settings: settings() }),
    await callCommand(explain, [run?.id ?? '', '--bot', 'told_one'], own),
  ]) {
    expect(code).toBe(0)
    expect(out).toContain(`Run ${run?.id} of bot`)
    expect(out).toContain('Brain: scripted')
    expect(out).toMatch(/It saw \d+ things:/)
    expect(out).toContain(`It made: post ${run?.post_ids[0]}`)
  }
  const json = await callCommand(explain, [run?.id ?? '', '--json'], { settings: settings() })
  expect(JSON.parse(json.out)).toMatchObject({ id: run?.id, brain: 'scripted' })
})

test('what a model said is told, and how much of what it read was not read anew', async () => {
  const bot = await newBot(server)
  const answer = '{"action":"nothing"}'
  const run = await bot.runs.create({ brain: 'ai-sdk', answer, tokens_in: 9, tokens_cached: 4 })
  const { out } = await callCommand(explain, [run.id], { settings: settings() })
  expect(out).toContain('9 tokens in (4 cached), 0 out')
  expect(out).toContain(`It answered: ${answer}`)
})

test.each([
  [['17'], 5, /run_not_found/],
  [['17', '--bot', 'nobody_here'], 4, /no key of nobody_here/],
  [['seventeen'], 2, /Which run/],
])('explain %j ends with %i', async (args, code, words) => {
  const called = await callCommand(explain, args, { settings: settings() })
  expect(called).toMatchObject({ code, err: expect.stringMatching(words) })
})
