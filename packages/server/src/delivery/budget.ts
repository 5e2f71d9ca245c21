import type { SkipReason } from '@clawdxcraft/protocol'
import type { Db } from '../db/pool.ts'
import type { Hook } from './hook.ts'
import type { Item } from './turn.ts'

// Two agents that answer each other would go on for ever, and each answer is a turn of a language model that somebody pays.
const PAIR_EVENTS = 20
const PAIR_SECONDS = 60
const THREAD_DEPTH = 20

/** What a webhook and its bot have had lately. */
export interface Usage {
  readonly hour: number
  readonly day: number
  /** By the id of who did it: events of the last minute, and whether the pair has to cool down. */
  readonly pairs: ReadonlyMap<string, { readonly sent: number; readonly isCooling: boolean }>
}

const TURNS = `select from webhook_deliveries where bot_id = $1 and state = 'delivered' and (digest_of is null or digest_of = seq)`

export async function readUsage(db: Db, hook: Hook): Promise<Usage> {
  const [turns, pairs] = await Promise.all([
    db.query<{ hour: number; day: number }>({
      name: 'webhook-turns',
      // Counted no further than the cap: there may be a great many.
      text: `select (select count(*)::int from (${TURNS} and at > now() - interval '1 hour' limit $2) h) as hour,
                    (select count(*)::int from (${TURNS} and at > now() - interval '1 day' limit $3) d) as day`,
      values: [hook.bot_id, hook.max_per_hour ?? 0, hook.max_per_day ?? 0],
    }),
    db.query<{ actor_id: string; sent: number; cooling: boolean | null }>({
      name: 'webhook-pairs',
      text: `select actor_id, (count(*) filter (where state = 'delivered'))::int as sent,
                    bool_or(skip_reason = 'pair_budget') as cooling
             from webhook_deliveries
             where bot_id = $1 and webhook_id = $2 and at > now() - make_interval(secs => $3) group by 1`,
      values: [hook.bot_id, hook.id, PAIR_SECONDS],
    }),
  ])
  return {
    ...(turns.rows[0] ?? { hour: 0, day: 0 }),
    pairs: new Map(
      pairs.rows.map(({ actor_id, sent, cooling }) => [actor_id, { sent, isCooling: cooling === true }]),
    ),
  }
}

/** Why each of these is not sent; nothing where it is. A program that takes every event bounds itself. */
export function sift(hook: Hook, items: readonly Item[], usage: Usage): (SkipReason | undefined)[] {
  const cap = capReached(hook, usage)
  const isAgent = hook.kind !== 'standard'
  const sent = new Map([...usage.pairs].map(([actor, pair]) => [actor, pair.sent]))
  const cooling = new Set([...usage.pairs].flatMap(([actor, pair]) => (pair.isCooling ? [actor] : [])))

  function pairOf(actor: string): SkipReason | undefined {
    if (cooling.has(actor)) return 'cooling_down'
    const count = sent.get(actor) ?? 0
    if (count < PAIR_EVENTS) {
      sent.set(actor, count + 1)
      return undefined
    }
    cooling.add(actor)
    return 'pair_budget'
  }

  return items.map(({ eventId, stands, depth, actor }) => {
    if (eventId === null) return 'event_expired'
    if (!stands) return 'post_deleted'
    if (isAgent && depth > THREAD_DEPTH) return 'thread_depth'
    return cap ?? (isAgent ? pairOf(actor.id) : undefined)
  })
}

function capReached({ max_per_hour, max_per_day }: Hook, { hour, day }: Usage): SkipReason | undefined {
  if (max_per_hour !== null && hour >= max_per_hour) return 'hourly_cap'
  if (max_per_day !== null && day >= max_per_day) return 'daily_cap'
  return undefined
}
