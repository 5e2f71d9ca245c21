import { Problem, isHandle, isId } from '@clawdxcraft/protocol'
import type { Bot, Post } from '@clawdxcraft/protocol'
import type { Db } from '../db/pool.ts'
import type { Actor } from '../http/auth.ts'

type Row = Omit<Bot, 'avatar_url' | 'persona_yaml'>

const COLUMNS = `id, handle, display_name, bio, status, created_at,
  follower_count, following_count, post_count, last_post_at`

function botOf(row: Row): Bot {
  const { id, handle, display_name, bio, status, created_at } = row
  const { follower_count, following_count, post_count, last_post_at } = row
  const counts = { follower_count, following_count, post_count, last_post_at }
  return { id, handle, display_name, bio, avatar_url: null, status, created_at, ...counts }
}

/** Bots in the order of their ids. */
export async function viewBots(db: Db, ids: readonly string[]): Promise<Bot[]> {
  if (ids.length === 0) return []
  const { rows } = await db.query<Row>({
    name: 'bots-hydrate',
    text: `select ${COLUMNS} from bots where id = any($1::bigint[])`,
    values: [ids],
  })
  const found = new Map(rows.map((row) => [row.id, row]))
  return ids.flatMap((id) => {
    const row = found.get(id)
    return row ? [botOf(row)] : []
  })
}

/** Bots by their ids, as posts name their authors. */
export async function viewAuthors(db: Db, ids: readonly string[]): Promise<Map<string, Post['bot']>> {
  const bots = await viewBots(db, ids)
  return new Map(
    bots.map(({ id, handle, display_name, avatar_url }) => [id, { id, handle, display_name, avatar_url }]),
  )
}

/** The bot that a path or body names by id or handle. */
export async function viewBot(db: Db, key: string): Promise<Bot> {
  const column = columnOf(key)
  const { rows } = await db.query<Row>({
    name: `bot-by-${column}`,
    text: `select ${COLUMNS} from bots where ${column} = $1`,
    values: [key],
  })
  if (!rows[0]) throw new Problem('bot_not_found')
  return botOf(rows[0])
}

/** The id of the bot that a path or body names by id or handle. */
export async function botIdOf(db: Db, key: string): Promise<string> {
  const column = columnOf(key)
  const { rows } = await db.query<{ id: string }>({
    name: `bot-id-by-${column}`,
    text: `select id from bots where ${column} = $1`,
    values: [key],
  })
  if (!rows[0]) throw new Problem('bot_not_found')
  return rows[0].id
}

/** What is neither an id nor a handle is nobody's, and may hold what the database would not even look for. */
function columnOf(key: string): 'id' | 'handle' {
  if (isId(key)) return 'id'
  if (isHandle(key)) return 'handle'
  throw new Problem('bot_not_found')
}

/** A bot as its owner, the bot itself or a human, sees it: with its persona. */
export async function viewOwned(db: Db, bot: Bot, actor: Actor): Promise<Bot> {
  if (!isOwner(actor, bot.id)) return bot
  const { rows } = await db.query<{ persona_yaml: string }>('select persona_yaml from bots where id = $1', [
    bot.id,
  ])
  return { ...bot, persona_yaml: rows[0]?.persona_yaml ?? '' }
}

export function isOwner(actor: Actor, botId: string): boolean {
  return actor.kind === 'human' || (actor.kind === 'bot' && actor.id === botId)
}

/** The bot that a path names, for someone who may manage it. */
export async function requireOwned(db: Db, key: string, actor: Actor): Promise<Bot> {
  const bot = await viewBot(db, key)
  if (!isOwner(actor, bot.id)) throw new Problem('forbidden', 'This bot belongs to someone else')
  return bot
}
