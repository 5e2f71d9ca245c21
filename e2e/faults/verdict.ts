import type pg from 'pg'
import type { StoredEvent } from './feeds.ts'
import { ask } from './http.ts'
import { states, type Account, type Ledger } from './ledger.ts'
import { SEEN, type Receipt } from './receipt.ts'
import { followNumber } from './writer.ts'

const PAGE = 5_000

/** Counts of what must not be, and of what was looked at. */
export interface Verdict {
  stored: number
  /** Acknowledged, and not in the database, or not in the API's answers. */
  lost: number
  unreadable: number
  /** Two rows for one key. */
  duplicated: number
  /** Stored, though refused or never sent. */
  ghosts: number
  /** Later writes of a bot that come before earlier ones in the log. */
  disordered: number
  /** Writes without an event, and events without a place. */
  unheard: number
  /** Places of the log that nothing stands at, or that were given twice. */
  holes: number
  /** Kinds of writes that have not as many rows in the audit log. */
  unaudited: number
}

/** What readers got, held against what is stored. */
export interface Delivery {
  expected: number
  missing: number
  /** Of an event that was not stored, or not in the reader's feeds, or elsewhere in the log. */
  strange: number
}

/** Holds the ledger against the database and a fresh answer of the API. */
export async function judgeWrites(ledger: Ledger, pool: pg.Pool, url: string): Promise<Verdict> {
  const verdict: Verdict = {
    stored: 0,
    lost: 0,
    unreadable: 0,
    duplicated: 0,
    ghosts: 0,
    disordered: 0,
    unheard: 0,
    holes: 0,
    unaudited: 0,
  }
  const rows = ledger.accounts.map(({ count }) => new Uint8Array(count))
  const byHandle = new Map(ledger.accounts.map((account) => [account.bot.handle, account]))
  for await (const { handle, n, id } of storedWrites(pool, byHandle)) {
    const account = byHandle.get(handle)
    const seen = account && rows[account.index]
    if (!account || !seen) continue
    verdict.stored++
    if (seen[n]) verdict.duplicated++
    seen[n] = 1
    const isOther = id !== undefined && account.state[n] === states.acked && account.postId[n] !== BigInt(id)
    if (n >= account.count || account.state[n] === states.refused || isOther) verdict.ghosts++
  }
  verdict.lost = countAcked(ledger, (account, n) => !rows[account.index]?.[n])
  verdict.unreadable = await countUnreadable(ledger, url)
  await judgeLog(ledger, pool, verdict)
  verdict.unaudited = await countUnaudited(pool)
  return verdict
}

/** What the database knows to be the `n`-th write of a bot. */
interface Write {
  readonly handle: string
  readonly n: number
  /** Of a post. */
  readonly id?: string
}

async function* storedWrites(pool: pg.Pool, byHandle: Map<string, Account>): AsyncGenerator<Write> {
  // The content begins with the number; a like is of the post before.
  const posts = pages<{ id: string; handle: string; n: number }>(
    pool,
    `select p.id, b.handle, split_part(p.content, ' ', 1)::int as n from posts p join bots b on b.id = p.bot_id
     where p.id > $1 and p.content ~ '^[0-9]+ ' order by p.id limit ${PAGE}`,
  )
  yield* posts
  const likes = pages<{ id: string; handle: string; n: number }>(
    pool,
    `select l.id, b.handle, split_part(p.content, ' ', 1)::int + 1 as n
     from likes l join bots b on b.id = l.bot_id join posts p on p.id = l.post_id
     where l.id > $1 order by l.id limit ${PAGE}`,
  )
  for await (const { handle, n } of likes) yield { handle, n }
  const follows = pages<{ id: string; handle: string; followed: string }>(
    pool,
    `select f.id, a.handle, b.handle as followed
     from follows f join bots a on a.id = f.follower_bot_id join bots b on b.id = f.followee_bot_id
     where f.id > $1 order by f.id limit ${PAGE}`,
  )
  for await (const { handle, followed } of follows) {
    const [from, to] = [byHandle.get(handle)?.index, byHandle.get(followed)?.index]
    if (from !== undefined && to !== undefined) yield { handle, n: followNumber(from, to, byHandle.size) }
  }
}

function countAcked(ledger: Ledger, holds: (account: Account, n: number) => boolean): number {
  let found = 0
  for (const account of ledger.accounts) {
    for (let n = 0; n < account.count; n++) {
      if (account.state[n] === states.acked && holds(account, n)) found++
    }
  }
  return found
}

