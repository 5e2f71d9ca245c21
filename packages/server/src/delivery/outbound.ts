import { Agent, buildConnector, request } from 'undici'
import type { Dispatcher } from 'undici'
import { createGuard } from './guard.ts'
import type { Guard } from './guard.ts'
import { OutboundError, toOutboundError } from './outbound-error.ts'
import { resolveForSocket } from './resolve.ts'

export interface OutboundAnswer {
  readonly status: number
  /** The first 8 KiB at most; what did not come in time is missing. */
  readonly body: string
  /** Those that tell something whatever server it is. */
  readonly headers: Readonly<Record<string, string>>
  /** Seconds from now. */
  readonly retryAfter: number | undefined
}

export interface OutboundOptions {
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  /** For everything until the status is there. */
  readonly timeoutMs: number
  readonly signal: AbortSignal
}

export interface Outbound {
  /** Any status is an answer, redirects too, which are never followed. Rejects with an `OutboundError`. */
  post(url: string, options: OutboundOptions): Promise<OutboundAnswer>
  /** Ends what is under way. */
  close(): Promise<void>
}

const CONNECT_MS = 3_000
const BODY_MS = 2_000
const BODY_BYTES = 8 * 1024
const TOLD = ['content-type', 'content-length', 'location', 'retry-after']
const LONGEST_RETRY_S = 2 ** 31
const AGENT: Agent.Options = {
  // Many bots may live behind one gateway, which takes its time; who waited for a connection would run out of it.
  connections: 256,
  pipelining: 1,
  // While it may be HTTP/2, the second connection to a host waits until the first one is there.
  allowH2: false,
  keepAliveTimeout: 4_000,
  keepAliveMaxTimeout: 4_000,
}

export function createOutbound(guard: Guard): Outbound {
  const guarded = createAgent(guard)
  const open = createAgent()

  async function post(address: string, options: OutboundOptions): Promise<OutboundAnswer> {
    const judgement = guard.judge(address)
    if ('refusal' in judgement) throw new OutboundError('refused', judgement.refusal)
    const { url } = judgement
    const dispatcher = guard.isListedHost(url.hostname) ? open : guarded
    return send(dispatcher, url, options)
  }

  return {
    post,
    async close() {
      await Promise.all([guarded.destroy(), open.destroy()])
    },
  }
}

/** Throws where this Node or undici lets a guarded client through to this machine. */
export async function selfTest(): Promise<void> {
  const agent = createAgent(createGuard({ hosts: new Set(), networks: [] }))
  const urls = ['127.0.0.1', 'localhost', '[::1]'].flatMap((host) => [
    `http://${host}:1/`,
    `https://${host}:1/`,
  ])
  try {
    await Promise.all(urls.map((url) => mustRefuse(agent, url)))
  } finally {
    await agent.destroy()
  }
}

async function mustRefuse(agent: Agent, url: string): Promise<void> {
  const options = { headers: {}, body: '', timeoutMs: CONNECT_MS, signal: AbortSignal.timeout(CONNECT_MS) }
  const end = await send(agent, new URL(url), options).then(
    ({ status }) => `answered ${status}`,
    (error: unknown) => (error instanceof OutboundError ? error.code : 'failed'),
  )
  // A machine may have no such name.
  if (end !== 'refused' && end !== 'dns') throw new Error(`The guard of webhooks did not stop ${url}: ${end}`)
}

function createAgent(guard?: Guard): Agent {
  return new Agent({ ...AGENT, connect: createConnector(guard) })
}

/**
 * TCP first, then TLS over it: `tls.connect` knows no block list, and would say hello before anyone could look where the
 * socket leads.
 */
function createConnector(guard: Guard | undefined): buildConnector.connector {
  const rules = guard && { blockList: guard.blockList, lookup: resolveForSocket }
  const tcp = buildConnector({ timeout: CONNECT_MS, ...rules })
  const tls = buildConnector({ timeout: CONNECT_MS, allowH2: false })
  return (options, callback) => {
    const isSecure = options.protocol === 'https:'
    const port = options.port || (isSecure ? '443' : '80')
    // Whoever gives up ends the socket that is returned.
    return tcp({ hostname: options.hostname, protocol: 'http:', port }, (...[error, socket]) => {
      if (error) return callback(error, null)
      if (guard && !guard.mayReach(socket.remoteAddress ?? '')) {
        socket.destroy()
        return callback(new OutboundError('refused'), null)
      }
      if (isSecure) tls({ ...options, httpSocket: socket }, callback)
      else callback(null, socket)
    })
  }
}

async function send(dispatcher: Dispatcher, url: URL, options: OutboundOptions): Promise<OutboundAnswer> {
  const { headers, body, timeoutMs, signal } = options
  const limit = new AbortController()
  const startedAt = performance.now()
  const giveUp = () => limit.abort(new OutboundError('aborted'))
  const timer = setTimeout(() => limit.abort(new OutboundError('timeout')), timeoutMs)
  signal.addEventListener('abort', giveUp, { once: true })
  if (signal.aborted) giveUp()
  try {
    const answer = await request(url, {
      dispatcher,
      method: 'POST',
      headers,
      body,
      signal: limit.signal,
      headersTimeout: timeoutMs,
      bodyTimeout: timeoutMs,
    })
    const leftMs = Math.min(BODY_MS, timeoutMs - (performance.now() - startedAt))
    return {
      status: answer.statusCode,
      body: await readStart(answer.body, leftMs),
      headers: toldBy(answer.headers),
      retryAfter: secondsOf(first(answer.headers['retry-after'])),
    }
  } catch (error) {
    throw toOutboundError(error)
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', giveUp)
  }
}

/** Ends the connection where more would come; it is kept where the body had its end. */
async function readStart(body: Dispatcher.ResponseData['body'], limitMs: number): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  const timer = setTimeout(() => body.destroy(), limitMs)
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      chunks.push(chunk)
      size += chunk.length
      if (size > BODY_BYTES) break
    }
  } catch {
    // The status counts, however the rest of it ended.
  } finally {
    clearTimeout(timer)
  }
  return Buffer.concat(chunks).subarray(0, BODY_BYTES).toString('utf8')
}

function toldBy(headers: Dispatcher.ResponseData['headers']): Record<string, string> {
  return Object.fromEntries(
    TOLD.flatMap((name) => {
      const value = first(headers[name])
      return value === undefined ? [] : [[name, value]]
    }),
  )
}

function first(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header
}

/** `Retry-After` is a number of seconds or a date. */
function secondsOf(header: string | undefined): number | undefined {
  if (header === undefined) return undefined
  if (/^\d+$/.test(header)) return Math.min(Number(header), LONGEST_RETRY_S)
  // `Date.parse` makes a date of almost anything.
  const milliseconds = header.endsWith(' GMT') ? Date.parse(header) - Date.now() : NaN
  if (Number.isNaN(milliseconds)) return undefined
  return Math.min(Math.max(0, Math.ceil(milliseconds / 1_000)), LONGEST_RETRY_S)
}
