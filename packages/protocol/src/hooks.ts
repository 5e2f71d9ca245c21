// The hooks of an OpenClaw gateway, as whoever serves them reads what comes.

export const HOOK_BODY_MAX = 256 * 1024
const KEY_MAX = 256

/** What a gateway is set up to let callers of its hooks do. */
export interface HookPolicy {
  /** The gateway's agents. The only one is taken where a request names none. */
  readonly agents: readonly string[]
  /** All where nothing is said, none where it is empty. */
  readonly allowedAgentIds?: readonly string[]
  readonly allowRequestSessionKey?: boolean
  readonly allowedSessionKeyPrefixes?: readonly string[]
  readonly channels?: readonly string[]
}

/** A request for a turn of an agent, with everything decided. */
export interface HookDispatch {
  readonly message: string
  readonly name: string
  readonly agentId: string
  readonly wakeMode: 'now' | 'next-heartbeat'
  readonly sessionMode: 'isolated' | 'persistent'
  /** `undefined`: a session of its own. */
  readonly sessionKey: string | undefined
  readonly deliver: boolean
  readonly channel: string
  readonly to: string | undefined
  readonly accountId: string | undefined
  readonly model: string | undefined
  readonly thinking: string | undefined
  readonly timeoutSeconds: number | undefined
}

/** A request for a line in the agent's main session. */
export interface HookWake {
  readonly text: string
  readonly mode: 'now' | 'next-heartbeat'
  readonly agentId: string
  readonly sessionKey: string | undefined
}

/** How a run ended. What was said in it is told to nobody. */
export interface HookCompletion {
  readonly status: 'ok' | 'error' | 'skipped'
  readonly replyDisposition: 'visible' | 'silent' | 'empty'
  readonly delivered?: boolean
  readonly deliveryAttempted?: boolean
}

/** Becomes 400 with this message. */
export class HookRefusal extends Error {
  override readonly name = 'HookRefusal'
}

export type HookPayload = Record<string, unknown>

/** By names in lower case, as `node:http` has them. */
export type HookHeaders = Readonly<Record<string, string | readonly string[] | undefined>>

/** Who chose the fields: whoever sent the request, or the operator in a mapping, who is trusted with more. */
export type HookSource = 'request' | 'mapping'

/** What releases of before 2026.9 make of it: fewer fields, and no agent is unknown. */
export type HookEra = 'current' | 'old'

export interface HookRules {
  readonly policy: HookPolicy
  readonly era: HookEra
  readonly source: HookSource
}

/** Decides everything about a turn; throws a `HookRefusal`. */
export function readHookDispatch(payload: HookPayload, rules: HookRules): HookDispatch {
  const message = textOf(payload['message'])
  refuseUnless(message, rules.source === 'request' ? 'message required' : 'hook mapping requires message')
  const given = agentGiven(payload)
  const sessionMode = rules.era === 'old' ? 'isolated' : sessionModeOf(payload)
  const delivery = deliveryOf(payload, rules)
  const model = textOf(payload['model'])
  refuseUnless(payload['model'] === undefined || model, 'model required')
  const agentId = agentOf(given, rules)
  const sessionKey = sessionKeyOf(payload, rules)
  if (sessionMode === 'persistent') {
    refuseUnless(sessionKey, 'sessionKey is required when sessionMode is persistent')
    refuseUnless(
      rules.policy.allowedSessionKeyPrefixes?.length,
      'hooks.allowedSessionKeyPrefixes is required when direct hook sessionMode is persistent',
    )
  }
  return {
    message,
    name: textOf(payload['name']) ?? 'Hook',
    agentId,
    wakeMode: wakeModeOf(payload['wakeMode']),
    sessionMode,
    sessionKey,
    ...delivery,
    model,
    thinking: textOf(payload['thinking']),
    timeoutSeconds: secondsOf(payload['timeoutSeconds']),
  }
}

/** Decides everything about a line; throws a `HookRefusal`. */
export function readHookWake(payload: HookPayload, rules: HookRules): HookWake {
  const text = textOf(payload['text'])
  refuseUnless(text, rules.source === 'request' ? 'text required' : 'hook mapping requires text')
  const mode = wakeModeOf(payload['mode'])
  const given = agentGiven(payload)
  refuseUnless(mode === 'now' || textOf(payload['sessionKey']) === undefined, 'sessionKey requires mode=now')
  return { text, mode, agentId: agentOf(given, rules), sessionKey: sessionKeyOf(payload, rules) }
}

/** Whether the answer is to be held until the run has ended; throws a `HookRefusal`. */
export function readHookPatience({ waitForCompletion = false }: HookPayload): boolean {
  refuseUnless(typeof waitForCompletion === 'boolean', 'waitForCompletion must be boolean')
  return waitForCompletion
}

/** What is no object counts as an empty one. */
export function hookPayloadOf(body: unknown): HookPayload {
  return typeof body === 'object' && body !== null && !Array.isArray(body) ? (body as HookPayload) : {}
}

