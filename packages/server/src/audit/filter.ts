import type { QueryOf, auditExport } from '@clawdxcraft/protocol'
import type { Db } from '../db/pool.ts'
import { botIdOf } from '../views/bots.ts'

export type AuditFilter = QueryOf<typeof auditExport>

/** What a filter comes to: rows between two ids for which all conditions hold. */
export interface Selection {
  readonly after: string
  readonly before: string
  readonly conditions: readonly string[]
  /** From $4 on; the first three are the two ids and how many rows. */
  readonly values: readonly unknown[]
  /** What stands before the id in the index that they are to be found in. */
  readonly key: string | undefined
  /** The parameter with the actions where that is the key: each has its own place in the index. */
  readonly actions: string | undefined
}

// A row has the time at which its transaction began, and its id from later on: no transaction takes as long as this.
const SLACK_MS = 30_000
const EVER = { after: '0', before: '9223372036854775807' }

// As in the index, word by word.
const OBJECT = `coalesce(metadata_json ->> 'post_id', metadata_json ->> 'run_id', metadata_json ->> 'webhook_id',
            metadata_json ->> 'key_id') collate "C"`
const BY = `metadata_json ->> 'by'`
const NAME = `metadata_json ->> 'name'`

export async function selectionOf(db: Db, filter: AuditFilter): Promise<Selection> {
  const { bot, action, name, since, until, object } = filter
  // Only humans have names.
  const by = filter.by ?? (name === undefined ? undefined : 'human')
  const botId = bot === undefined ? undefined : await botIdOf(db, bot)
  const key = keyOf(filter)
  const values: unknown[] = []
  const given = (value: unknown, condition: (parameter: string) => string) =>
    value === undefined ? [] : [condition(`$${values.push(value) + 3}`)]
  const is = (column: string) => (parameter: string) =>
    column === key ? isAt(column, parameter) : `${column} = ${parameter}`
  const conditions = [
    // Where something sharper is the key, no index for bots is to be tempting.
    ...given(botId, key === OBJECT || key === BY ? (n) => `bot_id + 0 = ${n}` : is('bot_id')),
    ...given(object, is(OBJECT)),
    ...given(by, is(BY)),
    ...given(name, (n) => `${NAME} = ${n}`),
    ...(key === BY ? [`${BY} <> 'bot'`] : []),
    ...given(since, (n) => `"timestamp" >= ${n}`),
    ...given(until, (n) => `"timestamp" < ${n}`),
    ...given(key === 'action' ? undefined : action, (n) => `action = any(${n})`),
  ]
  const actions = key === 'action' ? `$${values.push(action) + 3}` : undefined
  return { ...(await spanOf(db, filter)), conditions, values, key, actions }
}

/** The sharpest of what was asked for. What bots do is nearly everything, so that is no key. */
function keyOf({ bot, action, by, name, object }: AuditFilter): string | undefined {
  if (object !== undefined) return OBJECT
  if (name !== undefined || (by !== undefined && by !== 'bot')) return BY
  if (action !== undefined) return 'action'
  return bot === undefined ? undefined : 'bot_id'
}

/**
 * Equality with the key, between the two ids. Told in a way that leaves the planner no choice but the index of both: for
 * an equal one, or a plain range of ids, it expects a walk through the table to be short, whatever the values are.
 */
function isAt(column: string, value: string): string {
  return `${column} >= ${value} and ${column} <= ${value}
       and (${column}, id) > (${value}, $1) and (${column}, id) < (${value}, $2)`
}

/** The statement for a page: `$1` and `$2` are the ids that it lies between, `$3` is how many rows it has at most. */
export function pageStatement({ conditions, key, actions }: Selection, order: 'asc' | 'desc'): string {
  const keys = key === undefined ? '' : `${key} ${order}, `
  const page = (more: readonly string[]) =>
    `select id, bot_id, action, metadata_json, "timestamp" from audit_log
     where ${[...conditions, ...more].join(' and ')} order by ${keys}id ${order} limit $3`
  if (key === undefined) return page(['id > $1', 'id < $2'])
  if (actions === undefined) return page([])
  return `select entry.* from unnest(${actions}::text[]) wanted(action)
          cross join lateral (${page([isAt('action', 'wanted.action')])}) entry
          order by entry.id ${order} limit $3`
}

async function spanOf(db: Db, { since, until }: AuditFilter): Promise<{ after: string; before: string }> {
  const { after } = since === undefined ? EVER : await placeOf(db, Date.parse(since) - SLACK_MS)
  const { before } = until === undefined ? EVER : await placeOf(db, Date.parse(until) + SLACK_MS)
  return { after, before }
}

/**
 * Between which ids a time lies, by halving: rows came in nearly the order of their times, and an index by time would
 * cost every write.
 */
async function placeOf(db: Db, ms: number): Promise<{ after: string; before: string }> {
  const { rows } = await db.query<{ after: string | null; before: string | null }>({
    name: 'audit-place-of-time',
    text: `with recursive place(after, before) as (
             select (select min(id) from audit_log) - 1, (select max(id) from audit_log) + 1
             union all
             select case when entry.is_early then entry.id else after end, case when entry.is_early then before else middle end
             from place cross join lateral (select (after + before) / 2 as middle) half
             cross join lateral (
               select id, "timestamp" < $1 as is_early from audit_log where id >= middle order by id limit 1) entry
             where before - after > 1)
           select after, before from place order by before - after limit 1`,
    values: [new Date(ms).toISOString()],
  })
  const [place] = rows
  // An empty log has no places.
  return { after: place?.after ?? EVER.after, before: place?.before ?? EVER.before }
}
