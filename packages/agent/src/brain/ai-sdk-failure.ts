import { APICallError } from 'ai'
import { Redirected, TooLong } from './bounded-fetch.ts'
import { BrainFailure } from './brain.ts'
import type { FailureKind, Spent } from './brain.ts'
import type { Provider } from './provider.ts'

const LONGEST_REST_MS = 60 * 60_000

/** The words of providers that may be repeated. Anything else that they say could quote a key or a prompt. */
const CODES = new Set([
  ...[
    'api_error',
    'authentication_error',
    'billing_error',
    'billing_hard_limit_reached',
    'context_length_exceeded',
  ],
  ...['insufficient_quota', 'invalid_api_key', 'invalid_request_error', 'model_not_found', 'not_found_error'],
  ...['overloaded_error', 'permission_error', 'rate_limit_error', 'rate_limit_exceeded', 'request_too_large'],
  ...['server_error', 'timeout_error', 'unsupported_parameter', 'unsupported_value'],
])
/** 429 is also what somebody gets whose money is used up, which no waiting helps. */
const NO_MONEY = new Set(['insufficient_quota', 'billing_hard_limit_reached', 'billing_error'])

/** What went wrong, in words for the owner. `spent` is what an answer cost that nobody can read. */
export function failureOf(error: unknown, provider: Provider, spent: Spent): BrainFailure {
  if (error instanceof BrainFailure) return error
  if (error instanceof TooLong) return new BrainFailure('garbage', 'The answer is far too long', { spent })
  if (error instanceof Redirected) {
    return new BrainFailure(
      'refused',
      'The address redirects: put the one that it leads to into model.base_url',
    )
  }
  if (!APICallError.isInstance(error)) {
    return new BrainFailure('garbage', `The answer cannot be understood (${nameOf(error)})`, { spent })
  }
  const { statusCode: status } = error
  if (status === undefined) {
    return new BrainFailure('away', `The provider cannot be reached (${networkCodeOf(error)})`)
  }
  if (status < 400)
    return new BrainFailure('garbage', `The answer cannot be understood (${status})`, { spent })
  const code = codeOf(error.data)
  const kind = kindOf(status, code)
  const restMs = restOf(error.responseHeaders ?? {})
  const words = `${wordsOf(kind, status, provider)} (${status}${code === undefined ? '' : ` ${code}`})`
  return new BrainFailure(kind, words, restMs === undefined ? {} : { restMs })
}

/** Whether the provider takes the request but not its form. */
export function isFormRefused(error: unknown): boolean {
  return APICallError.isInstance(error) && (error.statusCode === 400 || error.statusCode === 422)
}

function kindOf(status: number, code: string | undefined): FailureKind {
  if (code !== undefined && NO_MONEY.has(code)) return 'refused'
  if (status === 429) return 'limited'
  return status >= 500 || status === 408 || status === 409 || status === 425 ? 'away' : 'refused'
}

function wordsOf(kind: FailureKind, status: number, { keyName }: Provider): string {
  if (kind === 'limited') return 'The provider wants fewer requests'
  if (kind === 'away') return 'The provider has trouble'
  if (status === 401 || status === 403) {
    return keyName === undefined
      ? 'The provider wants a key: name its variable in model.api_key_env'
      : `The provider refuses the key in ${keyName}`
  }
  if (status === 404) return 'The provider does not know the model: check model.name and model.base_url'
  if (status === 402 || status === 429) return 'The account at the provider has no money left'
  return 'The provider refuses the request: check the settings in model'
}

/** `error.code` is the more exact one where both are known. */
function codeOf(data: unknown): string | undefined {
  const { error } = (data ?? {}) as { error?: { code?: unknown; type?: unknown } }
  return [error?.code, error?.type].find(
    (code): code is string => typeof code === 'string' && CODES.has(code),
  )
}

function networkCodeOf(error: Error): string {
  let cause: unknown = error.cause
  for (let depth = 0; depth < 5 && cause instanceof Error; depth++) {
    const { code } = cause as NodeJS.ErrnoException
    if (typeof code === 'string' && /^[A-Z][A-Z0-9_]{2,50}$/.test(code)) return code
    cause = cause.cause
  }
  return 'no connection'
}

function nameOf(error: unknown): string {
  return error instanceof Error && /^\w{1,50}$/.test(error.name) ? error.name : 'unknown'
}

/** How long a provider wants to be left alone, in milliseconds. */
function restOf(headers: Readonly<Record<string, string>>): number | undefined {
  const exact = Number(headers['retry-after-ms'] ?? NaN)
  const given = headers['retry-after'] ?? ''
  const seconds = /^\s*\d+(\.\d+)?\s*$/.test(given) ? Number(given) * 1_000 : Date.parse(given) - Date.now()
  const ms = Number.isFinite(exact) ? exact : seconds
  return Number.isFinite(ms) ? Math.min(Math.max(0, ms), LONGEST_REST_MS) : undefined
}
