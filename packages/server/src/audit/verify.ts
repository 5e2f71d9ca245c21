import { AuditAction } from '@clawdxcraft/protocol'
import type { Db } from '../db/pool.ts'
import { ORIGIN, ROW_DIGEST, nextLink } from '../events/audit-chain.ts'
import type { Link } from '../events/audit-chain.ts'

const PAGE = 1_000
const MOST_FAULTS = 20
// No row of ours has an id below 1; somebody else's may.
const LOWEST = -(2n ** 63n)

/** A head that was noted elsewhere. */
export interface NotedHead {
  readonly n: bigint
  readonly hash: Buffer
}

export interface Verified {
  /** In sentences, twenty at most; none where the log is as it was written. */
  readonly faults: readonly string[]
  /** How many more there are. */
  readonly unnamed: number
  readonly links: bigint
  readonly waiting: number
  readonly head: NotedHead
}

export interface VerifyOptions {
  readonly expected: NotedHead | undefined
  readonly signal: AbortSignal
  /** Called after each page of links. */
  readonly progress: (done: bigint, total: bigint) => void
}

interface Row {
  readonly id: string
  readonly action: string
  readonly bot_id: string | null
  readonly at: string
}

interface LinkRow extends Row {
  readonly n: string
  readonly row_id: string
  readonly chained: Buffer
  readonly hash: Buffer
  readonly found: boolean
  readonly digest: Buffer
}

/**
 * Holds the audit log against its chain, in pages. After a fault it goes on from what is stored, so that one change does
 * not blame what follows. Needs one snapshot throughout: a transaction that is `repeatable read`.
 */
export async function verifyAudit(tx: Db, options: VerifyOptions): Promise<Verified> {
  const walk = new Walk(options.expected)
  const head = await readHead(tx)
  for (;;) {
    options.signal.throwIfAborted()
    const page = await readLinks(tx, walk.last.n, PAGE)
    for (const row of page) walk.take(row)
    options.progress(walk.last.n, head?.n ?? walk.last.n)
    if (page.length < PAGE) break
  }
  walk.end(head)
  const upTo = head && head.rowId > walk.last.rowId ? head.rowId : walk.last.rowId
  const { rows } = await tx.query<{ chained: string; waiting: string }>(
    'select count(*) filter (where id <= $1) as chained, count(*) filter (where id > $1) as waiting from audit_log',
    [upTo],
  )
  const unlinked = Number(rows[0]?.chained) - walk.found
  if (unlinked > 0) walk.unlinked(await readUnlinked(tx, LOWEST, upTo), unlinked)
  const { faults, unnamed, last } = walk
  return { faults, unnamed, links: last.n, waiting: Number(rows[0]?.waiting), head: last }
}

export interface VerifiedPart {
  /** The last link that was looked at. */
  readonly last: Link
  /** The first thing that is wrong. */
  readonly fault: string | undefined
}

/**
 * Holds the links behind one that was good against their rows, as many as are asked for and no further than the head.
 * Needs no transaction: what stands in the chain does not change any more.
 */
export async function verifyPart(db: Db, from: Link, most: bigint): Promise<VerifiedPart> {
  const walk = new Walk(undefined, from)
  const head = await readHead(db)
  const left = () => (head && head.n < from.n + most ? head.n : from.n + most) - walk.last.n
  let isAtEnd = !head
  while (!isAtEnd && left() > 0n && walk.faults.length === 0) {
    const page = await readLinks(db, walk.last.n, Math.min(PAGE, Number(left())))
    for (const row of page) walk.take(row)
    isAtEnd = page.length === 0
  }
  if (isAtEnd || walk.last.n === head?.n) walk.end(head)
  const after = from.n === 0n ? LOWEST : from.rowId
  const unlinked = (await countRows(db, after, walk.last.rowId)) - walk.found
  if (unlinked > 0) walk.unlinked(await readUnlinked(db, after, walk.last.rowId), unlinked)
  return { last: walk.last, fault: walk.faults[0] }
}

/** Goes along the chain and notes what does not fit. */
class Walk {
  readonly faults: string[] = []
  unnamed = 0
  /** How many links have found their row. */
  found = 0
  last: Link
  readonly #expected: NotedHead | undefined

  constructor(expected: NotedHead | undefined, from = ORIGIN) {
    this.#expected = expected
    this.last = from
    this.#compare(from)
  }

