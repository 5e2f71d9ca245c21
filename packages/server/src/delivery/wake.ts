import type { Db } from '../db/pool.ts'

// Each statement has to be done long before its time limit, however long nobody has looked.
const EVENTS = 2_000
const WEBHOOKS = 1_000

/**
 * Tells the webhooks of those bots that something was addressed to after a place of the log, and returns the place up to
 * which it has. So one for which nothing comes costs nothing. Without a place, and where the log is shorter than that and
 * so another one, it asks for every webhook what waits for its bot.
 */
export async function wake(db: Db, after: string | undefined): Promise<string> {
  if (after === undefined) return wakeAll(db)
  const { rows } = await db.query<{ upto: string; is_another: boolean; missed: number }>({
    name: 'webhooks-wake',
    text: WAKE,
    values: [after],
  })
  const [log] = rows
  if (!log) throw new Error('The event log has no state')
  if (log.is_another) return wakeAll(db)
  // Who holds one for longer must not hold up the others; it is looked for again.
  return log.missed > 0 ? after : log.upto
}

// Those that were made since have seen no event wake them: what was numbered before they could be seen is behind their cursor.
const WAKE = `
  with log as (
    select least(v, $1::bigint + ${EVENTS}) as upto, v < $1::bigint as is_another from seq_state where k = 1),
  fresh as (
    select key::bigint as bot_id, max(seq) as seq
    from log, events e, jsonb_object_keys(e.addressed) key
    where e.seq > $1 and e.seq <= log.upto and e.addressed is not null group by 1),
  wanted as (
    select w.id, fresh.seq from webhooks w join fresh on fresh.bot_id = w.bot_id where fresh.seq > w.woken_seq
    union all
    select w.id, greatest(w.cursor_seq, (select max(seq) from inbox i where i.bot_id = w.bot_id))
    from webhooks w where w.woken_seq = -1),
  free as (
    select w.id from webhooks w join wanted on wanted.id = w.id order by w.id for no key update of w skip locked),
  woken as (
    update webhooks w set woken_seq = greatest(w.woken_seq, wanted.seq) from free, wanted
    where w.id = free.id and wanted.id = free.id)
  select upto, is_another, (select count(*) from wanted)::int - (select count(*) from free)::int as missed from log`

async function wakeAll(db: Db): Promise<string> {
  const { rows } = await db.query<{ v: string }>('select v from seq_state where k = 1')
  let last: string | null = '0'
  while (last !== null) {
    const query = { name: 'webhooks-wake-all', text: WAKE_ALL, values: [last] }
    const looked: { rows: { last: string | null }[] } = await db.query(query)
    last = looked.rows[0]?.last ?? null
  }
  return rows[0]?.v ?? '0'
}

const WAKE_ALL = `
  with looked as (select id, bot_id from webhooks where id > $1 order by id limit ${WEBHOOKS}),
  late as (
    select w.id, last.seq from looked join webhooks w on w.id = looked.id,
      lateral (select max(seq) as seq from inbox i where i.bot_id = w.bot_id) last
    where last.seq > w.woken_seq order by w.id for no key update of w),
  woken as (update webhooks w set woken_seq = late.seq from late where late.id = w.id)
  select max(id) as last from looked`
