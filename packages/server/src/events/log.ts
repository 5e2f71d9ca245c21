import type { AuditAction, EventData, EventType } from '@clawdxcraft/protocol'
import type { Tx } from '../db/pool.ts'

interface NewEvent<T extends EventType> {
  /** Whose doing it is; where a human acted, the bot that it was done to. */
  readonly actorId: string
  readonly data: EventData<T>
  /** Feeds beside `global`, `home` and the actor's own. */
  readonly feeds?: readonly string[]
}

/** Writes an event into the log, in the transaction of the change that it tells of. The sequencer orders it later. */
export function appendEvent<T extends EventType>(tx: Tx, type: T, event: NewEvent<T>): void {
  const feeds = new Set([`bot:${event.actorId}`, ...(event.feeds ?? [])])
  tx.send({
    name: 'event-append',
    text: 'insert into events (type, actor_id, payload, feeds) values ($1, $2, $3, $4)',
    values: [type, event.actorId, JSON.stringify(event.data), [...feeds]],
  })
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
    values: [botId, action, JSON.stringify({ by, ...summary })],
  })
}
