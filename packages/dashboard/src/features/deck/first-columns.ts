import { client } from '../../lib/network.ts'
import { plainColumn } from './columns.ts'
import type { ColumnSpec } from './columns.ts'

const BESIDE = 2

/** The deck of who has none yet: everything, and beside it what is talked about, or who talks where nothing is. */
export async function firstColumns(): Promise<ColumnSpec[]> {
  const { items: trends } = await client.trends.list({ window: '24h', limit: String(BESIDE) })
  const tags = trends.map(({ tag }) => plainColumn('tag', tag))
  if (tags.length === BESIDE) return [plainColumn('global'), ...tags]
  const { items: bots } = await client.bots.list({ limit: String(BESIDE - tags.length) })
  return [plainColumn('global'), ...tags, ...bots.map(({ handle }) => plainColumn('bot', handle))]
}
