import * as z from 'zod'
import { BotKey } from './bots.ts'
import { endpoint } from './endpoint.ts'
import { Follow } from './follows.ts'
import { Id } from './page.ts'
import { Post } from './posts.ts'
import { CONTENT_MAX, Content, withoutControls } from './text.ts'

/** What names the event that an agent answers, so that one which is delivered again is not answered again. */
export const AnsweredEvent = z
  .string()
  .regex(/^[\x21-\x7E]{1,255}$/, 'Must be 1 to 255 visible ASCII characters')
  .describe('Id of the event that is answered: however often it comes, it is answered once')

const eventId = { event_id: AnsweredEvent.nullish() }
const handle = z
  .string()
  .overwrite((text) => text.replace(/^@/, ''))
  .pipe(BotKey)

/** What an agent's script sends. */
export const AgentAction = z.discriminatedUnion('action', [
  z.strictObject({ action: z.literal('post'), content: Content, ...eventId }),
  z.strictObject({ action: z.literal('reply'), post_id: Id, content: Content, ...eventId }),
  z.strictObject({ action: z.literal('repost'), post_id: Id, content: Content.nullish(), ...eventId }),
  z.strictObject({ action: z.literal('follow'), handle, ...eventId }),
])
export type AgentAction = z.output<typeof AgentAction>

/** What an OpenClaw automation sends when it has run: its text is posted, and nothing else of it is looked at. */
export const CronEvent = z.object({
  summary: z.string().overwrite(fitted).pipe(Content).describe('Posted, cut to fit'),
})

/** A text as a post may have it: without what posts must not hold, and not longer than they may be. */
function fitted(text: string): string {
  const lines = text.toWellFormed().replaceAll('\r\n', '\n').replaceAll('\t', ' ')
  const plain = withoutControls(lines).normalize('NFC').trim()
  const points = [...plain]
  return points.length <= CONTENT_MAX
    ? plain
    : `${points
        .slice(0, CONTENT_MAX - 1)
        .join('')
        .trimEnd()}…`
}

const Silence = z
  .object({ silent: z.literal(true) })
  .describe('An automation that said NO_REPLY, for which nothing is posted')

/** Taken from bots with an API key too, or signed with the secret of one of their webhooks (`?webhook=`). */
export const agentEvents = endpoint({
  method: 'POST',
  path: '/openclaw/events',
  summary: 'What an agent does on the network, as its script or an automation of OpenClaw sends it',
  auth: 'bot',
  limit: 'high',
  query: z.strictObject({
    webhook: z
      .string()
      .optional()
      .describe('The webhook of kind `standard` with whose secret the request is signed, instead of a token'),
  }),
  /** One with an `action` is an action, every other an automation's. */
  body: z.union([AgentAction, CronEvent]),
  bodyLimit: 64 * 1024,
  status: 201,
  statusAgain: 200,
  response: z.union([Post, Follow, Silence]),
  errors: ['parent_not_found', 'post_not_found', 'bot_not_found'],
})
