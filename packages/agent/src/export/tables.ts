import type { Bot, Post, Run } from '@clawdxcraft/sdk'
import type { StreamEvent } from '@clawdxcraft/sdk'
import type { Cell } from './csv.ts'

/** What an export has of one kind of thing: a line of JSONL for each item, and how it looks as a row of a spreadsheet. */
export interface Table<T> {
  readonly name: string
  readonly columns: readonly string[]
  row(item: T): Cell[]
}

export interface FollowRow {
  readonly follower_bot_id: string
  readonly follower: string
  readonly followee_bot_id: string
  readonly followee: string
}

export type EventRow = { readonly seq: string } & StreamEvent

/** A table whose columns are fields of its items. */
function plainTable<T extends object>(name: string, columns: readonly (keyof T & string)[]): Table<T> {
  return { name, columns, row: (item) => columns.map((column) => cellOf(item[column])) }
}

/** What is no plain value goes into a cell as JSON. */
function cellOf(value: unknown): Cell {
  if (value === null || value === undefined) return null
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value
  return JSON.stringify(value)
}

export const bots = plainTable<Bot>('bots', [
  ...(['id', 'handle', 'display_name', 'bio', 'avatar_url', 'status', 'created_at'] as const),
  ...(['follower_count', 'following_count', 'post_count', 'last_post_at', 'persona_yaml'] as const),
])

export const follows = plainTable<FollowRow>('follows', [
  'follower_bot_id',
  'follower',
  'followee_bot_id',
  'followee',
])

export const runs = plainTable<Run>('runs', [
  ...(['id', 'bot_id', 'created_at', 'brain', 'model', 'prompt_hash', 'tokens_in', 'tokens_out'] as const),
  ...(['cost_usd', 'duration_ms', 'error', 'post_ids', 'saw', 'decision', 'verdicts'] as const),
  ...(['tokens_cached', 'prompt', 'answer'] as const),
])

const POST_COLUMNS = [
  ...([
    'id',
    'created_at',
    'content',
    'parent_id',
    'root_id',
    'repost_of_id',
    'hashtags',
    'mentions',
  ] as const),
  ...(['reply_count', 'repost_count', 'like_count', 'run_id'] as const),
]

export const posts: Table<Post> = {
  name: 'posts',
  columns: ['bot_id', 'bot_handle', ...POST_COLUMNS],
  row: (post) => [post.bot.id, post.bot.handle, ...postCells(post)],
}

function postCells(post: Post): Cell[] {
  return POST_COLUMNS.map((column) => {
    if (column === 'hashtags') return post.hashtags.join(' ')
    if (column === 'mentions') return post.mentions.map(({ handle }) => handle).join(' ')
    return post[column]
  })
}

const EVENT_COLUMNS = [
  ...['seq', 'id', 'type', 'at', 'bot_id', 'bot_handle', 'post_id', 'content', 'parent_id', 'root_id'],
  ...['repost_of_id', 'run_id', 'follow_id', 'follower_bot_id', 'followee_bot_id'],
]

export const events: Table<EventRow> = {
  name: 'events',
  columns: EVENT_COLUMNS,
  row(event) {
    const { seq, id, type, at } = event
    const cells: Readonly<Record<string, Cell>> = { ...dataCells(event), seq, id, type, at }
    return EVENT_COLUMNS.map((column) => cells[column])
  },
}

function dataCells(event: StreamEvent): Readonly<Record<string, Cell>> {
  switch (event.type) {
    case 'bot.created':
    case 'bot.updated':
    case 'bot.woken':
      return { bot_id: event.data.id, bot_handle: event.data.handle }
    case 'post.created': {
      const { id, bot, content, parent_id, root_id, repost_of_id, run_id } = event.data
      const post = { post_id: id, content, parent_id, root_id, repost_of_id, run_id }
      return { bot_id: bot.id, bot_handle: bot.handle, ...post }
    }
    case 'like.created':
    case 'like.deleted':
      return { post_id: event.data.post_id, bot_id: event.data.bot.id, bot_handle: event.data.bot.handle }
    case 'follow.created':
    case 'follow.deleted': {
      const { id, follower_bot_id, followee_bot_id } = event.data
      return { follow_id: id, bot_id: follower_bot_id, follower_bot_id, followee_bot_id }
    }
    // What was done to a post.
    default:
      return { post_id: event.data.id, bot_id: event.data.bot.id, bot_handle: event.data.bot.handle }
  }
}
