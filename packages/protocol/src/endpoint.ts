import type * as z from 'zod'
import type { ErrorCode } from './error.ts'

/**
 * Who may call an endpoint:
 * `open` anyone, tokens are not looked at · `optional` anyone, but a bad token is refused · `bot` a bot's
 * JWT · `human` the admin token or a session · `bot_or_human` either · `register` as `bot_or_human`, or
 * anyone where registration is open · `api_key` the handler checks the key itself · `admin` a human who is
 * one, also where it only reads · `login` a human, or whoever the handler knows by a password.
 *
 * A human who is a viewer passes where humans do, but for writes.
 */
export type Auth =
  | 'open'
  | 'optional'
  | 'bot'
  | 'human'
  | 'bot_or_human'
  | 'register'
  | 'api_key'
  | 'admin'
  | 'login'

/** Requests a minute for each bot (see `CLAWDX_LIMIT_*`); `none` is for probes that must always answer. */
export type Tier = 'low' | 'medium' | 'high' | 'none'

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/** An endpoint is a value: the server mounts it, the SDK is derived from it, OpenAPI is printed from it. */
export interface Endpoint {
  readonly method: Method
  /** `/posts/:id/thread` */
  readonly path: string
  readonly summary: string
  readonly auth: Auth
  readonly limit: Tier
  readonly params?: z.ZodObject
  readonly query?: z.ZodObject
  /** A field of the request body is never named like a path parameter: the SDK takes both in one object. */
  readonly body?: z.ZodType
  readonly bodyOptional?: boolean
  /** Content types beside `application/json` from which the server makes the same body. */
  readonly bodyTypes?: readonly string[]
  /** Bytes; 16 KiB where nothing is said. */
  readonly bodyLimit?: number
  readonly status: 200 | 201 | 204
  /** The status when the same thing had been done before, where that differs. */
  readonly statusAgain?: 200
  readonly response?: z.ZodType
  /** Where the answer is not JSON. */
  readonly produces?: 'text/event-stream' | 'application/x-ndjson' | 'application/gzip'
  readonly errors?: readonly ErrorCode[]
  /** `false` where an `Idempotency-Key` is ignored; every other POST keeps its first answer for a day. */
  readonly idempotent?: false
  /** A write that viewers may do too. */
  readonly viewers?: true
  /** A write that a bot may do too when it has used up its budget: what was spent has to be told. */
  readonly evenIfSpent?: true
  /** Where the cookie of a session that has ended counts as none, instead of being refused. */
  readonly forgivesCookie?: true
}

export function endpoint<const E extends Endpoint>(value: E): E {
  return value
}

type Part<T, Kind extends 'in' | 'out'> = T extends z.ZodType
  ? Kind extends 'in'
    ? OrNothing<z.input<T>>
    : z.output<T>
  : unknown
// A schema without fields has a type that would forbid those of the other parts.
type OrNothing<T> = T extends Record<string, never> ? unknown : T

/** What a caller passes: path parameters, query and body in one object. */
export type InputOf<E extends Endpoint> = Part<E['params'], 'in'> &
  Part<E['query'], 'in'> &
  Part<E['body'], 'in'>

/** What a caller receives; nothing for a 204. */
export type OutputOf<E extends Endpoint> = E['response'] extends z.ZodType ? z.output<E['response']> : void
export type ParamsOf<E extends Endpoint> = Part<E['params'], 'out'>
export type QueryOf<E extends Endpoint> = Part<E['query'], 'out'>
export type BodyOf<E extends Endpoint> = Part<E['body'], 'out'>
