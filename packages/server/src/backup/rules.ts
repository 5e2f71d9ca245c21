import type { Db } from '../db/pool.ts'

interface Rule {
  readonly drop: string
  readonly make: string
}

// Rows come table by table, so a reference may come before what it names.
const REFERENCES = `
  select format('alter table %s drop constraint %I', conrelid::regclass, conname) as drop,
    format('alter table %s add constraint %I %s', conrelid::regclass, conname, pg_get_constraintdef(oid)) as make
  from pg_constraint where contype = 'f' and connamespace = 'public'::regnamespace`

// To make them of all rows at once takes a fraction of the time. Those of keys stay: they are rules.
const INDEXES = `
  select format('drop index %s', indexrelid::regclass) as drop, pg_get_indexdef(indexrelid) as make
  from pg_index join pg_class c on c.oid = indexrelid
  where c.relnamespace = 'public'::regnamespace and not indisunique`

/** Takes references and indexes away while rows are read in; the function that is returned puts them back, and checks. */
export async function setAside(db: Db): Promise<() => Promise<void>> {
  const rules = [...(await read(db, REFERENCES)), ...(await read(db, INDEXES))]
  for (const { drop } of rules) await db.query(drop)
  return async () => {
    for (const { make } of rules.toReversed()) await db.query(make)
  }
}

async function read(db: Db, text: string): Promise<Rule[]> {
  return (await db.query<Rule>(text)).rows
}
