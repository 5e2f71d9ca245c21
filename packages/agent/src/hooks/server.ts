import { once } from 'node:events'
import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  HookRefusal,
  hookKeyOf,
  hookPayloadOf,
  hookTokenOf,
  readHookDispatch,
  readHookPatience,
  readHookWake,
} from '@clawdxcraft/protocol'
import type { HookPayload, HookPolicy, HookRules } from '@clawdxcraft/protocol'
import { json, refusal, text, unavailable } from './answer.ts'
import type { Answer } from './answer.ts'
import { readBody, readJson } from './body.ts'
import { createDoor } from './door.ts'
import { createRuns } from './runs.ts'
import type { RunLimits, TakeTurn } from './runs.ts'

/** A line that somebody wants a bot to see, which may be when it looks around next. */
export interface HookLine {
  readonly handle: string
  readonly text: string
  readonly mode: 'now' | 'next-heartbeat'
}

/** As in the policy of a gateway; `agents` are the handles, in lower case, of the bots that live here. */
export interface HookOptions extends HookPolicy {
  /** Whoever shows it may have the bots take turns. It is never logged. */
  readonly token: string
  /** The loopback address where nothing is said. */
  readonly host?: string
  /** A free one where nothing is said. */
  readonly port?: number
  readonly turn: TakeTurn
  /** `coalesced`: the same line waits already. */
  readonly wake: (line: HookLine) => 'queued' | 'coalesced'
  readonly log: (line: string) => void
  readonly limits?: Partial<HookLimits>
  /** Milliseconds, for what is forgotten with time. */
  readonly now?: () => number
}

export interface HookLimits extends RunLimits {
  /** How long a request may take to be sent. */
  readonly requestMs: number
}

export interface Hooks {
  /** `http://127.0.0.1:port` */
  readonly url: string
  /** Refuses what comes from now on, ends the turns that are on, and hangs up; takes no longer than the grace and a second. */
  close(): Promise<void>
}

const BASE = '/hooks'
const LIMITS: HookLimits = { admissionMs: 15_000, waiting: 100, graceMs: 5_000, requestMs: 10_000 }
const TOKEN_MIN = 16
const HEADERS_MS = 5_000
const CHECK_MS = 1_000
const CONNECTIONS = 256
const FLUSH_MS = 1_000
const TOKEN_IN_QUERY =
  'Hook token must be provided via Authorization: Bearer <token> or X-OpenClaw-Token header'
const NOT_BEGUN = {
  late: 'hook agent run did not start before admission timeout',
  full: 'too many hook agent runs are waiting',
  closing: 'the agent is stopping',
}

/**
 * Serves the hooks of an OpenClaw gateway for the bots of this process, so that a webhook of kind `openclaw` may point here
 * as well as there. Rejects where the address is taken, or the token so short that it could be guessed.
 */
export async function startHooks(options: HookOptions): Promise<Hooks> {
  const { token, host = '127.0.0.1', port = 0, log, now = () => performance.now() } = options
  if (token.length < TOKEN_MIN) throw new Error(`The token of the hooks needs ${TOKEN_MIN} characters`)
  const limits = { ...LIMITS, ...options.limits }
  const judge = createDoor(token, now)
  const runs = createRuns(options.turn, limits, now)
  const rules: HookRules = { policy: options, era: 'current', source: 'request' }
  let closing: Promise<void> | undefined

  async function answer(request: IncomingMessage): Promise<Answer> {
    const url = URL.parse(request.url ?? '', 'http://localhost')
    if (!url || !`${url.pathname}/`.startsWith(`${BASE}/`)) return text(404, 'Not Found')
    if (url.searchParams.has('token')) return text(400, TOKEN_IN_QUERY)
    if (request.method !== 'POST') return text(405, 'Method Not Allowed', { allow: 'POST' })
    const shut = judge(hookTokenOf(request.headers), request.socket.remoteAddress ?? '')
    if (shut) return shut
    const respond = { [`${BASE}/agent`]: run, [`${BASE}/wake`]: wake }[url.pathname]
    if (!respond) return text(404, 'Not Found')
    if (closing) return unavailable(NOT_BEGUN.closing)
    const body = await readBody(request)
    if (!body) return refusal(413, 'payload too large')
    const content = readJson(body)
    if (!content) return refusal(400, 'invalid JSON')
    return respond(hookPayloadOf(content.value), request)
  }

  async function run(payload: HookPayload, { headers }: IncomingMessage): Promise<Answer> {
    const isAwaited = readHookPatience(payload)
    const { runId, admission, completion } = runs.begin(
      readHookDispatch(payload, rules),
      hookKeyOf(headers, payload),
    )
    const admitted = await admission
    if (admitted !== 'begun') return unavailable(NOT_BEGUN[admitted], { runId })
    if (!isAwaited) return json(200, { ok: true, runId })
    // What the bot says, it says on the network.
    const unsent = { delivered: false, deliveryAttempted: false }
    return json(200, { ok: true, runId, completion: { ...(await completion), ...unsent } })
  }

  async function wake(payload: HookPayload): Promise<Answer> {
    const { agentId: handle, text: line, mode } = readHookWake(payload, rules)
    return json(200, { ok: true, mode, eventOutcome: options.wake({ handle, text: line, mode }) })
  }

  async function receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { status, headers, body } = await answer(request).catch((error: unknown) => {
      if (error instanceof HookRefusal) return refusal(400, error.message)
      // Who hangs up before all was sent is nobody's fault here.
      if (request.complete) log(`a hook could not be answered (${nameOf(error)})`)
      return text(500, 'Internal Server Error')
    })
    if (closing) response.shouldKeepAlive = false
    response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) }).end(body)
    // What is still being sent is thrown away: to hang up on it would cost the answer.
    request.resume()
  }

  const server = createServer(
    {
      headersTimeout: Math.min(HEADERS_MS, limits.requestMs),
      requestTimeout: limits.requestMs,
      connectionsCheckingInterval: Math.min(CHECK_MS, limits.requestMs),
    },
    (request, response) => void receive(request, response),
  )
  server.maxConnections = CONNECTIONS
  server.listen(port, host)
  await once(server, 'listening')
  server.on('error', (error) => log(`a connection of the hooks could not be taken (${nameOf(error)})`))

  return {
    url: urlOf(server),
    close: () => (closing ??= runs.close().then(() => hangUp(server))),
  }
}

/** Lets answers go out that are on their way. */
async function hangUp(server: Server): Promise<void> {
  const closed = once(server, 'close')
  server.close()
  await Promise.race([closed, sleep(FLUSH_MS, undefined, { ref: false })])
  server.closeAllConnections()
  await closed
}

function urlOf(server: Server): string {
  const { address, family, port } = server.address() as AddressInfo
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`
}

/** Never the message, which could quote what was sent. */
function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : 'unknown'
}
