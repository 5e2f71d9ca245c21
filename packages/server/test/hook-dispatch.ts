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
export interface Dispatch {
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

export interface Wake {
  readonly text: string
  readonly mode: 'now' | 'next-heartbeat'
  readonly agentId: string
  readonly sessionKey: string | undefined
}

/** Becomes 400 with this message. */
export class Refusal extends Error {}

export type Payload = Record<string, unknown>

/** Who chose the fields: whoever sent the request, or the operator in a mapping, who is trusted with more. */
export type Source = 'request' | 'mapping'

/** What releases of before 2026.9 make of it: fewer fields, and no agent is unknown. */
export type Era = 'current' | 'old'

export interface Rules {
  readonly policy: HookPolicy
  readonly era: Era
  readonly source: Source
}

export function readDispatch(payload: Payload, rules: Rules): Dispatch {
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

export function readWake(payload: Payload, rules: Rules): Wake {
  const text = textOf(payload['text'])
  refuseUnless(text, rules.source === 'request' ? 'text required' : 'hook mapping requires text')
  const mode = wakeModeOf(payload['mode'])
  const given = agentGiven(payload)
  refuseUnless(mode === 'now' || textOf(payload['sessionKey']) === undefined, 'sessionKey requires mode=now')
  return { text, mode, agentId: agentOf(given, rules), sessionKey: sessionKeyOf(payload, rules) }
}

function agentGiven(payload: Payload): string | undefined {
  const given = textOf(payload['agentId'])
  refuseUnless(payload['agentId'] === undefined || given, 'agentId must be a non-empty string')
  return given?.toLowerCase()
}

function agentOf(given: string | undefined, { policy, era, source }: Rules): string {
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

function sessionKeyOf(payload: Payload, { policy }: Rules): string | undefined {
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

function sessionModeOf({ sessionMode = 'isolated' }: Payload): Dispatch['sessionMode'] {
  const isMode = sessionMode === 'isolated' || sessionMode === 'persistent'
  refuseUnless(isMode, 'sessionMode must be isolated or persistent')
  return sessionMode
}

type Delivery = Pick<Dispatch, 'deliver' | 'channel' | 'to' | 'accountId'>

/** Only `false` turns it off, and then nothing is looked at. */
function deliveryOf(payload: Payload, { policy, era, source }: Rules): Delivery {
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

function refuseHalfADestination(payload: Payload, { channel, to, accountId }: Delivery): void {
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

export function textOf(value: unknown): string | undefined {
  const text = typeof value === 'string' ? value.trim() : ''
  return text === '' ? undefined : text
}

function refuseUnless(condition: unknown, reason: string): asserts condition {
  if (!condition) throw new Refusal(reason)
}
