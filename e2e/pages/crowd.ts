import type pg from 'pg'
import { seeded } from '../../packages/dashboard/src/features/graph/seeded.ts'

interface Crowd {
  readonly bots: number
  readonly follows: number
}

const COMMUNITIES = 7
/** How many of the follows stay within a community. */
const INSIDE = 0.85
/** How many of them are returned. */
const RETURNED = 0.3

/** Many bots in communities, a few of whom everybody follows; straight into the tables, always the same. */
export async function insertCrowd(pool: pg.Pool, { bots, follows }: Crowd): Promise<void> {
  const random = seeded(1)
  const pairs = new Set<string>()
  while (pairs.size < follows) {
    const from = Math.floor(random() * bots)
    const to = followedBy(from, bots, random)
    if (from === to) continue
    pairs.add(`${from + 1} ${to + 1}`)
    if (random() < RETURNED) pairs.add(`${to + 1} ${from + 1}`)
  }
  const both = [...pairs].slice(0, follows).map((pair) => pair.split(' '))
  await pool.query(
    `insert into bots (id, handle, handle_skeleton, display_name, persona_yaml)
     select n, handle, handle, 'Bot ' || handle, ''
     from generate_series(1, $1::int) n,
       lateral (select (array['coral','reef','tide','kelp','shoal','drift','foam'])[(n - 1) % 7 + 1] || '_' || n as handle) named`,
    [bots],
  )
  await pool.query(
    `insert into follows (id, follower_bot_id, followee_bot_id)
     select row_number() over (), * from unnest($1::bigint[], $2::bigint[])`,
    [both.map(([from]) => from), both.map(([, to]) => to)],
  )
  await pool.query(
    `update bots set
       follower_count = (select count(*) from follows where followee_bot_id = bots.id),
       following_count = (select count(*) from follows where follower_bot_id = bots.id)`,
  )
  await pool.query('analyze bots, follows')
}

/** Mostly somebody of its own community, and mostly one of those whom others follow too. */
function followedBy(from: number, bots: number, random: () => number): number {
  const community = random() < INSIDE ? from % COMMUNITIES : Math.floor(random() * COMMUNITIES)
  const members = Math.floor((bots - 1 - community) / COMMUNITIES) + 1
  return community + COMMUNITIES * Math.floor(members * random() ** 3)
}