  take(row: LinkRow): void {
    const link = { n: BigInt(row.n), rowId: BigInt(row.row_id), digest: row.chained, hash: row.hash }
    this.#takeLink(link)
    if (!row.found) this.#note(`Row ${link.rowId} is missing: it was taken out after it was written`)
    else if (!row.digest.equals(link.digest)) this.#note(`${describe(row)} was changed after it was written`)
    if (row.found) this.found++
    this.last = link
    this.#compare(link)
  }

  #takeLink(link: Link): void {
    const { last } = this
    const next = nextLink(last, link.rowId, link.digest)
    if (link.n > next.n) {
      const missing = link.n - next.n > 1n ? `Links ${next.n} to ${link.n - 1n} are` : `Link ${next.n} is`
      this.#note(`${missing} missing from the chain, between row ${last.rowId} and row ${link.rowId}`)
    } else if (!link.hash.equals(next.hash) || link.rowId <= last.rowId) {
      this.#note(`Link ${link.n} of the chain, that of row ${link.rowId}, does not fit the one before it`)
    }
  }

  end(head: Link | undefined): void {
    const { last } = this
    if (!head) this.#note('The head of the chain is missing')
    else if (head.n > last.n) {
      this.#note(
        `The end is cut off: the chain stops at link ${last.n} (row ${last.rowId}), ` +
          `its head is link ${head.n} (row ${head.rowId})`,
      )
    } else if (head.n < last.n) {
      this.#note(
        `The chain goes on behind its head, link ${head.n} (row ${head.rowId}), ` +
          `to link ${last.n} (row ${last.rowId}): the network did not write that`,
      )
    } else if (head.rowId !== last.rowId || !head.hash.equals(last.hash)) {
      this.#note(`The head of the chain is not its last link, ${last.n} (row ${last.rowId})`)
    }
    if (this.#expected && this.#expected.n > last.n) {
      this.#note(`The chain stops at link ${last.n}, before the one that was noted, ${this.#expected.n}`)
    }
  }

  unlinked(rows: readonly Row[], count: number): void {
    for (const row of rows) {
      this.#note(
        `${describe(row)} has no link in the chain: the network did not write it, or the link was taken out`,
      )
    }
    this.unnamed += count - rows.length
  }

  #compare(link: Link): void {
    const expected = this.#expected
    if (expected?.n !== link.n || expected.hash.equals(link.hash)) return
    this.#note(`Link ${link.n} (row ${link.rowId}) is not the one that was noted: the chain was written anew`)
  }

  #note(fault: string): void {
    if (this.faults.length < MOST_FAULTS) this.faults.push(fault)
    else this.unnamed++
  }
}

/** Which row it is, without its metadata; an action that is none of ours may hold anything. */
function describe({ id, action, bot_id: botId, at }: Row): string {
  const what = AuditAction.safeParse(action).success ? action : 'of an unknown action'
  return `Row ${id} (${what} by ${botId === null ? 'no bot' : `bot ${botId}`}, ${at})`
}

const ROW = `a.id, a.action, a.bot_id, (a."timestamp" at time zone 'UTC')::text || 'Z' as at`

export async function readHead(tx: Db): Promise<Link | undefined> {
  const { rows } = await tx.query<{ n: string; row_id: string; hash: Buffer }>(
    'select n, row_id, hash from audit_head where k = 1',
  )
  const head = rows[0]
  return head && { ...ORIGIN, n: BigInt(head.n), rowId: BigInt(head.row_id), hash: head.hash }
}

async function readLinks(tx: Db, after: bigint, limit: number): Promise<LinkRow[]> {
  const { rows } = await tx.query<LinkRow>({
    name: 'audit-links',
    text: `select c.n, c.row_id, c.digest as chained, c.hash, a.id is not null as found, a.digest, ${ROW}
           from (select * from audit_chain where n > $1 order by n limit $2) c
           left join lateral (select *, ${ROW_DIGEST} as digest from audit_log where id = c.row_id) a on true
           order by c.n`,
    values: [after, limit],
  })
  return rows
}

async function countRows(tx: Db, after: bigint, upTo: bigint): Promise<number> {
  const { rows } = await tx.query<{ count: number }>({
    name: 'audit-rows-between',
    text: 'select count(*)::int as count from audit_log where id > $1 and id <= $2',
    values: [after, upTo],
  })
  return rows[0]?.count ?? 0
}

async function readUnlinked(tx: Db, after: bigint, upTo: bigint): Promise<Row[]> {
  const { rows } = await tx.query<Row>(
    `select ${ROW} from audit_log a
     where a.id > $1 and a.id <= $2 and not exists (select from audit_chain c where c.row_id = a.id)
     order by a.id limit $3`,
    [after, upTo, MOST_FAULTS],
  )
  return rows
}
