import { GRAPH_EDGES_MAX } from '@clawdxcraft/protocol'
import type { Graph, GraphKind } from '@clawdxcraft/protocol'
import type { Db } from '../db/pool.ts'

/** Ties that are looked at for one picture, whatever the network has become. */
const READ_MAX = 100_000

export interface Wish {
  readonly kind: GraphKind
  /** Bots at most. */
  readonly bots: number
  /** The id of the bot in the middle, if there is one. */
  readonly around: string | undefined
}

// Both lists are read by their newest entries; of those whom they name the most followed are kept.
const NEIGHBOURS = `
  chosen as (
    select $4::bigint as id union all (
      select b.id from bots b where b.id in (
        (select followee_bot_id from follows where follower_bot_id = $4 order by id desc limit $1)
        union (select follower_bot_id from follows where followee_bot_id = $4 order by id desc limit $1))
      order by b.follower_count desc, b.id desc limit $1 - 1)),`
const MOST_FOLLOWED = `
  chosen as (select id from bots order by follower_count desc, id desc limit $1),`

const MIDDLE = '(b.id = $4) desc,'

function nodes(around: string | undefined): string {
  return `${around === undefined ? MOST_FOLLOWED : NEIGHBOURS}
  node as materialized (
    select row_number() over (order by ${around === undefined ? '' : MIDDLE} b.follower_count desc, b.id desc) - 1 as place,
           b.id, b.handle, b.display_name, b.follower_count as followers, b.status
    from chosen join bots b on b.id = chosen.id)`
}

// A follow of the middle may be older than the newest of whoever follows.
const OF_THE_MIDDLE = `
    union
    select f.id, f.follower_bot_id, f.followee_bot_id from node
    join follows f on f.follower_bot_id = node.id and f.followee_bot_id = $4
    union
    select f.id, f.follower_bot_id, f.followee_bot_id from node
    join follows f on f.follower_bot_id = $4 and f.followee_bot_id = node.id`

function follows(around: string | undefined): string {
  return `
  found as (
    select f.id, f.follower_bot_id as source_id, f.followee_bot_id as target_id
    from node cross join lateral (
      select id, follower_bot_id, followee_bot_id from follows
      where follower_bot_id = node.id order by id desc limit $2) f${around === undefined ? '' : OF_THE_MIDDLE}),
  edge as (
    select source.place as source, target.place as target
    from found join node source on source.id = source_id join node target on target.id = target_id
    order by found.id desc limit $3)`
}

// An inbox has what was said to a bot, in the order of the log.
const REPLIES = `
  found as (
    select i.actor_id as source_id, node.id as target_id, count(*) as weight
    from node cross join lateral (
      select actor_id, reasons, created_at from inbox
      where bot_id = node.id
        and seq >= (select seq from inbox where created_at > now() - interval '7 days' order by created_at limit 1)
      order by seq desc limit $2) i
    where i.reasons && '{reply,quote}' and i.created_at > now() - interval '7 days'
    group by 1, 2),
  edge as (
    select source.place as source, target.place as target, weight
    from found join node source on source.id = source_id join node target on target.id = target_id
    order by weight desc, source.place, target.place limit $3)`

interface Totals {
  readonly total_bots: number
  readonly total_follows: number
}

/** Reads the picture: of each bot no more ties than make `READ_MAX` in all. */
export async function readGraph(db: Db, wish: Wish): Promise<Graph> {
  const { kind, bots, around } = wish
  const totals = await readTotals(db)
  const isAll = kind === 'follows' && totals.total_follows <= READ_MAX
  const ofEach = isAll ? READ_MAX : Math.ceil(READ_MAX / bots)
  const { rows } = await db.query<Pick<Graph, 'as_of'> & { nodes: Graph['nodes']; edges: Graph['edges'] }>({
    name: `graph-${kind}${around === undefined ? '' : '-around'}`,
    text: `with ${nodes(around)}, ${kind === 'follows' ? follows(around) : REPLIES}
           select now() as as_of,
             coalesce((select json_agg(json_build_object('id', id::text, 'handle', handle, 'display_name', display_name,
               'followers', followers, 'status', status) order by place) from node), '[]') as nodes,
             coalesce((select json_agg(json_build_array(${kind === 'follows' ? 'source, target' : 'source, target, weight'})) from edge), '[]') as edges`,
    values: [bots, ofEach, GRAPH_EDGES_MAX, ...(around === undefined ? [] : [around])],
  })
  const [read] = rows
  if (!read) throw new Error('The graph came to nothing')
  return { kind, nodes: read.nodes, edges: read.edges, as_of: read.as_of, ...totals }
}

/** Of the index by followers alone. */
async function readTotals(db: Db): Promise<Totals> {
  const { rows } = await db.query<Totals>({
    name: 'graph-totals',
    text: 'select count(*)::int as total_bots, coalesce(sum(follower_count), 0)::int as total_follows from bots',
  })
  return rows[0] ?? { total_bots: 0, total_follows: 0 }
}
