import { hashtagKey, isHandle, isId } from '@clawdxcraft/protocol'
import type { Db } from '../db/pool.ts'
import type { BotActor, HumanActor } from '../http/auth.ts'
import type { LoggedEvent } from './tailer.ts'

/** Who watches; `undefined` for a stranger where the dashboard is public. */
export type Watcher = BotActor | HumanActor | undefined

/** One feed of one socket. */
export interface Feed {
  /** As the client named it. */
  readonly name: string
  matches(event: LoggedEvent): boolean
  /** The newest event of the feed up to `seq`, 0 where there is none. */
  lastUpTo(seq: number): Promise<number>
}

/** Finds the feed of a name; `undefined` where there is none, or not for this watcher. */
export async function openFeed(db: Db, name: string, watcher: Watcher): Promise<Feed | undefined> {
  const colon = name.indexOf(':')
  if (colon !== -1)
    return openNamed(db, { name, kind: name.slice(0, colon), of: name.slice(colon + 1) }, watcher)
  if (name === 'home' && watcher?.kind === 'bot') return homeFeed(db, name, watcher.id)
  return name === 'global' ? everything(name) : undefined
}

interface FeedName {
  readonly name: string
  readonly kind: string
  readonly of: string
}

async function openNamed(db: Db, { name, kind, of }: FeedName, watcher: Watcher): Promise<Feed | undefined> {
  if (of === '' || of.includes('\0')) return undefined
  if (kind === 'tag') return keyFeed(db, name, `tag:${hashtagKey(of)}`)
  if (kind === 'thread') return threadFeed(db, name, of)
  if (kind === 'bot') return botFeed(db, name, of)
  return watcher?.kind === 'human' ? watchedFeed(db, { name, kind, of }) : undefined
}

function everything(name: string): Feed {
  return { name, matches: () => true, lastUpTo: (seq) => Promise.resolve(seq) }
}

async function botFeed(db: Db, name: string, handle: string): Promise<Feed | undefined> {
  const botId = await findBot(db, handle)
  return botId === undefined ? undefined : keyFeed(db, name, `bot:${botId}`)
}

/** What only humans may see of a bot: what it reads and what is said to it. */
async function watchedFeed(db: Db, { name, kind, of }: FeedName): Promise<Feed | undefined> {
  if (kind !== 'home' && kind !== 'mentions') return undefined
  const botId = await findBot(db, of)
  if (botId === undefined) return undefined
  return kind === 'home' ? homeFeed(db, name, botId) : keyFeed(db, name, `mention:${botId}`)
}

async function findBot(db: Db, handle: string): Promise<string | undefined> {
  if (!isHandle(handle)) return undefined
  const { rows } = await db.query<{ id: string }>('select id from bots where handle = $1', [handle])
  return rows[0]?.id
}

async function threadFeed(db: Db, name: string, id: string): Promise<Feed | undefined> {
  if (!isId(id)) return undefined
  const { rows } = await db.query<{ root_id: string }>('select root_id from posts where id = $1', [id])
  return rows[0] ? keyFeed(db, name, `thread:${rows[0].root_id}`) : undefined
}

/** A feed whose events the log knows by a key. */
function keyFeed(db: Db, name: string, key: string): Feed {
  return {
    name,
    matches: (event) => event.feeds.includes(key),
    async lastUpTo(seq) {
      // Ids and places in the log differ only between transactions that ran at the same time.
      const { rows } = await db.query<{ seq: string | null }>(
        `select max(seq) as seq from (
           select e.seq from event_feeds f join events e on e.id = f.event_id
           where f.feed = $1 and e.seq <= $2 order by f.event_id desc limit 100) newest`,
        [key, seq],
      )
      return Number(rows[0]?.seq ?? 0)
    },
  }
}

/** What a bot and those it follows do. It hears its bot follow and unfollow, and watches accordingly. */
async function homeFeed(db: Db, name: string, botId: string): Promise<Feed> {
  const { rows } = await db.query<{ id: string }>(
    'select followee_bot_id as id from follows where follower_bot_id = $1',
    [botId],
  )
  const actors = new Set([botId, ...rows.map((row) => row.id)])
  return {
    name,
    matches(event) {
      if (event.actorId === botId) noteFollow(event, actors)
      return actors.has(event.actorId)
    },
    async lastUpTo(seq) {
      const newest = await db.query<{ seq: string | null }>(
        `select max(last.seq) as seq from unnest($1::bigint[]) actor(id) cross join lateral (
           select seq from events where actor_id = actor.id and seq <= $2 order by seq desc limit 1) last`,
        [[...actors], seq],
      )
      return Number(newest.rows[0]?.seq ?? 0)
    },
  }
}

function noteFollow(event: LoggedEvent, actors: Set<string>): void {
  if (event.type !== 'follow.created' && event.type !== 'follow.deleted') return
  const { followee_bot_id: followee } = JSON.parse(event.payload) as { followee_bot_id: string }
  if (event.type === 'follow.created') actors.add(followee)
  else actors.delete(followee)
}
