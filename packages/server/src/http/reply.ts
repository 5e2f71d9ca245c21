import type { Endpoint } from '@clawdxcraft/protocol'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { isKnown } from './etag.ts'

/** An answer that is more than its body: the same thing was done before, or it carries headers. */
export class Answer<T> {
  readonly body: T
  readonly again: boolean
  readonly headers: Readonly<Record<string, string>>
  constructor(body: T, options: { again?: boolean; headers?: Record<string, string> } = {}) {
    this.body = body
    this.again = options.again ?? false
    this.headers = options.headers ?? {}
  }
}

/** What goes back, ready to be sent. */
export interface Outcome {
  readonly status: number
  readonly text: string | undefined
  readonly headers: Readonly<Record<string, string>>
  /** Before it became text; nothing where a kept answer is repeated. */
  readonly body?: unknown
  readonly next?: string | null | undefined
}

export function outcomeOf(endpoint: Endpoint, result: unknown): Outcome {
  const { body, again, headers } = result instanceof Answer ? result : new Answer(result)
  const status = again ? (endpoint.statusAgain ?? endpoint.status) : endpoint.status
  return {
    status,
    text: body === undefined ? undefined : JSON.stringify(body),
    headers,
    next: nextOf(body),
    body,
  }
}

/** The cursor of the next page, of a list or of the replies of a thread. */
function nextOf(body: unknown): string | null | undefined {
  const page = (body ?? {}) as { next_cursor?: string | null; replies?: { next_cursor?: string | null } }
  return page.next_cursor ?? page.replies?.next_cursor
}

export function send(outcome: Outcome, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const { status, text, headers, next } = outcome
  reply.code(status).headers(headers)
  if (next) reply.header('link', `<${withCursor(request.url, next)}>; rel="next"`)
  if (text === undefined) return reply.send()
  reply.header('content-type', 'application/json; charset=utf-8')
  if (request.method === 'GET' || request.method === 'HEAD') {
    reply.headers({ 'cache-control': 'private, no-cache', vary: 'Origin, Authorization, Cookie' })
    if (isKnown(text, request, reply)) return reply.code(304).removeHeader('content-type').send()
  }
  return reply.send(text)
}

function withCursor(url: string, cursor: string): string {
  const [path = '', query] = url.split('?', 2)
  const parameters = new URLSearchParams(query)
  parameters.set('cursor', cursor)
  return `${path}?${parameters.toString()}`
}
