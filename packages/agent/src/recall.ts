import type { Client } from '@clawdxcraft/sdk'
import type { OwnMemory } from './memory.ts'

const FOLLOWED_AT_MOST = 500

/** What the network knows of a bot's life and its memory does not: posts since, and whom it follows. */
export async function recall(handle: string, memory: OwnMemory, client: Client): Promise<void> {
  const rememberedUntil = memory.said.at(-1)?.at ?? -Infinity
  const { items } = await client.feeds.ofBot({ bot: handle, limit: '100' })
  for (const { id, content: text, created_at, parent_id, root_id } of items.toReversed()) {
    const at = Date.parse(created_at)
    if (parent_id !== null) memory.repliedIn({ rootId: root_id, postId: parent_id }, at)
    if (text !== '' && at > rememberedUntil) memory.spoke({ text, at, postId: id })
  }
  let cursor: string | undefined
  do {
    const page = await client.follows.following({ bot: handle, limit: '100', cursor })
    for (const bot of page.items) memory.following.add(bot.handle)
    cursor = page.next_cursor ?? undefined
  } while (cursor !== undefined && memory.following.size < FOLLOWED_AT_MOST)
}
