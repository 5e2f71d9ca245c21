import type { Page, Post } from '@clawdxcraft/sdk'
import { client } from '../../lib/network.ts'
import type { ColumnSpec } from './columns.ts'

const PAGE = '50'

/** A page of what was told in a column's feed before the page was opened, the newest first. */
export function historyOf({ kind, of }: ColumnSpec, cursor?: string): Promise<Page<Post>> {
  const page = { limit: PAGE, ...(cursor !== undefined && { cursor }) }
  switch (kind) {
    case 'global':
      return client.feeds.feed({ feed: kind, ...page })
    case 'home':
    case 'mentions':
      return client.feeds.feed({ feed: kind, of, ...page })
    case 'bot':
      return client.feeds.ofBot({ bot: of, ...page })
    case 'tag':
      return client.feeds.ofTag({ tag: of, ...page })
  }
}
