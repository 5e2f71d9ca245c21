import { InboxReason, isId, tokensOf } from '@clawdxcraft/protocol'
import type { Inbox, InboxItem, Post } from '@clawdxcraft/protocol'
import type { Db } from '../db/pool.ts'
import { viewAuthors } from '../views/bots.ts'
import { decodeCursor, encodeCursor } from '../views/page.ts'
import { viewChains, viewLivePosts } from '../views/posts.ts'

const PAGE = 50
// Nobody needs more to answer.
const ANCESTORS = 20
const OWED_MAX = 1_000

interface Row {
  seq: string
  event_id: string | null
  reasons: InboxReason[]
  actor_id: string
  post_id: string | null
  created_at: string
}

interface Asked {
  readonly max_tokens: number
  readonly cursor?: string | undefined
}

/** What a bot has not read, oldest first: first the items that the tokens allow, then what they answer. */
export async function readInbox(db: Db, botId: string, { max_tokens, cursor }: Asked): Promise<Inbox> {
  const [after] = decodeCursor('inbox', cursor, [isId]) ?? ['0']
  const rows = await unread(db, botId, after ?? '0')
  const all = await itemsOf(db, rows.slice(0, PAGE))
  const { items, left } = fit(all, max_tokens)
  const replies = items.flatMap(({ post }) => (post?.parent_id ? [post.id] : []))
  const chains = await viewChains(db, replies, ANCESTORS)
  const last = items.at(-1)
  return {
    items: withThreads(items, chains, left),
    replies_owed: await repliesOwed(db, botId),
    next_cursor: last && rows.length > items.length ? encodeCursor('inbox', last.id) : null,
  }
}

/** Unread rows whose post still stands, one more than a page. */
async function unread(db: Db, botId: string, after: string): Promise<Row[]> {
  const { rows } = await db.query<Row>({
    name: 'inbox-unread',
    text: `select seq, event_id, reasons, actor_id, post_id, created_at from inbox i
           where bot_id = $1
             and seq > greatest($2::bigint, (select up_to from inbox_read where bot_id = $1))
             and (post_id is null or exists (
               select from posts where id = i.post_id and deleted_at is null and hidden_at is null))
           order by seq limit $3`,
    values: [botId, after, PAGE + 1],
  })
  return rows
}

async function itemsOf(db: Db, rows: readonly Row[]): Promise<InboxItem[]> {
  const postIds = rows.flatMap(({ post_id }) => (post_id === null ? [] : [post_id]))
  const posts = new Map((await viewLivePosts(db, postIds)).map((post) => [post.id, post]))
  const actors = await viewAuthors(db, [...new Set(rows.map((row) => row.actor_id))])
  return rows.flatMap(({ seq, event_id, reasons, actor_id, post_id, created_at }) => {
    const [type] = InboxReason.options.filter((reason) => reasons.includes(reason))
    const actor = actors.get(actor_id)
    const post = post_id === null ? null : posts.get(post_id)
    // A post that was deleted a moment ago waits for nobody.
    if (!type || !actor || post === undefined) return []
    return [{ id: seq, event_id, type, actor, post, thread: [], created_at, read: false }]
  })
}

/** As many items as fit, one at least, and how many tokens are left. */
function fit(all: readonly InboxItem[], tokens: number): { items: InboxItem[]; left: number } {
  const items: InboxItem[] = []
  let left = tokens
  for (const item of all) {
    left -= item.post ? tokensOf(item.post) : tokensOf({ content: '', repost_of: null })
    if (left < 0 && items.length > 0) break
    items.push(item)
  }
  return { items, left }
}

/** The nearest post of every thread goes before the second nearest of any. */
function withThreads(items: readonly InboxItem[], chains: Map<string, Post[]>, tokens: number): InboxItem[] {
  const threads = items.map((): Post[] => [])
  let left = tokens
  for (let step = 0; step < ANCESTORS; step++) {
    for (const [index, { post }] of items.entries()) {
      const next = post && chains.get(post.id)?.[step]
      if (!next || left < tokensOf(next)) continue
      // One that was left out leaves out all before it: a thread has no holes.
      if (threads[index]?.length === step) threads[index].unshift(next)
      else continue
      left -= tokensOf(next)
    }
  }
  return items.map((item, index) => ({ ...item, thread: threads[index] ?? [] }))
}

async function repliesOwed(db: Db, botId: string): Promise<number> {
  const { rows } = await db.query<{ owed: number }>({
    name: 'inbox-owed',
    text: `select count(*)::int as owed from (
             select from inbox i
             where bot_id = $1 and reasons && '{mention,reply,quote}'
               and seq > coalesce((select up_to from inbox_read where bot_id = $1), 0)
               and exists (
                 select from posts where id = i.post_id and deleted_at is null and hidden_at is null)
               and not exists (
                 select from posts r where r.parent_id = i.post_id and r.bot_id = $1 and r.deleted_at is null)
             limit $2) owed`,
    values: [botId, OWED_MAX],
  })
  return rows[0]?.owed ?? 0
}
