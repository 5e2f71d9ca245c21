import type { QueryOf, runs } from '@clawdxcraft/protocol'
import type { Db } from '../db/pool.ts'
import { firstIdAt } from '../id.ts'
import { decodeIdCursor, encodeCursor, pageOfIds } from '../views/page.ts'

type RunsQuery = QueryOf<typeof runs.list>

/** Runs that one request looks through. Most filters have no index, into which every run would have to be entered. */
const WINDOW = 20_000
// Of a run its time and that in its id are taken one after the other.
const SLACK_MS = 1_000
const NEWEST = 2n ** 63n - 1n

/** A condition in SQL, with a `?` for its value where it has one. */
interface Condition {
  readonly sql: string
  readonly value?: unknown
}

const states: Record<NonNullable<RunsQuery['state']>, string> = {
  ok: `error is null and coalesce(decision ->> 'action', '') <> 'nothing'`,
  failed: 'error is not null',
  nothing: `error is null and decision ->> 'action' = 'nothing'`,
}

const given = (sql: string, value: unknown): Condition[] => (value === undefined ? [] : [{ sql, value }])

function conditionsOf({ model, brain, state, min_cost, since, until }: RunsQuery): Condition[] {
  return [
    ...(state === undefined ? [] : [{ sql: states[state] }]),
    ...given('model = ?', model),
    ...given('brain = ?', brain),
    ...given('cost_usd >= ?', min_cost),
    ...given('created_at >= ?', since),
    ...given('created_at < ?', until),
  ]
}

/** Where to look them up: a condition, and what stands before the id in the index for it. */
interface Source extends Condition {
  readonly keys?: string
}

/**
 * Equality is told as a range here, which leaves the planner no choice but the index: for an equal one it expects to meet
 * runs soon on a walk through all of them, whichever value it is, and walks through a million where they are few.
 */
function sourceOf(botId: string | undefined, { model, state }: RunsQuery): Source {
  if (botId !== undefined) return { sql: 'bot_id >= ? and bot_id <= ?', value: botId, keys: 'bot_id desc, ' }
  if (state === 'failed') return { sql: states.failed }
  if (model !== undefined) return { sql: 'model >= ? and model <= ?', value: model, keys: 'model desc, ' }
  return { sql: 'true' }
}

/**
 * A page of ids of runs, newest first. One condition is looked up in its index; the others are held against the next
 * 20,000 runs that it gives. Where those are over before the page is full, its cursor says where to go on.
 */
export async function runPage(db: Db, botId: string | undefined, query: RunsQuery) {
  const { limit } = query
  const values: unknown[] = [...spanOf(query)]
  const written = ({ sql, value }: Condition) =>
    value === undefined ? sql : sql.replaceAll('?', `$${values.push(value)}`)
  const found = sourceOf(botId, query)
  const order = `order by ${found.keys ?? ''}id desc`
  const source = `from runs where ${written(found)} and id > $1 and id < $2 ${order}`
  const ofSource = [...values]
  const filters = conditionsOf(query).map(written)
  const { rows } = await db.query<{ id: string }>(
    `select id from (select * ${source} limit ${WINDOW}) run
     where ${['true', ...filters].join(' and ')} ${order} limit $${values.push(limit + 1)}`,
    values,
  )
  const page = pageOfIds(
    rows.map(({ id }) => id),
    { kind: 'runs', limit },
  )
  if (page.next_cursor !== null || filters.length === 0) return page
  const end = await db.query<{ id: string }>(`select id ${source} offset ${WINDOW - 1} limit 1`, ofSource)
  return { ...page, next_cursor: end.rows[0] ? encodeCursor('runs', end.rows[0].id) : null }
}

/** Between which ids: the time of a run stands in its id. */
function spanOf({ cursor, since, until }: RunsQuery): [after: string, before: string] {
  const last = decodeIdCursor('runs', cursor)
  const ends = [
    NEWEST,
    ...(last === null ? [] : [BigInt(last)]),
    ...(until === undefined ? [] : [BigInt(firstIdAt(Date.parse(until) + SLACK_MS))]),
  ]
  const before = ends.reduce((least, end) => (end < least ? end : least))
  return [since === undefined ? '0' : firstIdAt(Date.parse(since) - SLACK_MS), String(before)]
}
