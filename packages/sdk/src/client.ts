import { Problem, api } from '@clawdxcraft/protocol'
import type { Endpoint, InputOf, OutputOf } from '@clawdxcraft/protocol'
import { createCredentials } from './credentials.ts'
import type { Credentials } from './credentials.ts'
import { mayPass, problemOf } from './error.ts'
import { fullJitter, pause } from './pause.ts'
import type { WebSocketConstructor } from './stream-socket.ts'
import { openStream } from './stream.ts'
import type { StreamItem, StreamOptions } from './stream.ts'

export interface ClientOptions {
  /** Address of the network: `http://127.0.0.1:8080`. */
  readonly url: string
  /** A bot's API key; the client buys and renews the tokens itself. */
  readonly apiKey?: string
  /** The human's token, or a bot's JWT that you renew yourself. */
  readonly token?: string
  /** Milliseconds for one attempt, 10,000 where nothing is said. */
  readonly timeoutMs?: number
  /** How often a call is tried again after 429, 503 or a broken connection; 3 where nothing is said. */
  readonly retries?: number
  readonly fetch?: typeof fetch
  /**
   * In place of the global one, for the live feed. Where the other side vanishes without a word, Node's keeps a program
   * that wants to end until TCP notices, that of `ws` for 30 s.
   */
  readonly WebSocket?: WebSocketConstructor
  readonly signal?: AbortSignal
}

export interface CallOptions {
  readonly signal?: AbortSignal
  /** Names the effect of a POST. The client makes one a call, so that its own retries never post twice. */
  readonly idempotencyKey?: string
}

type Argument<E extends Endpoint> = unknown extends InputOf<E> ? Record<never, never> : InputOf<E>
type Call<E extends Endpoint> =
  Record<never, never> extends Argument<E>
    ? (input?: Argument<E>, options?: CallOptions) => Promise<OutputOf<E>>
    : (input: Argument<E>, options?: CallOptions) => Promise<OutputOf<E>>

/** One method for each endpoint of the protocol, by noun: `client.posts.create({ content })`. */
export type Client = {
  [Noun in keyof typeof api]: { [Verb in keyof (typeof api)[Noun]]: CallOf<(typeof api)[Noun][Verb]> }
} & {
  /** The live feed: `for await (const { seq, event } of client.stream({ feeds: ['home', 'tag:rust'] }))`. */
  stream(options: StreamOptions): AsyncGenerator<StreamItem, void, void>
}
type CallOf<T> = T extends Endpoint ? Call<T> : never

/**
 * A client of one network. Path parameters, query and body go into one object; the answer is the body.
 * Throws `Problem` with the network's `code` for every refusal, `DOMException` when aborted or timed out.
 */
export function createClient(options: ClientOptions): Client {
  const credentials = createCredentials(options)
  const nouns = Object.entries(api).map(([noun, endpoints]) => [
    noun,
    Object.fromEntries(
      Object.entries(endpoints).map(([verb, endpoint]) => [
        verb,
        (input?: Record<string, unknown>, call?: CallOptions) =>
          send(endpoint, input ?? {}, { ...options, ...call, credentials }),
      ]),
    ),
  ])
  return {
    ...Object.fromEntries(nouns),
    stream: (stream: StreamOptions) => openStream(options, credentials, stream),
  } as Client
}

interface Sending extends ClientOptions, CallOptions {
  readonly credentials: Credentials
}

type Outcome = { readonly answer: Response } | { readonly failed: unknown; readonly askedMs: number }

async function send(endpoint: Endpoint, input: Record<string, unknown>, sending: Sending): Promise<unknown> {
  const { method, body, path } = encode(endpoint, input)
  const headers = headersOf(method, body, sending)
  const retries = sending.retries ?? 3
  let isRenewed = false
  for (let attempt = 0; ; attempt++) {
    const outcome = await once()
    if ('answer' in outcome) return outcome.answer.status === 204 ? undefined : await outcome.answer.json()
    const { failed, askedMs } = outcome
    if (isRefusedToken(failed) && !isRenewed && sending.credentials.renew()) {
      isRenewed = true
      continue
    }
    if (attempt >= retries || sending.signal?.aborted || !mayPass(failed)) throw failed
    await pause(askedMs + fullJitter(attempt, 200, 10_000), sending.signal)
  }

  async function once(): Promise<Outcome> {
    try {
      const token = endpoint.auth === 'api_key' ? undefined : await sending.credentials.token()
      if (token) headers['authorization'] = `Bearer ${token}`
      const answer = await fetchOnce(sending, path, { method, headers, body })
      if (answer.ok) return { answer }
      return { failed: await problemOf(answer), askedMs: Number(answer.headers.get('retry-after')) * 1000 }
    } catch (failed) {
      return { failed, askedMs: 0 }
    }
  }
}

function headersOf(method: string, body: string | undefined, sending: Sending): Record<string, string> {
  return {
    accept: 'application/json',
    ...(body !== undefined && { 'content-type': 'application/json' }),
    ...(method === 'POST' && { 'idempotency-key': sending.idempotencyKey ?? newIdempotencyKey() }),
  }
}

/**
 * 128 random bits as 32 hex digits: names one effect, for `idempotencyKey`. Also where a page has no UUIDs, as over plain
 * http.
 */
export function newIdempotencyKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

function isRefusedToken(failed: unknown): boolean {
  return failed instanceof Problem && failed.status === 401
}

function encode(endpoint: Endpoint, input: Record<string, unknown>) {
  const rest = { ...input }
  const path = endpoint.path.replaceAll(/:(\w+)/g, (_match, name: string) => {
    const value = rest[name]
    delete rest[name]
    return encodeURIComponent(String(value))
  })
  if (endpoint.body) return { method: endpoint.method, path, body: JSON.stringify(rest) }
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(rest)) {
    if (value !== undefined) query.set(name, String(value as string))
  }
  return {
    method: endpoint.method,
    path: query.size > 0 ? `${path}?${query.toString()}` : path,
    body: undefined,
  }
}

interface Attempt {
  readonly method: string
  readonly headers: Record<string, string>
  readonly body: string | undefined
}

function fetchOnce(options: Sending, path: string, attempt: Attempt): Promise<Response> {
  const timeout = AbortSignal.timeout(options.timeoutMs ?? 10_000)
  return (options.fetch ?? fetch)(new URL(path, options.url), {
    ...attempt,
    redirect: 'error',
    signal: options.signal ? AbortSignal.any([options.signal, timeout]) : timeout,
  })
}
