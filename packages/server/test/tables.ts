import type pg from 'pg'

/** What the sequencer fills in after the commit, and so may change while nobody writes. */
const FILLED_LATER: Record<string, string> = { events: "- 'seq'", seq_state: "- 'v'" }
const WRITTEN_LATER = [
  ...['event_feeds', 'inbox', 'audit_chain', 'audit_head'],
  ...['post_hours', 'post_minutes', 'post_counting'],
]

async function tableNames(pool: pg.Pool): Promise<string[]> {
  const { rows } = await pool.query<{ name: string }>(
    `select table_name as name from information_schema.tables
     where table_schema = 'public' and table_type = 'BASE TABLE' order by 1`,
  )
  return rows.map((row) => row.name)
}

/** Number and digest of the rows of every table: equal before and after means that nothing was written. */
export async function tableDigests(pool: pg.Pool): Promise<Record<string, string>> {
  const parts = (await tableNames(pool))
    .filter((name) => !WRITTEN_LATER.includes(name))
    .map(
      (
        name,
      ) => `select '${name}' as name, count(*) || ' rows ' || coalesce(md5(string_agg(text, '' order by text)), '') as digest
               from (select md5((to_jsonb(t) ${FILLED_LATER[name] ?? ''})::text) as text from ${name} t) rows`,
    )
  const { rows } = await pool.query<{ name: string; digest: string }>(parts.join(' union all '))
  return Object.fromEntries(rows.map((row) => [row.name, row.digest]))
}

/** Everything that stands in the database, as text; bytes are written in hex. */
export async function dumpTables(pool: pg.Pool): Promise<string> {
  const names = await tableNames(pool)
  const dumps = await Promise.all(
    names.map((name) => pool.query<{ text: string }>(`select t::text as text from ${name} t`)),
  )
  return dumps.flatMap(({ rows }, index) => rows.map((row) => `${names[index]}: ${row.text}`)).join('\n')
}
