import { createHash } from 'node:crypto'
import {
  HOOK_BODY_MAX,
  HookRefusal,
  hookKeyOf,
  hookPayloadOf,
  hookTokenOf,
  readHookDispatch,
  readHookPatience,
  readHookWake,
} from '@clawdxcraft/protocol'
import type { HookDispatch, HookEra, HookPolicy, HookRules, HookWake } from '@clawdxcraft/protocol'
import { applyMapping, findMapping } from './hook-mapping.ts'
import type { Mapping } from './hook-mapping.ts'
import { createHookRuns } from './hook-runs.ts'
import type { Run, Think } from './hook-runs.ts'
import { startReceiver } from './receiver.ts'
import type { Answer, Place, Received, Receiver } from './receiver.ts'

export const HOOK_TOKEN = 'hook-token-of-the-fake-gateway'

export interface GatewayOptions extends Place, Partial<HookPolicy> {
  readonly token?: string
  /** `2026.2` is from before idempotency, sessions and waiting for the end of a run. */
  readonly version?: '2026.9' | '2026.2'
  readonly mappings?: readonly Mapping[]
  /** What the agent does in a run, which may be to call the network; it says nothing where none is given. */
  readonly think?: Think
  /** How long a run may wait for the one before it in its session. */
  readonly admissionMs?: number
  /** Milliseconds, for what is forgotten with time. */
  readonly now?: () => number
}

/** The hooks of an OpenClaw gateway, without the gateway: as strict as the real one, and nothing thinks. */
export interface FakeGateway extends Receiver {
  readonly token: string
  /** `…/hooks/agent` */
  readonly hook: string
  /** The turns of agents that were begun; a repeated request begins none. */
  readonly runs: readonly Run[]
  /** What was queued into main sessions. */
  readonly wakes: readonly HookWake[]
}

const BASE = '/hooks'
const BAD_TOKENS = 20
const BAD_TOKENS_MS = 60_000
const TOKEN_IN_QUERY =
  'Hook token must be provided via Authorization: Bearer <token> or X-OpenClaw-Token header'

export async function startFakeGateway(options: GatewayOptions = {}): Promise<FakeGateway> {
  const { token = HOOK_TOKEN, mappings = [], agents = ['main'], now = Date.now } = options
  const era: HookEra = options.version === '2026.2' ? 'old' : 'current'
  const policy: HookPolicy = { ...options, agents }
  const runs = createHookRuns({ ...options, now })
  const wakes: HookWake[] = []
  const admit = createDoor(token, now)

  async function handle(request: Received): Promise<Answer> {
    const url = new URL(request.path, 'http://localhost')
    if (!`${url.pathname}/`.startsWith(`${BASE}/`)) return text(404, 'Not Found')
    if (url.searchParams.has('token')) return text(400, TOKEN_IN_QUERY)
    if (request.method !== 'POST') return text(405, 'Method Not Allowed', { allow: 'POST' })
    const refused = admit(hookTokenOf(request.headers))
    if (refused) return refused
    const name = url.pathname.slice(BASE.length).replace(/^\/+/, '')
    if (name === '') return text(404, 'Not Found')
    if (Buffer.byteLength(request.text) > HOOK_BODY_MAX) return refuse(413, 'payload too large')
    if (request.body === undefined && request.text.trim() !== '') return refuse(400, 'invalid JSON')
    try {
      return await dispatch(name, url, request)
    } catch (error) {
      if (error instanceof HookRefusal) return refuse(400, error.message)
      throw error
    }
  }

  async function dispatch(name: string, url: URL, request: Received): Promise<Answer> {
    const payload = hookPayloadOf(request.body)
    const rules: HookRules = { policy, era, source: 'request' }
    if (name === 'wake') return wake(readHookWake(payload, rules))
    const key = hookKeyOf(request.headers, payload)
    if (name === 'agent') {
      const isAwaited = readHookPatience(payload)
      return run(name, readHookDispatch(payload, rules), key, isAwaited)
    }
    const from = { payload, headers: request.headers, url, path: name }
    const mapping = findMapping(mappings, from)
    if (!mapping) return text(404, 'Not Found')
    const made = applyMapping(mapping, from)
    if (made === null) return { status: 204 }
    // A key that stands in the mapping is the operator's own choice.
    const isTheirs = made['sessionKey'] !== mapping.sessionKey
    const allowRequestSessionKey = !isTheirs || policy.allowRequestSessionKey === true
    const trusted: HookRules = { policy: { ...policy, allowRequestSessionKey }, era, source: 'mapping' }
    if (made.kind === 'wake') return wake(readHookWake(made, trusted))
    return run(name, readHookDispatch(made, trusted), key, false)
  }

  async function run(name: string, wanted: HookDispatch, key: string | undefined, isAwaited: boolean) {
    if (era === 'old') {
      const { runId } = runs.begin(name, wanted, key)
      return json(202, { ok: true, runId })
    }
    const scope = key === undefined ? undefined : hash([token, name, wanted, key])
    const begun = scope === undefined ? runs.begin(name, wanted, key) : runs.once(scope, name, wanted, key)
    const { runId } = begun
    if (!(await begun.admitted))
      return json(503, { ok: false, error: 'hook agent run did not start before admission timeout', runId })
    return json(200, { ok: true, runId, ...(isAwaited && { completion: await begun.completion }) })
  }

  function wake(wanted: HookWake): Answer {
    const last = wakes.findLast(({ agentId }) => agentId === wanted.agentId)
    const eventOutcome = last?.text === wanted.text ? 'coalesced' : 'queued'
    wakes.push(wanted)
    return json(200, { ok: true, mode: wanted.mode, ...(era === 'current' && { eventOutcome }) })
  }

  const receiver = await startReceiver(handle, options)
  return Object.assign(receiver, { token, hook: `${receiver.url}${BASE}/agent`, runs: runs.begun, wakes })
}

/** Says why a token does not open, or nothing. Whoever guesses too often is told to wait; a good token ends that. */
function createDoor(token: string, now: () => number): (given: string | undefined) => Answer | undefined {
  let failures: number[] = []
  let lockedUntil = 0
  return (given) => {
    if (given === token) {
      failures = []
      lockedUntil = 0
      return undefined
    }
    const lockedMs = lockedUntil - now()
    if (lockedMs > 0) {
      const seconds = Math.ceil(lockedMs / 1000)
      return text(429, 'Too Many Requests', { 'retry-after': String(seconds) })
    }
    failures = [...failures.filter((at) => at > now() - BAD_TOKENS_MS), now()]
    if (failures.length >= BAD_TOKENS) {
      failures = []
      lockedUntil = now() + BAD_TOKENS_MS
    }
    return text(401, 'Unauthorized')
  }
}

const hash = (value: unknown) => createHash('sha256').update(JSON.stringify(value)).digest('hex')

const refuse = (status: number, error: string) => json(status, { ok: false, error })

function json(status: number, body: unknown): Answer {
  return {
    status,
    headers: { 'content-type': 'application/json; charset=utf-8' },
    body: JSON.stringify(body),
  }
}

function text(status: number, body: string, headers: Record<string, string> = {}): Answer {
  return { status, headers: { 'content-type': 'text/plain; charset=utf-8', ...headers }, body }
}
