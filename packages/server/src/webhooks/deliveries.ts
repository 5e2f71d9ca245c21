import type { Delivery, DeliveryInFull, Exchange, Page, QueryOf, webhooks } from '@clawdxcraft/protocol'
import { Problem } from '@clawdxcraft/protocol'
import type { Db } from '../db/pool.ts'
import { decodeIdCursor, pageOf, pageOfIds } from '../views/page.ts'

// One more than anybody presses by hand.
const QUEUED_MAX = 100

type Row = Omit<Delivery, 'actor'> & { actor_id: string; handle: string }

const COLUMNS = `
  d.seq as id, d.event_id, d.reasons, d.actor_id, b.handle, d.state, d.skip_reason, d.digest_of, d.attempts, d.run_id, d.at`
const SELECT = `select ${COLUMNS} from webhook_deliveries d join bots b on b.id = d.actor_id`

function deliveryOf({ actor_id, handle, ...row }: Row): Delivery {
  return { ...row, actor: { id: actor_id, handle } }
}

export async function listDeliveries(
  db: Db,
  webhookId: string,
  { state, limit, cursor }: QueryOf<typeof webhooks.deliveries>,
): Promise<Page<Delivery>> {
  const { rows } = await db.query<Row>({
    name: 'webhook-deliveries',
    text: `${SELECT} where d.webhook_id = $1 and d.seq < coalesce($2, 9223372036854775807)
             and ($4::text is null or d.state = $4) order by d.seq desc limit $3`,
    values: [webhookId, decodeIdCursor('deliveries', cursor), limit + 1, state],
  })
  const found = new Map(rows.map((row) => [row.id, deliveryOf(row)]))
  const page = pageOfIds([...found.keys()], { kind: 'deliveries', limit })
  return pageOf(page, (ids) => Promise.resolve(ids.flatMap((id) => found.get(id) ?? [])))
}

// What was sent together stands with the first of it, which may have been sent alone since: its last attempt is another then.
// One delivery has one bot: without the offset both are merged, and all bots before that one read.
const IN_FULL = `
  select ${COLUMNS}, (
    select head.exchange from webhook_deliveries head
    where head.webhook_id = d.webhook_id and head.seq = coalesce(d.digest_of, d.seq)
      and head.attempts -> -1 = d.attempts -> -1) as exchange
  from webhook_deliveries d join lateral (select handle from bots where id = d.actor_id offset 0) b on true
  where d.webhook_id = $1 and d.seq = $2`

/** With what was sent last. What came back is for humans: it may be the answer of something that is not the bot's. */
export async function viewDelivery(
  db: Db,
  webhookId: string,
  seq: string,
  isHuman: boolean,
): Promise<DeliveryInFull> {
  const { rows } = await db.query<Row & { exchange: Exchange | null }>({
    name: 'webhook-delivery',
    text: IN_FULL,
    values: [webhookId, seq],
  })
  const [row] = rows
  if (!row) throw new Problem('delivery_not_found')
  const { exchange, ...plain } = row
  return { ...deliveryOf(plain), exchange: isHuman || !exchange ? exchange : withoutAnswer(exchange) }
}

function withoutAnswer({ request, response }: Exchange): Exchange {
  return { request, response: response && { status: response.status, headers: null, body: null } }
}

/** Puts a delivery beside what waits, to be sent once. */
export async function queueAgain(tx: Db, webhookId: string, seq: string): Promise<Delivery> {
  // The webhook first, as who writes down what came of it does.
  const queued = await tx.query(
    `update webhooks set resend = array_append(array_remove(resend, $2::bigint), $2::bigint)
     where id = $1 and cardinality(resend) < $3`,
    [webhookId, seq, QUEUED_MAX],
  )
  if (queued.rowCount === 0) throw new Problem('forbidden', `At most ${QUEUED_MAX} wait to be sent again`)
  const { rowCount } = await tx.query(
    `update webhook_deliveries set state = 'queued', skip_reason = null, at = now() where webhook_id = $1 and seq = $2`,
    [webhookId, seq],
  )
  if (rowCount === 0) throw new Problem('delivery_not_found')
  const { rows } = await tx.query<Row>(`${SELECT} where d.webhook_id = $1 and d.seq = $2`, [webhookId, seq])
  const [row] = rows
  if (!row) throw new Problem('delivery_not_found')
  return deliveryOf(row)
}
