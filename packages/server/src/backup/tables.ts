import pg from 'pg'
import type { Db } from '../db/pool.ts'

export interface Table {
  readonly name: string
  readonly columns: readonly string[]
  /** Those of type `jsonb`. */
  readonly json: readonly string[]
}

/** Everything but what says which migrations this database has seen. */
export async function readTables(db: Db): Promise<Table[]> {
  const { rows } = await db.query<Table>(
    `select c.relname::text as name, array_agg(a.attname::text order by a.attnum) as columns,
       coalesce(array_agg(a.attname::text) filter (where a.atttypid = 'jsonb'::regtype), '{}') as json
     from pg_class c join pg_attribute a on a.attrelid = c.oid
     where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and c.relname <> 'schema_migrations'
       and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
     group by c.relname order by c.relname`,
  )
  return rows
}

const quoted = pg.escapeIdentifier

/** Reads each row of a table as a line of a backup. */
export function linesStatement({ name, json }: Table): string {
  // In JSON a column that holds `null` would look like one that holds nothing, so that is left out.
  const row = json.reduce(
    (sql, column) => `${sql} - case when t.${quoted(column)} is null then '${column}' else '' end`,
    'to_jsonb(t)',
  )
  return `select '{"table":"${name}","row":' || (${row})::text || '}' as line from ${quoted(name)} t`
}

/** Writes rows of a table from texts of JSON, as the lines of a backup have them, in `$1`. */
export function insertStatement({ name, columns, json }: Table): string {
  const values = columns.map((column) =>
    json.includes(column) ? `given.json -> '${column}'` : `r.${quoted(column)}`,
  )
  return `insert into ${quoted(name)} (${columns.map(quoted).join(', ')}) overriding system value
    select ${values.join(', ')}
    from (select row::jsonb as json from unnest($1::text[]) row) given
      cross join lateral jsonb_populate_record(null::${quoted(name)}, given.json) r`
}
