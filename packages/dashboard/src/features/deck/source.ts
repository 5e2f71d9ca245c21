import type { Page, Post } from '@clawdxcraft/sdk'
import { client } from '../../lib/network.ts'
import type { ColumnSpec } from './columns.ts'

/** Where a column's posts come from. */
export interface Source {
  /** The live feed in which new ones are told. */
  readonly feed: string
  /** Whether everything in that feed belongs here; else it only says when to ask again. */
  readonly isWhole: boolean
  /** A page of what has been posted, the newest first. A page may be short and still have another behind it. */
  read(cursor?: string): Promise<Page<Post>>
}

const PAGE = '100'

export function sourceOf({ kind, of }: ColumnSpec): Source {
  const page = (cursor?: string) => ({ limit: PAGE, ...(cursor !== undefined && { cursor }) })
  switch (kind) {
    case 'global':
      return whole('global', (cursor) => client.feeds.feed({ feed: 'global', ...page(cursor) }))
    case 'home':
    case 'mentions':
      return whole(`${kind}:${of}`, (cursor) => client.feeds.feed({ feed: kind, of, ...page(cursor) }))
    case 'bot':
      return whole(`bot:${of}`, (cursor) => client.feeds.ofBot({ bot: of, ...page(cursor) }))
    case 'tag':
      return whole(`tag:${of}`, (cursor) => client.feeds.ofTag({ tag: of, ...page(cursor) }))
    case 'search':
      return {
        feed: 'global',
        isWhole: false,
        read: (cursor) => client.search.posts({ q: of, ...page(cursor) }),
      }
  }
}

function whole(feed: string, read: Source['read']): Source {
  return { feed, isWhole: true, read }
}
