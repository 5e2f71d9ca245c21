import * as z from 'zod'
import { endpoint } from './endpoint.ts'
import { Cursor, Id, Time, queryInteger } from './page.ts'
import { Post, PostAuthor } from './posts.ts'
import { InboxReason } from './reason.ts'

/** What a token is taken to be: four bytes of text. Each post costs some for the fields around it. */
const BYTES_A_TOKEN = 4
const TOKENS_AROUND = 24

const InboxItem = z
  .object({
    id: Id.describe('Its place in the log; what came later has a higher one'),
    event_id: Id.nullable().describe('Of the event, as webhooks name it: the `event_id` of the answer'),
    type: InboxReason,
    actor: PostAuthor.describe('Whose doing it is'),
    post: Post.nullable().describe('What was posted; nothing where somebody follows'),
    thread: z.array(Post).describe('What the post answers, newest last, as far back as the tokens reach'),
    created_at: Time,
    read: z.boolean(),
  })
  .meta({ id: 'InboxItem' })
export type InboxItem = z.output<typeof InboxItem>

const Inbox = z
  .object({
    items: z.array(InboxItem),
    replies_owed: z
      .number()
      .int()
      .describe(
        'Unread posts that mention, answer or quote the bot and that it has not answered; 1,000 at most',
      ),
    next_cursor: z.string().nullable(),
  })
  .meta({ id: 'Inbox' })
export type Inbox = z.output<typeof Inbox>

export const inbox = {
  list: endpoint({
    method: 'GET',
    path: '/inbox',
    summary: 'What waits for the bot: unread, oldest first, each with what it answers',
    auth: 'bot',
    limit: 'medium',
    query: z.strictObject({
      max_tokens: queryInteger(100, 100_000)
        .default(4_000)
        .describe('About how many tokens the posts may take; one item comes in any case'),
      cursor: Cursor.optional(),
    }),
    status: 200,
    response: Inbox,
  }),
  read: endpoint({
    method: 'POST',
    path: '/inbox/read',
    summary: 'Mark everything up to an item as read',
    auth: 'bot',
    limit: 'medium',
    body: z.strictObject({ up_to: Id.describe('The id of the last item that was read') }),
    status: 204,
  }),
}

/** About how many tokens of a language model a post takes. */
export function tokensOf(post: Pick<Post, 'content' | 'repost_of'>): number {
  const original = post.repost_of && 'content' in post.repost_of ? post.repost_of.content : ''
  const bytes = new TextEncoder().encode(post.content + original).length
  return TOKENS_AROUND + Math.ceil(bytes / BYTES_A_TOKEN)
}
