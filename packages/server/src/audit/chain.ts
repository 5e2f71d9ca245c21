import type { AuditChain } from '@clawdxcraft/protocol'
import type { Context } from '../context.ts'
import type { Db } from '../db/pool.ts'
import { ORIGIN } from '../events/audit-chain.ts'
import type { Link } from '../events/audit-chain.ts'
import { readHead, verifyPart } from './verify.ts'

const PART = 20_000n
const WAITING_MAX = 10_000

interface Watch {
  /** Up to here the chain was good. */
  last: Link
  verified: AuditChain['verified']
  isBusy: boolean
}

const watches = new WeakMap<Context, Watch>()

/** How long the chain is and how far it was verified. Each call has the next part verified, for whoever asks next. */
export async function chainState(context: Context): Promise<AuditChain> {
  const { pool } = context
  const watch = watchOf(context)
  const head = await readHead(pool)
  const waiting = await countWaiting(pool, head?.rowId ?? 0n)
  const { verified } = watch
  if (!watch.isBusy) void verifyOn(context, watch, head)
  return {
    links: Number(head?.n ?? 0n),
    head_hash: head?.hash.toString('hex') ?? null,
    waiting,
    verified,
  }
}

function watchOf(context: Context): Watch {
  const known = watches.get(context)
  if (known) return known
  const watch: Watch = { last: ORIGIN, verified: null, isBusy: false }
  watches.set(context, watch)
  return watch
}

async function verifyOn({ pool, log }: Context, watch: Watch, head: Link | undefined): Promise<void> {
  watch.isBusy = true
  try {
    // A backup was restored.
    const from = head && head.n < watch.last.n ? ORIGIN : watch.last
    const { last, fault } = await verifyPart(pool, from, PART)
    // What is wrong is looked at again the next time: it may have been put right.
    watch.last = fault === undefined ? last : from
    watch.verified = {
      up_to: Number(watch.last.n),
      at: new Date().toISOString(),
      ok: fault === undefined,
      ...(fault !== undefined && { fault }),
    }
  } catch (error) {
    log.warn({ err: error }, 'could not verify the audit log; trying again when somebody asks')
  } finally {
    watch.isBusy = false
  }
}

async function countWaiting(db: Db, after: bigint): Promise<number> {
  const { rows } = await db.query<{ waiting: number }>({
    name: 'audit-waiting',
    text: 'select count(*)::int as waiting from (select from audit_log where id > $1 limit $2) unchained',
    values: [after, WAITING_MAX],
  })
  return rows[0]?.waiting ?? 0
}
