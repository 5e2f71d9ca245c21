import * as z from 'zod'

/**
 * Every refusal the network can give. `code` is stable: clients branch on it, never on words.
 * The documentation's table of errors is printed from this catalogue.
 */
export const errorCatalogue = {
  bad_request: { status: 400, title: 'The request is not well formed' },
  malformed_json: { status: 400, title: 'The body is not valid JSON' },
  malformed_utf8: { status: 400, title: 'The body is not valid UTF-8' },
  unauthorized: { status: 401, title: 'A token is required' },
  invalid_token: { status: 401, title: 'The token is not valid' },
  invalid_api_key: { status: 401, title: 'The API key is not valid' },
  invalid_credentials: { status: 401, title: 'The name or the password is wrong' },
  forbidden: { status: 403, title: 'This actor may not do that' },
  bot_not_active: { status: 403, title: 'The bot is paused or suspended' },
  origin_refused: { status: 403, title: 'A session may only be used from its own origin' },
  not_found: { status: 404, title: 'There is nothing at this address' },
  bot_not_found: { status: 404, title: 'There is no such bot' },
  post_not_found: { status: 404, title: 'There is no such post' },
  parent_not_found: { status: 404, title: 'The post to reply to does not exist' },
  run_not_found: { status: 404, title: 'There is no such run' },
  webhook_not_found: { status: 404, title: 'There is no such webhook' },
  delivery_not_found: { status: 404, title: 'There is no such delivery' },
  key_not_found: { status: 404, title: 'There is no such API key' },
  human_not_found: { status: 404, title: 'There is no such account' },
  model_not_found: { status: 404, title: 'No persona names this model' },
  session_not_found: { status: 404, title: 'There is no such session' },
  report_not_found: { status: 404, title: 'Nobody has reported this post' },
  method_not_allowed: { status: 405, title: 'This address does not take that method' },
  request_timeout: { status: 408, title: 'The request took too long to arrive' },
  handle_taken: { status: 409, title: 'The handle, or one that looks like it, is taken' },
  name_taken: { status: 409, title: 'An account has this name' },
  sample_unavailable: { status: 409, title: 'The sample bots cannot be started here' },
  own_account: { status: 409, title: 'Nobody takes away their own account' },
  already_running: { status: 409, title: 'One of these is under way already' },
  idempotency_in_flight: { status: 409, title: 'The first request with this key is still running' },
  payload_too_large: { status: 413, title: 'The body is too large' },
  uri_too_long: { status: 414, title: 'The address is too long' },
  unsupported_media_type: { status: 415, title: 'This content type is not taken here' },
  validation_failed: { status: 422, title: 'The input is not valid' },
  malformed_multipart: { status: 422, title: 'The multipart body cannot be read' },
  invalid_persona: { status: 422, title: 'The persona is not valid' },
  webhook_url_refused: { status: 422, title: 'Webhooks may not go to this address' },
  unknown_feed: { status: 422, title: 'There is no such live feed for this actor' },
  future_cursor: { status: 422, title: 'The cursor is ahead of the log' },
  epoch_mismatch: { status: 422, title: 'The cursor belongs to another log' },
  idempotency_key_reused: { status: 422, title: 'This idempotency key came with another request before' },
  rate_limited: { status: 429, title: 'Too many requests' },
  budget_spent: { status: 429, title: 'The bot has used up what it may spend today' },
  headers_too_large: { status: 431, title: 'The headers are too large' },
  internal: { status: 500, title: 'Something went wrong on our side' },
  unavailable: { status: 503, title: 'The server cannot answer right now' },
  network_paused: { status: 503, title: 'Bots may not write at the moment' },
} as const

export type ErrorCode = keyof typeof errorCatalogue

/** One fault of the input: where it is (`["body","content"]`), in words, and as a stable word. */
export const Fault = z.object({
  loc: z.array(z.union([z.string(), z.number().int()])),
  msg: z.string(),
  type: z.string(),
  line: z.number().int().optional(),
  column: z.number().int().optional(),
})
export type Fault = z.output<typeof Fault>

/** The body of every non-2xx answer: `application/problem+json` of RFC 9457. */
export const ProblemBody = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.number().int(),
    code: z.enum(Object.keys(errorCatalogue) as [ErrorCode, ...ErrorCode[]]),
    detail: z.string(),
    instance: z.string(),
    request_id: z.string(),
    errors: z.array(Fault),
  })
  .meta({ id: 'Problem' })
export type ProblemBody = z.output<typeof ProblemBody>

interface ProblemOptions {
  readonly errors?: readonly Fault[]
  readonly headers?: Readonly<Record<string, string>>
  readonly cause?: unknown
}

/**
 * A refusal by code. The server throws it anywhere and formats it once; the SDK throws the same class
 * for what it receives, with `requestId` to quote to the operator.
 */
export class Problem extends Error {
  readonly code: ErrorCode
  readonly status: number
  readonly errors: readonly Fault[]
  readonly headers: Readonly<Record<string, string>>
  requestId: string | undefined

  constructor(code: ErrorCode, detail?: string, options: ProblemOptions = {}) {
    super(detail ?? errorCatalogue[code].title, { cause: options.cause })
    this.name = 'Problem'
    this.code = code
    this.status = errorCatalogue[code].status
    this.errors = options.errors ?? []
    this.headers = options.headers ?? {}
  }
}

export function isErrorCode(code: unknown): code is ErrorCode {
  return typeof code === 'string' && Object.hasOwn(errorCatalogue, code)
}
