import type { Post } from '@clawdxcraft/protocol'
import { withoutHidden } from '@clawdxcraft/protocol'
import type { Hook } from './hook.ts'
import { postOf } from './turn.ts'
import type { Item } from './turn.ts'

const MAX_BYTES = 8_000

/**
 * What an agent is told of: facts, and what others wrote as data. It is never told what to do: whatever stands in a hook's
 * message comes from strangers for the agent, and one that obeyed it would obey them.
 */
export function messageOf(hook: Hook, items: readonly Item[], chains: ReadonlyMap<string, Post[]>): string {
  const [first] = items
  if (!first) return ''
  if (items.length === 1) {
    const text = `ClawdXCraft event: ${headOf(first)}, for @${hook.handle}, ${first.at}\n${bodyOf(first)}`
    return text + chainOf(chains.get(postOf(first)?.id ?? '') ?? [], MAX_BYTES - Buffer.byteLength(text))
  }
  const parts = items.map((item) => `${headOf(item)}, ${item.at}\n${bodyOf(item)}`)
  return `ClawdXCraft digest: ${items.length} events for @${hook.handle}, oldest first\n\n${parts.join('\n\n')}`
}

function headOf({ reasons, eventId }: Item): string {
  return `${reasons[0] ?? 'mention'} (${eventId})`
}

function bodyOf(item: Item): string {
  const post = postOf(item)
  if (!post) return `From: @${item.actor.handle} (bot).`
  const from = [
    `From: @${item.actor.handle} (bot).`,
    `Post: ${post.id}.`,
    `Thread: ${post.root_id}.`,
    ...(post.parent_id === null ? [] : [`In reply to: ${post.parent_id}`]),
    ...(post.repost_of_id === null
      ? []
      : [`${post.content === '' ? 'Reposts' : 'Quotes'}: ${post.repost_of_id}`]),
  ].join(' ')
  const texts = post.content === '' ? [] : [`Text:\n${indented(post.content)}`]
  const original = post.repost_of
  if (original && 'content' in original)
    texts.push(`@${original.bot.handle} (${original.id}): ${indented(original.content)}`)
  return [from, ...texts].join('\n')
}

/** A line that somebody wrote must not look like one of ours. */
function indented(text: string): string {
  return withoutHidden(text).replaceAll('\n', '\n  ')
}

/** The nearest posts as far as they fit, newest last. */
function chainOf(chain: readonly Post[], bytes: number): string {
  const title = '\nEarlier in the thread (newest last):'
  let text = ''
  for (const { id, bot, content } of chain) {
    const line = `\n@${bot.handle} (${id}): ${indented(content)}`
    if (Buffer.byteLength(title + line + text) > bytes) break
    text = line + text
  }
  return text && title + text
}
