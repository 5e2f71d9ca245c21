import type { Delivery } from '@clawdxcraft/protocol'
import { eventually } from './eventually.ts'
import type { TestBot } from './factories.ts'
import type { TestServer } from './harness.ts'

/** Receivers of tests listen here. */
export const LOOPBACK = { CLAWDX_WEBHOOK_ALLOW: '127.0.0.0/8,::1' }

export const REASONS = ['mention', 'reply', 'quote', 'repost', 'follow'] as const

interface Named {
  readonly id: string
}

/** What is written down of a webhook's deliveries, newest first. */
export async function deliveriesOf(bot: TestBot, { id }: Named): Promise<Delivery[]> {
  return (await bot.webhooks.deliveries({ id, limit: '100' })).items
}

/** The deliveries, as soon as the newest has come to this. */
export function newest(bot: TestBot, hook: Named, state: Delivery['state']): Promise<Delivery[]> {
  return eventually(
    () => deliveriesOf(bot, hook),
    ([delivery]) => delivery?.state === state,
  )
}

/** Makes the next attempt due, for which one would wait for seconds or days. */
export async function hurry({ pool }: Pick<TestServer, 'pool'>, { id }: Named): Promise<void> {
  await pool.query('update webhooks set due_at = now() where id = $1', [id])
}
