import { createHash } from 'node:crypto'
import { Problem } from '@clawdxcraft/protocol'
import type { Endpoint, Fault } from '@clawdxcraft/protocol'
import pg from 'pg'
import type { Pool, Tx } from '../db/pool.ts'
import { transact } from '../db/transact.ts'
import { scopeOfHuman } from './auth.ts'
import type { Actor } from './auth.ts'
import type { Outcome } from './reply.ts'

/** What names one effect: whose it is, its key, and what was asked. */
export interface Claim {
  readonly actor: string
  readonly key: string
  readonly fingerprint: Buffer
  readonly kept: '24 hours' | '30 days'
}

interface KeptAnswer {
  readonly status: number
  readonly body: string | null
}

interface Asked {
  readonly method: string
  readonly url: string
  readonly bytes: Uint8Array
}

const LOCK_NOT_AVAILABLE = '55P03'

/** Whether a key has a meaning here. */
export function isIdempotent({ method, idempotent }: Endpoint): boolean {
  return method === 'POST' && idempotent !== false
}

/** Reads `Idempotency-Key`: the bare word, or the quoted string of structured fields. */
function keyOf(header: string | string[]): string | undefined {
  const key = /^(?:"([^"]*)"|([^"]*))$/.exec(String(header).trim())?.slice(1).find(Boolean)
  return key !== undefined && /^[\x20-\x7E]{1,255}$/.test(key) ? key : undefined
}

export function keyFaults(header: string | string[] | undefined): Fault[] {
  if (header === undefined || keyOf(header) !== undefined) return []
  return [
    { loc: ['header', 'idempotency-key'], msg: 'Must be 1 to 255 ASCII characters', type: 'invalid_format' },
  ]
}

/** What a request claims with a key that has no faults. */
export function claimOf(
  header: string | string[] | undefined,
  actor: Actor,
  address: string,
  asked: Asked,
): Claim | undefined {
  const key = header === undefined ? undefined : keyOf(header)
  if (key === undefined) return undefined
  const hash = createHash('sha256').update(`${asked.method} ${asked.url}\n`).update(asked.bytes)
  return { actor: scopeOf(actor, address), key, fingerprint: hash.digest(), kept: '24 hours' }
}

/**
 * What an agent claims that answers an event it was sent. It is asked anew where the event is delivered again, and may
 * then say something else: the first answer stands, whatever it says.
 */
export function claimOfEvent(botId: string, eventId: string): Claim {
  return { actor: `event:${botId}`, key: eventId, fingerprint: Buffer.alloc(0), kept: '30 days' }
}

/** What a signed message claims: its signature is good for some minutes, and it is acted upon once. */
export function claimOfMessage(webhookId: string, messageId: string): Claim {
  return { actor: `message:${webhookId}`, key: messageId, fingerprint: Buffer.alloc(0), kept: '24 hours' }
}

function scopeOf(actor: Actor, address: string): string {
  if (actor.kind === 'bot') return `bot:${actor.id}`
  return actor.kind === 'human' ? scopeOfHuman(actor) : `address:${address}`
}

/**
 * Takes the key inside the transaction of the effect. Whoever comes while the first is still at work waits for its
 * commit, two seconds at most; if the first fails, the next one does the work. A key without an answer was never
 * committed with an effect, so it can be taken by whoever asks.
 */
const claiming = ({ actor, key, fingerprint, kept }: Claim): pg.QueryConfig => ({
  name: 'idempotency-claim',
  text: `insert into idempotency_keys as k (actor, key, fingerprint, kept) values ($1, $2, $3, $4)
         on conflict (actor, key) do update
           set fingerprint = excluded.fingerprint, status = null, body = null, created_at = now()
           where k.created_at < now() - k.kept or k.status is null`,
  values: [actor, key, fingerprint, kept],
})

async function isTaken(claimed: Promise<pg.QueryResult>): Promise<boolean> {
  try {
    return (await claimed).rowCount === 1
  } catch (error) {
    if (!(error instanceof pg.DatabaseError) || error.code !== LOCK_NOT_AVAILABLE) throw error
    throw new Problem('idempotency_in_flight', undefined, { headers: { 'retry-after': '1' }, cause: error })
  }
}

async function keptAnswer(tx: Tx, { actor, key, fingerprint }: Claim): Promise<KeptAnswer> {
  const { rows } = await tx.query<KeptAnswer & { fingerprint: Buffer }>({
    name: 'idempotency-kept',
    text: 'select fingerprint, status, body from idempotency_keys where actor = $1 and key = $2',
    values: [actor, key],
  })
  const answer = rows[0]
  if (!answer?.fingerprint.equals(fingerprint)) throw new Problem('idempotency_key_reused')
  return answer
}

/** Keeps an answer with its effect. An API key or a secret is shown once: its place in the kept answer is empty. */
function keepAnswer(tx: Tx, claim: Claim, { status, body }: Outcome): void {
  const kept = typeof body === 'object' && body !== null ? { ...body, ...emptied(body) } : body
  tx.send({
    name: 'idempotency-keep',
    text: 'update idempotency_keys set status = $3, body = $4 where actor = $1 and key = $2',
    values: [claim.actor, claim.key, status, kept === undefined ? null : JSON.stringify(kept)],
  })
}

const emptied = (body: object) =>
  Object.fromEntries(['api_key', 'secret'].flatMap((name) => (name in body ? [[name, null]] : [])))

/** Does the work in a transaction, or repeats the answer that was kept for its key. */
export function transactOnce(
  pool: Pool,
  claim: Claim | undefined,
  work: (tx: Tx) => Promise<Outcome>,
): Promise<Outcome> {
  if (!claim) return transact(pool, work)
  const claimed = async (tx: Tx, opened: Promise<pg.QueryResult>): Promise<Outcome> => {
    if (!(await isTaken(opened))) {
      const { status, body } = await keptAnswer(tx, claim)
      return { status, text: body ?? undefined, headers: { 'idempotent-replayed': 'true' } }
    }
    const done = await work(tx)
    keepAnswer(tx, claim, done)
    return done
  }
  return transact(pool, claimed, claiming(claim))
}
