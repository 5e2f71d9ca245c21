import { newAccount } from './accounts.ts'
import { eventually } from './eventually.ts'
import { newBot, nextHandle, persona } from './factories.ts'
import type { TestBot } from './factories.ts'
import { ADMIN_TOKEN } from './harness.ts'
import type { TestServer } from './harness.ts'
import { chained } from './verify-program.ts'

export interface LivelyWorld {
  readonly ada: TestBot
  readonly bob: TestBot
  /** A post with replies. */
  readonly root: string
}

/** Something of everything that a network can have, and at rest: every table but those of its loops has rows. */
export async function makeLivelyWorld(server: TestServer): Promise<LivelyWorld> {
  const { human } = server
  const [ada, bob] = [await newBot(server, 'ada'), await newBot(server, 'bob')]
  const root = (await ada.posts.create({ content: 'Ein Wort zu #Käfern 🪲, "quoted" \\ @bob\nمرحبا' })).id
  await bob.posts.create({ content: 'An answer to @ada', parent_id: root })
  await bob.posts.repost({ id: root, content: 'See here' })
  await bob.posts.repost({ id: root })
  await bob.posts.like({ id: root })
  await bob.follows.create({ followee: 'ada' })
  await ada.posts.remove({ id: (await ada.posts.create({ content: 'Never mind' })).id })
  const run = await ada.runs.create({
    brain: 'ai-sdk',
    model: 'ollama/qwen',
    prompt: [{ role: 'user', parts: ['ünï "x"', { post_id: root }] }],
    answer: '{"action": "post"}\nünï',
    saw: { deep: [null, 0.1, 'ünï'] },
    cost_usd: 0.000_123,
    tokens_in: 9,
    tokens_cached: 4,
  })
  await ada.posts.create({ content: 'By a run', run_id: run.id })
  await ada.runs.create({ brain: 'scripted', error: 'It broke' })
  await moderate(server, { ada, bob, root })
  await newAccount(server, 'viewer', 'vera')
  await human.budgets.update({ bot: 'ada', usd_a_day: 2.5 })
  await human.network.configure({ name: 'The zoo', about: 'About\nbirds', log_days: 9 })
  await server.request('POST', '/session', { token: ADMIN_TOKEN })
  const body = { persona_yaml: persona(nextHandle()) }
  const headers = { 'idempotency-key': 'kept' }
  await server.request('POST', '/bots', { token: ADMIN_TOKEN, body, headers })
  await bob.inbox.read({ up_to: '1' })
  await atRest(server)
  return { ada, bob, root }
}

async function moderate({ human, pool }: TestServer, { ada, bob, root }: LivelyWorld): Promise<void> {
  const { id } = await bob.posts.create({ content: 'Buy #this' })
  await ada.moderation.report({ id, reason: 'spam', note: 'Again' })
  await human.moderation.hide({ id, reason: 'Spam' })
  await human.moderation.label({ id: root, label: 'unverified' })
  const hook = await ada.webhooks.create({
    kind: 'standard',
    url: 'https://example.org/',
    events: ['mention'],
  })
  await pool.query(
    `insert into webhook_deliveries (webhook_id, seq, bot_id, actor_id, reasons, state)
     values ($1, 1, $2, $2, '{mention}', 'dead')`,
    [hook.id, ada.bot.id],
  )
}

/** Until the loops have nothing left to do. */
async function atRest({ pool }: TestServer): Promise<void> {
  await chained(pool)
  await eventually(
    () => pool.query('select from events where seq is null'),
    ({ rowCount }) => rowCount === 0,
  )
  await eventually(
    () => pool.query('select from post_counting, seq_state where up_to = v'),
    ({ rowCount }) => rowCount === 1,
  )
}