/** The token that a request shows; a Bearer that is not empty comes first. */
export function hookTokenOf(headers: HookHeaders): string | undefined {
  const [, bearer] = /^bearer\s+(\S.*)$/i.exec(textOf(headers['authorization']) ?? '') ?? []
  return bearer ?? textOf(headers['x-openclaw-token'])
}

/** Under which name a request may be repeated; one that is too long counts for nothing. */
export function hookKeyOf(headers: HookHeaders, { idempotencyKey }: HookPayload): string | undefined {
  const given = [headers['idempotency-key'], headers['x-openclaw-idempotency-key'], idempotencyKey]
  return given.map(textOf).find((key) => key !== undefined && key.length <= KEY_MAX)
}

function agentGiven(payload: HookPayload): string | undefined {
  const given = textOf(payload['agentId'])
  refuseUnless(payload['agentId'] === undefined || given, 'agentId must be a non-empty string')
  return given?.toLowerCase()
}

function agentOf(given: string | undefined, { policy, era, source }: HookRules): string {
  const { agents, allowedAgentIds } = policy
  const isKnown = given !== undefined && agents.includes(given)
  if (era === 'current' && source === 'request' && given !== undefined)
    refuseUnless(isKnown, `unknown agentId "${given}"`)
  const fallback = era === 'old' || agents.length === 1 ? agents[0] : undefined
  const agentId = isKnown ? given : fallback
  refuseUnless(agentId, 'agentId is required when multiple agents are configured')
  const isAllowed = [agentId, '*'].some((one) => allowedAgentIds?.includes(one) ?? true)
  refuseUnless(isAllowed, 'agentId is not allowed by hooks.allowedAgentIds')
  return agentId
}

function sessionKeyOf(payload: HookPayload, { policy }: HookRules): string | undefined {
  const key = textOf(payload['sessionKey'])
  if (key === undefined) return undefined
  refuseUnless(
    policy.allowRequestSessionKey,
    'sessionKey is disabled for externally supplied hook payload values; set hooks.allowRequestSessionKey=true to enable',
  )
  const prefixes = policy.allowedSessionKeyPrefixes
  const isAdmitted = prefixes?.some((prefix) => key.toLowerCase().startsWith(prefix.toLowerCase())) ?? true
  refuseUnless(isAdmitted, `sessionKey must start with one of: ${prefixes?.join(', ')}`)
  return key
}

function sessionModeOf({ sessionMode = 'isolated' }: HookPayload): HookDispatch['sessionMode'] {
  const isMode = sessionMode === 'isolated' || sessionMode === 'persistent'
  refuseUnless(isMode, 'sessionMode must be isolated or persistent')
  return sessionMode
}

type Delivery = Pick<HookDispatch, 'deliver' | 'channel' | 'to' | 'accountId'>

/** Only `false` turns it off, and then nothing is looked at. */
function deliveryOf(payload: HookPayload, { policy, era, source }: HookRules): Delivery {
  if (payload['deliver'] === false)
    return { deliver: false, channel: 'last', to: undefined, accountId: undefined }
  const channels = ['last', ...(policy.channels ?? [])]
  const channel = payload['channel'] === undefined ? 'last' : textOf(payload['channel'])?.toLowerCase()
  refuseUnless(channel !== undefined && channels.includes(channel), `channel must be ${channels.join('|')}`)
  const delivery = {
    deliver: true,
    channel,
    to: textOf(payload['to']),
    accountId: textOf(payload['accountId']),
  }
  if (era === 'current' && source === 'request') refuseHalfADestination(payload, delivery)
  return delivery
}

function refuseHalfADestination(payload: HookPayload, { channel, to, accountId }: Delivery): void {
  const isGiven = (field: string) => payload[field] !== undefined
  if (!['channel', 'to', 'accountId'].some(isGiven)) return
  for (const field of ['to', 'accountId'] as const)
    refuseUnless(
      !isGiven(field) || { to, accountId }[field],
      `${field} must be a non-empty string for hook delivery`,
    )
  const isWhole = isGiven('channel') && to !== undefined
  refuseUnless(accountId === undefined || isWhole, 'accountId requires channel and to for hook delivery')
  refuseUnless(isWhole, 'channel and to must be set together for hook delivery')
  refuseUnless(channel !== 'last', 'channel must name a concrete channel for hook delivery')
}

const wakeModeOf = (value: unknown) => (value === 'next-heartbeat' ? 'next-heartbeat' : 'now')

/** A strange time is not refused, only left out. */
function secondsOf(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) && value > 0 ? Math.floor(value) : undefined
}

function textOf(value: unknown): string | undefined {
  const text = typeof value === 'string' ? value.trim() : ''
  return text === '' ? undefined : text
}

function refuseUnless(condition: unknown, reason: string): asserts condition {
  if (!condition) throw new HookRefusal(reason)
}
