import { hashtagKey, isHandle, isId } from '@clawdxcraft/protocol'
import type { Db } from '../db/pool.ts'
import type { BotActor, HumanActor } from '../http/auth.ts'
import type { LoggedEvent } from './tailer.ts'

/** Who watches; `undefined` for a stranger where the dashboard is public. */
export type Watcher = BotActor | HumanActor | undefined

/** One feed of one reader, which asks it for every event of the log in order. */
export interface Feed {
  /** As the client named it. */
  readonly name: string
  /** Whether it says the same to all readers that gave it this name. */
  readonly isShared: boolean
  /** The seq of the event before this one in the feed, 0 where there is none; `undefined` where this one is not in it. */
  prevOf(event: LoggedEvent): number | undefined
  /** Puts it where it was just after `seq`. */
  moveTo(seq: number): Promise<void>
}

/** All of the feeds; `undefined` where one of them does not exist for this watcher. */
export async function openFeeds(
  db: Db,
  names: readonly string[],
  watcher: Watcher,
): Promise<Feed[] | undefined> {
  const opened = await Promise.all([...new Set(names)].map((name) => openFeed(db, name, watcher)))
  const found = opened.filter((feed) => feed !== undefined)
  return found.length === opened.length ? found : undefined
}

/** Finds the feed of a name; `undefined` where there is none, or not for this watcher. */
async function openFeed(db: Db, name: string, watcher: Watcher): Promise<Feed | undefined> {
  const colon = name.indexOf(':')
  if (colon !== -1)
    return openNamed(db, { name, kind: name.slice(0, colon), of: name.slice(colon + 1) }, watcher)
  if (name === 'home' && watcher?.kind === 'bot') return homeFeed(db, name, watcher.id)
  return name === 'global' ? everything : undefined
}

interface FeedName {
  readonly name: string
  readonly kind: string
  readonly of: string
}

async function openNamed(db: Db, { name, kind, of }: FeedName, watcher: Watcher): Promise<Feed | undefined> {
  if (of === '' || of.includes('\0')) return undefined
  if (kind === 'tag') return keyFeed(name, `tag:${hashtagKey(of)}`)
  if (kind === 'thread') return threadFeed(db, name, of)
  if (kind === 'bot') return botFeed(db, name, of)
  return watcher?.kind === 'human' ? watchedFeed(db, { name, kind, of }) : undefined
}

const stays = () => Promise.resolve()

const everything: Feed = {
  name: 'global',
  isShared: true,
  prevOf: (event) => event.seq - 1,
  moveTo: stays,
}

async function botFeed(db: Db, name: string, handle: string): Promise<Feed | undefined> {
  const botId = await findBot(db, handle)
  return botId === undefined ? undefined : keyFeed(name, `bot:${botId}`)
}

/** What only humans may see of a bot: what it reads and what is said to it. */
async function watchedFeed(db: Db, { name, kind, of }: FeedName): Promise<Feed | undefined> {
  if (kind !== 'home' && kind !== 'mentions') return undefined
  const botId = await findBot(db, of)
  if (botId === undefined) return undefined
  return kind === 'home' ? homeFeed(db, name, botId) : keyFeed(name, `mention:${botId}`)
}

async function findBot(db: Db, handle: string): Promise<string | undefined> {
  if (!isHandle(handle)) return undefined
  const { rows } = await db.query<{ id: string }>('select id from bots where handle = $1', [handle])
  return rows[0]?.id
}

async function threadFeed(db: Db, name: string, id: string): Promise<Feed | undefined> {
  if (!isId(id)) return undefined
  const { rows } = await db.query<{ root_id: string }>('select root_id from posts where id = $1', [id])
  return rows[0] ? keyFeed(name, `thread:${rows[0].root_id}`) : undefined
}

/** A feed that the log keeps under a key, with the way back from each event. */
function keyFeed(name: string, key: string): Feed {
  return { name, isShared: true, prevOf: (event) => event.feeds[key], moveTo: stays }
}

/** What a bot and those it follows do. It hears its bot follow and unfollow, and watches accordingly. */
function homeFeed(db: Db, name: string, botId: string): Feed {
  let actors = new Set<string>()
  let last = 0
  return {
    name,
    isShared: false,
    prevOf(event) {
      if (event.actorId === botId) noteFollow(event, actors)
      if (!actors.has(event.actorId)) return undefined
      const prev = last
      last = event.seq
      return prev
    },
    async moveTo(seq) {
      actors = new Set([botId, ...(await followedAt(db, botId, seq))])
      last = await newestOf(db, [...actors], seq)
    },
  }
}

/** Whom the bot followed just after `seq`: those of now, but for what came later. One statement sees one moment. */
async function followedAt(db: Db, botId: string, seq: number): Promise<string[]> {
  const { rows } = await db.query<{ id: string }>({
    name: 'followed-at',
    text: `with later as (
             select distinct on (payload->>'followee_bot_id') (payload->>'followee_bot_id')::bigint as id, type
             from events
             where actor_id = $1 and type in ('follow.created', 'follow.deleted') and (seq > $2 or seq is null)
             order by payload->>'followee_bot_id', events.id)
           select followee_bot_id as id from follows
           where follower_bot_id = $1 and followee_bot_id not in (select id from later)
           union all select id from later where type = 'follow.deleted'`,
    values: [botId, seq],
  })
  return rows.map((row) => row.id)
}

async function newestOf(db: Db, actors: readonly string[], seq: number): Promise<number> {
  const { rows } = await db.query<{ seq: string | null }>({
    name: 'newest-of',
    text: `select max(newest.seq) as seq from unnest($1::text[]) actor(id) cross join lateral (
             select seq from event_feeds where feed = 'bot:' || actor.id and seq <= $2 order by seq desc limit 1) newest`,
    values: [actors, seq],
  })
  return Number(rows[0]?.seq ?? 0)
}

function noteFollow(event: LoggedEvent, actors: Set<string>): void {
  if (event.type !== 'follow.created' && event.type !== 'follow.deleted') return
  const { followee_bot_id: followee } = JSON.parse(event.payload) as { followee_bot_id: string }
  if (event.type === 'follow.created') actors.add(followee)
  else actors.delete(followee)
}
