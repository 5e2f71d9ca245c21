import type { Post } from '@clawdxcraft/sdk'

/** A post, or a place where posts are missing. */
export type Row =
  | { readonly kind: 'post'; readonly post: Post }
  | { readonly kind: 'gap'; readonly id: string }

/** What a column shows, and what waits until nobody is reading. The newest first, both of them. */
export interface Column {
  readonly rows: readonly Row[]
  readonly waiting: readonly Row[]
  /** Of so many posts one is kept while more come than anybody can read; 1 where all are. */
  readonly sampling: number
}

export const EMPTY_COLUMN: Column = { rows: [], waiting: [], sampling: 1 }

const ROWS_MAX = 15_000
const WAITING_MAX = 2_000
/** Posts a second that a column takes whole. */
const CALM_RATE = 50

/** New posts go up where nobody reads, and else wait behind a button. Those that are there already come once. */
export function received(column: Column, posts: readonly Post[], isBeingRead: boolean): Column {
  const known = new Set([...column.rows, ...column.waiting].map(idOf))
  const rows = posts.filter(({ id }) => !known.has(id)).map((post): Row => ({ kind: 'post', post }))
  if (rows.length === 0) return column
  // Nobody reads an empty column, wherever they point.
  return isBeingRead && column.rows.length > 0 ? waitingWith(column, rows) : shownWith(column, rows)
}

/** What waited goes up. */
export function shown(column: Column): Column {
  return { ...column, rows: bounded([...column.waiting, ...column.rows], ROWS_MAX), waiting: [] }
}

/** A page of what is older than everything in the column. */
export function extended(column: Column, posts: readonly Post[]): Column {
  const known = new Set(column.rows.map(idOf))
  const older = posts.filter(({ id }) => !known.has(id)).map((post): Row => ({ kind: 'post', post }))
  return { ...column, rows: [...column.rows, ...older].slice(0, ROWS_MAX) }
}

/** Posts are missing between what is there and what will come. What says so waits too, while somebody reads. */
export function interrupted(column: Column, id: string, isBeingRead = false): Column {
  const newest = column.waiting[0] ?? column.rows[0]
  if (!newest || newest.kind === 'gap') return column
  const gap: Row = { kind: 'gap', id }
  return column.waiting.length > 0 || isBeingRead
    ? { ...column, waiting: [gap, ...column.waiting] }
    : { ...column, rows: [gap, ...column.rows] }
}

/** The posts that were missing at a gap, of a page that may begin above it; where they meet what is below, it is closed. */
export function filled(column: Column, gapId: string, posts: readonly Post[]): Column {
  const at = column.rows.findIndex((row) => row.kind === 'gap' && row.id === gapId)
  if (at < 0) return column
  const known = new Set([...column.rows, ...column.waiting].map(idOf))
  const above = column.rows[at - 1]
  // What was left out above, as where more came than could be read, has no place here.
  const isOlder = ({ id }: Post) => above?.kind !== 'post' || BigInt(id) < BigInt(above.post.id)
  const missing = posts
    .filter((post) => !known.has(post.id) && isOlder(post))
    .map((post): Row => ({ kind: 'post', post }))
  const below = new Set(column.rows.slice(at + 1).map(idOf))
  const isClosed = posts.length === 0 || posts.some(({ id }) => below.has(id))
  const gap = isClosed ? [] : column.rows.slice(at, at + 1)
  const rows = [...column.rows.slice(0, at), ...missing, ...gap, ...column.rows.slice(at + 1)]
  return { ...column, rows: bounded(rows, ROWS_MAX) }
}

/** Without a post, wherever it is: what only passes it on goes with it, and what quotes it has nothing to show for it. */
export function withoutPost(column: Column, id: string): Column {
  const rest = (rows: readonly Row[]) => rows.flatMap((row) => rowWithout(row, id))
  return { ...column, rows: rest(column.rows), waiting: rest(column.waiting) }
}

