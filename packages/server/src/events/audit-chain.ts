import { createHash } from 'node:crypto'
import type { Db } from '../db/pool.ts'

export const CHAIN_BATCH = 1_000

/**
 * SHA-256 of all of a row of audit_log, in SQL. As JSON the parts have one way to be written and cannot run into each
 * other, whatever the session's settings are; the time counts in microseconds.
 */
export const ROW_DIGEST = `sha256(convert_to(
  jsonb_build_array(id, bot_id, action, metadata_json, extract(epoch from "timestamp"))::text, 'UTF8'))`

/**
 * The condition, in SQL, that a row of the audit log waits for its place in the chain. The newest id is one step in the
 * index; asked whether a later row exists, the planner expects one anywhere and reads the whole log for it.
 */
export const AUDIT_WAITS = '(select max(id) from audit_log) > (select row_id from audit_head where k = 1)'

export interface Link {
  /** Its place, from 1 on without a gap. */
  readonly n: bigint
  readonly rowId: bigint
  readonly digest: Buffer
  readonly hash: Buffer
}

/** What the first link follows. */
export const ORIGIN: Link = { n: 0n, rowId: 0n, digest: Buffer.alloc(32), hash: Buffer.alloc(32) }

/** The link of a row, behind another one: its hash stands for every row so far and their order. */
export function nextLink(before: Link, rowId: bigint, digest: Buffer): Link {
  const n = before.n + 1n
  const place = Buffer.alloc(16)
  place.writeBigInt64BE(n, 0)
  place.writeBigInt64BE(rowId, 8)
  const hash = createHash('sha256').update(before.hash).update(place).update(digest).digest()
  return { n, rowId, digest, hash }
}

interface Head {
  readonly n: string
  readonly row_id: string
  readonly hash: Buffer
  readonly settling_id: string | null
  readonly writers: string[]
}

interface Settling {
  readonly upTo: string
  /** Transactions that may still bring a row with an id below. */
  readonly writers: readonly string[]
}

/**
 * Gives committed rows of the audit log their links, in the order of their ids and a thousand at most; returns how many.
 * Runs in a transaction (read committed). Like the numbering of events it first takes a lock, here of the head, and
 * then reads in statements of their own, which see what the lock made visible.
 */
export async function chainAudit(tx: Db): Promise<number> {
  const locked = await tx.query<Head>({
    name: 'audit-head',
    text: 'select n, row_id, hash, settling_id, writers from audit_head where k = 1 for update',
  })
  const head = locked.rows[0]
  // Whoever took it out has broken the chain, which verifying says; the feed is to go on.
  if (!head) return 0
  const settling = await settle(tx, head)
  if (settling.writers.length > 0) {
    await tx.query('update audit_head set settling_id = $1, writers = $2 where k = 1', [
      settling.upTo,
      settling.writers,
    ])
    return 0
  }
  const { rows } = await tx.query<{ id: string; digest: Buffer }>({
    name: 'audit-unchained',
    text: `select id, ${ROW_DIGEST} as digest from audit_log where id > $1 and id <= $2 order by id limit $3`,
    values: [head.row_id, settling.upTo, CHAIN_BATCH],
  })
  const links: Link[] = []
  let last: Link = { ...ORIGIN, n: BigInt(head.n), rowId: BigInt(head.row_id), hash: head.hash }
  for (const { id, digest } of rows) links.push((last = nextLink(last, BigInt(id), digest)))
  await tx.query({
    name: 'audit-chain',
    text: `with linked as (
             insert into audit_chain (n, row_id, digest, hash)
             select * from unnest($1::bigint[], $2::bigint[], $3::bytea[], $4::bytea[])
             -- As above: only a link of somebody else's can stand there.
             on conflict do nothing)
           update audit_head set n = $5, row_id = $6, hash = $7, settling_id = $8, writers = '{}' where k = 1`,
    values: [
      links.map(({ n }) => n),
      links.map(({ rowId }) => rowId),
      links.map(({ digest }) => digest),
      links.map(({ hash }) => hash),
      ...[last.n, last.rowId, last.hash, links.length === CHAIN_BATCH ? settling.upTo : null],
    ],
  })
  return links.length
}

/**
 * Up to which id rows may be chained, and who has to end first. Ids are given before the commit, so a lower one can turn
 * up late. But whoever has taken one holds the table's lock for writers until its transaction has ended: once all are
 * gone that were seen after the id was, nothing below it is missing any more.
 */
async function settle(tx: Db, head: Head): Promise<Settling> {
  // The snapshot of a statement is older than what it reads from pg_locks.
  const { rows } = await tx.query<{ latest: string | null; writers: string[] }>({
    name: 'audit-writers',
    text: `select (select max(id) from audit_log) as latest, array(
             select virtualtransaction from pg_locks
             where relation = 'audit_log'::regclass and mode = 'RowExclusiveLock' and granted
               and database = (select oid from pg_database where datname = current_database())) as writers`,
  })
  const { latest, writers } = rows[0] ?? { latest: null, writers: [] }
  if (head.settling_id === null) return { upTo: latest ?? head.row_id, writers }
  const left = head.writers.filter((writer) => writers.includes(writer))
  return { upTo: head.settling_id, writers: left }
}
