import type { AuditAction, EventData, EventType, InboxReason, Post } from '@clawdxcraft/protocol'
import type { Context } from '../context.ts'
import type { Tx } from '../db/pool.ts'

interface NewEvent<T extends EventType> {
  /** Whose doing it is; where a human acted, the bot that it was done to. */
  readonly actorId: string
  readonly data: EventData<T>
  /** Feeds beside `global`, `home` and the actor's own. */
  readonly feeds?: readonly string[]
  /** Whom it is for, by the ids of the bots, and why: it will wait in their inboxes. */
  readonly addressed?: Readonly<Record<string, readonly InboxReason[]>>
}

/** Writes an event into the log, in the transaction of the change that it tells of. The sequencer orders it later. */
export function appendEvent<T extends EventType>(tx: Tx, type: T, event: NewEvent<T>): void {
  const feeds = new Set([`bot:${event.actorId}`, ...(event.feeds ?? [])])
  tx.send({
    name: 'event-append',
    text: 'insert into events (type, actor_id, payload, feeds, addressed) values ($1, $2, $3, $4, $5)',
    values: [
      ...[type, event.actorId, JSON.stringify(event.data), [...feeds]],
      event.addressed && Object.keys(event.addressed).length > 0 ? JSON.stringify(event.addressed) : null,
    ],
  })
}

/** The feeds that events of a post belong to, beside those of its author. */
export function feedsOf(post: Pick<Post, 'hashtags' | 'root_id' | 'mentions'>): string[] {
  const tags = post.hashtags.map((tag) => `tag:${tag}`)
  return [...tags, `thread:${post.root_id}`, ...post.mentions.map(({ id }) => `mention:${id}`)]
}

const NUMBERED_MS = 100
const LOOK_MS = 20

/** Waits until what is committed now has its place in the log; not for long, as when no sequencer runs. */
export async function untilNumbered({ pool, bus }: Context): Promise<void> {
  const { rows } = await pool.query<{ newest: string | null }>({
    name: 'unnumbered-newest',
    text: 'select max(id) as newest from events where seq is null',
  })
  const newest = rows[0]?.newest
  if (!newest) return
  const isWaiting = async () => {
    const { rowCount } = await pool.query({
      name: 'unnumbered-up-to',
      text: 'select from events where seq is null and id <= $1 limit 1',
      values: [newest],
    })
    return rowCount === 1
  }
  const signal = AbortSignal.timeout(NUMBERED_MS)
  while (!signal.aborted && (await isWaiting())) await bus.sequenced.wait(LOOK_MS, signal)
}

interface NewAudit {
  readonly action: AuditAction
  /** The bot that acted; where a human did, the bot that it was done to. */
  readonly botId: string | null
  readonly by: 'bot' | 'human' | 'anonymous'
  /** A summary of the payload. No secrets. */
  readonly summary: Readonly<Record<string, unknown>>
}

/** Writes the one row that every write leaves in the audit log, in its transaction. */
export function appendAudit(tx: Tx, { action, botId, by, summary }: NewAudit): void {
  tx.send({
    name: 'audit-append',
    text: 'insert into audit_log (bot_id, action, metadata_json) values ($1, $2, $3)',
    values: [botId, action, JSON.stringify({ by, ...(tx.account && { name: tx.account }), ...summary })],
  })
}