/** Turns the pages of the global feed, as a stranger would. */
async function countUnreadable(ledger: Ledger, url: string): Promise<number> {
  const shown = ledger.accounts.map(({ count }) => new Uint8Array(count))
  const byHandle = new Map(ledger.accounts.map(({ bot, index }) => [bot.handle, shown[index]]))
  for (let cursor: string | null = ''; cursor !== null;) {
    const path = `/posts/feed?feed=global&limit=100${cursor && `&cursor=${cursor}`}`
    const { body } = await ask(url, { method: 'GET', path })
    const page = body as { items: { content: string; bot: { handle: string } }[]; next_cursor: string | null }
    for (const { content, bot } of page.items) {
      const seen = byHandle.get(bot.handle)
      if (seen) seen[Number.parseInt(content)] = 1
    }
    cursor = page.next_cursor
  }
  return countAcked(ledger, ({ postId, index }, n) => postId[n] !== 0n && !shown[index]?.[n])
}

/** The log has each acknowledged post once, each place once, and each bot's writes in their order. */
async function judgeLog(ledger: Ledger, pool: pg.Pool, verdict: Verdict): Promise<void> {
  const heard = ledger.accounts.map(({ count }) => ({ posts: new Uint8Array(count), last: -1 }))
  const byHandle = new Map(ledger.accounts.map((account) => [account.bot.handle, account]))
  let place: number | undefined
  for await (const { seq, actor, n } of storedEvents(pool)) {
    if (place !== undefined && seq !== place + 1) verdict.holes++
    place = seq
    const account = byHandle.get(actor)
    const pages = account && heard[account.index]
    if (!pages || n === null) continue
    if (pages.posts[n]) verdict.duplicated++
    pages.posts[n] = 1
    // What was given up on may take effect later than the next write.
    if (account.state[n] !== states.acked) continue
    if (n < pages.last) verdict.disordered++
    pages.last = n
  }
  verdict.unheard = countAcked(ledger, ({ postId, index }, n) => postId[n] !== 0n && !heard[index]?.posts[n])
  const { waiting, last } = await endOfLog(pool)
  verdict.unheard += waiting
  if (last !== (place ?? 0)) verdict.holes++
}

async function endOfLog(pool: pg.Pool): Promise<{ waiting: number; last: number }> {
  const { rows } = await pool.query<{ waiting: number; v: string }>(
    'select (select count(*)::int from events where seq is null) as waiting, v from seq_state',
  )
  return { waiting: rows[0]?.waiting ?? 0, last: Number(rows[0]?.v) }
}

async function countUnaudited(pool: pg.Pool): Promise<number> {
  const { rows } = await pool.query<{ kind: string }>(
    `select kind from (
       select 'post.create' as kind, count(*) as made from posts
       union all select 'follow.create', count(*) from follows
       union all select 'like.create', count(*) from likes
       union all select 'bot.create', count(*) from bots) written
     where made <> (select count(*) from audit_log where action = kind)`,
  )
  return rows.length
}

/** Resolves with what each reader has got by now, in their order. */
export async function judgeReaders(pool: pg.Pool, receipts: readonly Receipt[]): Promise<Delivery[]> {
  const found = receipts.map((receipt) => ({ expected: 0, missing: 0, strange: receipt.received }))
  for await (const event of storedEvents(pool)) {
    for (const [index, delivery] of found.entries()) compare(event, receipts[index], delivery)
  }
  return found
}

function compare(event: StoredEvent, receipt: Receipt | undefined, delivery: Delivery): void {
  if (!receipt) return
  const got = receipt.seqOf[event.id]
  const isWanted = event.seq > receipt.since && receipt.feeds.some((feed) => feed.holds(event))
  if (isWanted) delivery.expected++
  if (isWanted && got === 0) delivery.missing++
  if (isWanted && (got === event.seq || got === SEEN)) delivery.strange--
}

interface LogRow {
  readonly id: string
  readonly seq: string
  readonly type: string
  readonly actor: string
  readonly tags: string[] | null
  readonly root: string | null
  readonly content: string | null
}

/** Everything that has its place in the log, in order. */
async function* storedEvents(pool: pg.Pool): AsyncGenerator<StoredEvent & { n: number | null }> {
  for (let after = '0'; ;) {
    const { rows } = await pool.query<LogRow>(
      `select e.id, e.seq, e.type, b.handle as actor, e.payload->'hashtags' as tags, e.payload->>'root_id' as root,
              e.payload->>'content' as content
       from events e join bots b on b.id = e.actor_id where e.seq > $1 order by e.seq limit ${PAGE}`,
      [after],
    )
    for (const { id, seq, tags, content, ...rest } of rows) {
      const n = /^\d+(?= )/.exec(content ?? '')?.[0]
      yield {
        ...rest,
        id: Number(id),
        seq: Number(seq),
        tags: tags ?? [],
        n: n === undefined ? null : Number(n),
      }
    }
    const last = rows.at(-1)
    if (!last) return
    after = last.seq
  }
}

/** A big table in steps, by its ids. */
async function* pages<Row extends { id: string }>(pool: pg.Pool, text: string): AsyncGenerator<Row> {
  for (let after = '0'; ;) {
    const { rows } = await pool.query<Row>(text, [after])
    yield* rows
    const last = rows.at(-1)
    if (!last) return
    after = last.id
  }
}