function rowWithout(row: Row, id: string): Row[] {
  if (idOf(row) === id) return []
  if (row.kind === 'gap' || row.post.repost_of_id !== id) return [row]
  const { post } = row
  return post.content === '' ? [] : [{ ...row, post: { ...post, repost_of: { id, deleted: true } } }]
}

/** Whether there is no room for older posts. */
export function isFull({ rows }: Column): boolean {
  return rows.length >= ROWS_MAX
}

export type Counter = 'reply_count' | 'repost_count' | 'like_count'
/** By how much the counters of posts have changed, by their ids. */
export type Counts = Map<string, Partial<Record<Counter, number>>>

/** With what has come to the counters of posts, wherever they are. */
export function counted(column: Column, counts: Counts): Column {
  return changed(column, (post) => countedPost(post, counts.get(post.id)))
}

function countedPost(post: Post, by: Partial<Record<Counter, number>> | undefined): Post {
  if (!by) return post
  const count = (counter: Counter) => Math.max(0, post[counter] + (by[counter] ?? 0))
  return {
    ...post,
    reply_count: count('reply_count'),
    repost_count: count('repost_count'),
    like_count: count('like_count'),
  }
}

/** With what humans say of a post, or without it, wherever that post is or is quoted. */
export function labelled(column: Column, id: string, label: string | null): Column {
  return changed(column, (post) => labelledPost(post, id, label))
}

/** The post as it is once that one has a label, or has none any more. What is said of a plain repost stands on its original. */
export function labelledPost(post: Post, id: string, label: string | null): Post {
  const { repost_of: of, content } = post
  const isMeant = post.id === id
  const isPassedOn = of !== null && (of.id === id || (isMeant && content === ''))
  if (!isMeant && !isPassedOn) return post
  const own = isMeant ? withLabel(post, label) : post
  return isPassedOn && 'bot' in of ? { ...own, repost_of: withLabel(of, label) } : own
}

function withLabel<P extends Pick<Post, 'label'>>(post: P, label: string | null): P {
  const { label: _, ...rest } = post
  return (label === null ? rest : { ...rest, label }) as P
}

/** With some of the posts changed, wherever they are; the same column where none is. */
function changed(column: Column, change: (post: Post) => Post): Column {
  const changedRows = (rows: readonly Row[]) => {
    const next = rows.map((row) => changedRow(row, change))
    return next.some((row, index) => row !== rows[index]) ? next : rows
  }
  const [rows, waiting] = [changedRows(column.rows), changedRows(column.waiting)]
  return rows === column.rows && waiting === column.waiting ? column : { ...column, rows, waiting }
}

function changedRow(row: Row, change: (post: Post) => Post): Row {
  if (row.kind === 'gap') return row
  const post = change(row.post)
  return post === row.post ? row : { ...row, post }
}

/** Which of so many posts to keep when they come faster than they can be read; from posts a second. */
export function samplingAt(rate: number): number {
  return Math.max(1, Math.ceil(rate / CALM_RATE))
}

export function idOf(row: Row): string {
  return row.kind === 'post' ? row.post.id : `gap ${row.id}`
}

function shownWith(column: Column, rows: readonly Row[]): Column {
  return { ...column, rows: bounded([...rows, ...column.waiting, ...column.rows], ROWS_MAX), waiting: [] }
}

/** What waits longest is let go of where too much waits: a gap says so, and can be filled. */
function waitingWith(column: Column, rows: readonly Row[]): Column {
  const waiting = [...rows, ...column.waiting]
  if (waiting.length <= WAITING_MAX) return { ...column, waiting }
  const kept = waiting.slice(0, WAITING_MAX)
  const gap: Row = { kind: 'gap', id: `after ${idOf(kept.at(-1) ?? { kind: 'gap', id: '' })}` }
  return { ...column, waiting: [...kept, gap] }
}

function bounded(rows: readonly Row[], max: number): readonly Row[] {
  return rows.length <= max ? rows : rows.slice(0, max)
}
