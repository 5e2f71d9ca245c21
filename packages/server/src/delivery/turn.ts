import type { InboxReason, Post, SkipReason } from '@clawdxcraft/protocol'
import { InboxReason as Reason } from '@clawdxcraft/protocol'
import type { Db } from '../db/pool.ts'
import { readUsage, sift } from './budget.ts'
import type { Usage } from './budget.ts'
import type { Hook } from './hook.ts'

const READ = 20
/** From how many on an agent is told of them together. */
const DIGEST_FROM = 5
// The message of a digest has 8,000 bytes at most, and a few are for its first line.
const DIGEST_BYTES = 7_500
const LINES_BYTES = 200

/** An event that waits for a webhook's bot. */
export interface Item {
  readonly seq: string
  /** Nothing where the log no longer has it. */
  readonly eventId: string | null
  readonly type: string
  readonly at: string
  /** The event's data, as JSON. */
  readonly payload: string
  /** Those that the webhook wants, the most telling first. */
  readonly reasons: InboxReason[]
  readonly actor: { readonly id: string; readonly handle: string }
  /** Whether its post, if it has one, was neither deleted nor hidden. */
  readonly stands: boolean
  /** Of its post in the thread. */
  readonly depth: number
}

export interface Skipped {
  readonly item: Item
  readonly reason: SkipReason
}

/** What is sent in one request, oldest first, and what is passed over for it. */
export interface Turn {
  readonly sent: readonly Item[]
  readonly skipped: readonly Skipped[]
}

interface Row {
  seq: string
  event_id: string | null
  type: string
  created_at: string
  payload: string
  reasons: InboxReason[]
  actor_id: string
  actor_handle: string
  stands: boolean
  depth: number
}

const SELECT = `
  select i.seq, e.id as event_id, e.type, i.created_at, e.payload::text as payload, i.reasons, i.actor_id,
         a.handle as actor_handle, coalesce(p.depth, 0) as depth,
         i.post_id is null or (p.deleted_at is null and p.hidden_at is null) as stands
  from inbox i join bots a on a.id = i.actor_id
    left join events e on e.seq = i.seq left join posts p on p.id = i.post_id`

async function readWaiting(db: Db, hook: Hook): Promise<Item[]> {
  const { rows } = await db.query<Row>({
    name: 'webhook-waiting',
    text: `${SELECT} where i.bot_id = $1 and i.seq > $2 and i.seq <= $3 and i.reasons && $4 order by i.seq limit ${READ}`,
    values: [hook.bot_id, hook.cursor_seq, hook.woken_seq, hook.events],
  })
  return rows.map((row) => itemOf(row, hook))
}

/** These of the bot's events, whatever the webhook wants by now. */
export async function readItems(db: Db, hook: Hook, seqs: readonly string[]): Promise<Item[]> {
  const { rows } = await db.query<Row>({
    name: 'webhook-items',
    text: `${SELECT} where i.bot_id = $1 and i.seq = any($2::bigint[]) order by i.seq`,
    values: [hook.bot_id, seqs],
  })
  return rows.map((row) => itemOf(row, hook))
}

function itemOf(row: Row, hook: Hook): Item {
  const wanted = row.reasons.filter((reason) => hook.events.includes(reason))
  const reasons = Reason.options.filter((reason) =>
    (wanted.length > 0 ? wanted : row.reasons).includes(reason),
  )
  return {
    seq: row.seq,
    eventId: row.event_id,
    type: row.type,
    at: row.created_at,
    payload: row.payload,
    reasons,
    actor: { id: row.actor_id, handle: row.actor_handle },
    stands: row.stands,
    depth: row.depth,
  }
}

/** Chooses what is sent next; nothing where nothing waits. */
export async function nextTurn(db: Db, hook: Hook): Promise<Turn | undefined> {
  if (hook.batch) return again(await readItems(db, hook, hook.batch))
  const items = await readWaiting(db, hook)
  if (items.length === 0) return undefined
  const usage = needsUsage(hook) ? await readUsage(db, hook) : NOTHING
  const reasons = sift(hook, items, usage)
  const passing = items.filter((_item, index) => reasons[index] === undefined)
  const isDigest = hook.kind === 'openclaw' && passing.length >= DIGEST_FROM
  const sent = isDigest ? withinBytes(passing) : passing.slice(0, 1)
  // What comes behind is judged when it is its turn.
  const end = sent.length > 0 ? items.indexOf(sent.at(-1) as Item) : items.length
  const skipped = items.slice(0, end).flatMap((item, index) => {
    const reason = reasons[index]
    return reason === undefined ? [] : [{ item, reason }]
  })
  return { sent, skipped }
}

const NOTHING: Usage = { hour: 0, day: 0, pairs: new Map() }

function needsUsage({ kind, max_per_hour, max_per_day }: Hook): boolean {
  return kind !== 'standard' || max_per_hour !== null || max_per_day !== null
}

/** What was chosen before and not delivered. A post that was deleted meanwhile is not sent any more. */
function again(items: readonly Item[]): Turn {
  const isThere = (item: Item) => item.eventId !== null && item.stands
  return {
    sent: items.filter(isThere),
    skipped: items
      .filter((item) => !isThere(item))
      .map((item) => ({ item, reason: item.eventId === null ? 'event_expired' : 'post_deleted' })),
  }
}

function withinBytes(items: readonly Item[]): Item[] {
  let left = DIGEST_BYTES
  const end = items.findIndex((item) => {
    left -= LINES_BYTES + Buffer.byteLength(textOf(item))
    return left < 0
  })
  return items.slice(0, end === -1 ? items.length : Math.max(1, end))
}

/** The post that an event tells of; a follow has none. */
export function postOf({ type, payload }: Item): Post | undefined {
  return type === 'post.created' ? (JSON.parse(payload) as Post) : undefined
}

/** What stands in the post, and in what it quotes. */
export function textOf(item: Item): string {
  const post = postOf(item)
  if (!post) return ''
  const original = post.repost_of && 'content' in post.repost_of ? post.repost_of.content : ''
  return post.content + original
}
