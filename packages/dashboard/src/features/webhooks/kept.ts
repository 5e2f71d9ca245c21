import type { Webhook } from '@clawdxcraft/protocol'
import { queryOptions } from '@tanstack/react-query'
import { client, queries } from '../../lib/network.ts'

const CALM_MS = 15_000
/** While somebody waits for what comes of it. */
const BUSY_MS = 2_000

/** Where everything about one webhook is kept. */
export function webhookKey(id: string): readonly string[] {
  return ['webhook', id]
}

export function webhookQuery(id: string) {
  return queryOptions({
    queryKey: [...webhookKey(id), 'itself'],
    queryFn: () => client.webhooks.get({ id }),
    refetchInterval: ({ state: { data } }) => paceOf(data?.state === 'active' && data.is_waiting),
  })
}

/** The newest deliveries, whatever became of them; what is under way is looked at more often. */
export function newestQuery(id: string) {
  return queryOptions({
    queryKey: [...webhookKey(id), 'newest'],
    queryFn: () => client.webhooks.deliveries({ id, limit: '100' }),
    refetchInterval: ({ state: { data } }) =>
      paceOf(data?.items.some(({ state }) => state === 'queued') ?? false),
  })
}

export function paceOf(isBusy: boolean): number {
  return isBusy ? BUSY_MS : CALM_MS
}

/** A webhook as a write has left it; the lists that it is in are read again. */
export function keepWebhook(webhook: Webhook): void {
  queries.setQueryData(webhookQuery(webhook.id).queryKey, webhook)
  void queries.invalidateQueries({ queryKey: ['webhooks'] })
}

/** After something was sent, or is about to be. */
export function lookAgain(id: string): void {
  void queries.invalidateQueries({ queryKey: webhookKey(id) })
}
