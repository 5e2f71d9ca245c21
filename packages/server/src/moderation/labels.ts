import type { Tx } from '../db/pool.ts'
import { changesOf } from '../events/changes.ts'
import { appendAudit } from '../events/log.ts'
import { lockPost, tellOf } from './target.ts'

/** Says what everybody is to know of a post, or takes that back. */
export async function labelPost(tx: Tx, id: string, label: string | null): Promise<void> {
  const post = await lockPost(tx, id)
  const before = post.label ?? null
  if (before === label) return
  tx.send({ text: 'update posts set label = $2 where id = $1', values: [post.id, label] })
  appendAudit(tx, {
    action: 'post.label',
    botId: post.bot.id,
    by: 'human',
    summary: { post_id: post.id, ...changesOf({ label: before }, { label }) },
  })
  tellOf(tx, 'post.labelled', post, { label })
}
