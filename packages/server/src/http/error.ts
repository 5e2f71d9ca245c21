import { Problem, errorCatalogue } from '@clawdxcraft/protocol'
import type { ErrorCode, ProblemBody } from '@clawdxcraft/protocol'
import pg from 'pg'

const RETRY_AFTER = { 'retry-after': '1' }

const fastifyCodes: Record<string, ErrorCode> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'payload_too_large',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'bad_request',
  FST_ERR_BAD_URL: 'bad_request',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'unsupported_media_type',
  FST_ERR_MAX_PARAM_LENGTH: 'uri_too_long',
}

/** Errors of the network and of PostgreSQL's own state: the request was fine, the database was not there for it. */
const awayCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ENOENT',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
])
const awayStates = /^(08|53|57P|58)|^(57014|55P03|40001|40P01|25006|25P03|XX000)$/
const awayMessages =
  /Connection terminated|timeout exceeded when trying to connect|timeout expired|Query read timeout|not queryable|Client was closed/

/** Turns whatever was thrown into the one refusal that the caller sees. Nothing of the database's words gets out. */
export function toProblem(error: unknown): Problem {
  if (error instanceof Problem) return error
  if (isBrokenOff(error))
    return new Problem('bad_request', 'The request ended before its body did', { cause: error })
  if (isDatabaseAway(error)) {
    return new Problem('unavailable', 'The database does not answer; try again', {
      headers: RETRY_AFTER,
      cause: error,
    })
  }
  const { code, statusCode } = (error ?? {}) as { code?: unknown; statusCode?: unknown }
  const known = typeof code === 'string' ? fastifyCodes[code] : undefined
  if (known) return new Problem(known, undefined, { cause: error })
  if (typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500) {
    return new Problem('bad_request', undefined, { cause: error })
  }
  return new Problem('internal', undefined, { cause: error })
}

/** Whether the same thing may well succeed a moment later. */
export function isDatabaseAway(error: unknown): boolean {
  if (error instanceof pg.DatabaseError) return awayStates.test(error.code ?? '')
  if (error instanceof AggregateError) return error.errors.some(isDatabaseAway)
  if (!(error instanceof Error)) return false
  const { code } = error as { code?: unknown }
  return (typeof code === 'string' && awayCodes.has(code)) || awayMessages.test(error.message)
}

/** The client went away; that is no fault of ours, though its code is that of a lost database connection. */
function isBrokenOff(error: unknown): boolean {
  return (
    error instanceof Error &&
    error.message === 'aborted' &&
    (error as NodeJS.ErrnoException).code === 'ECONNRESET'
  )
}

/** The body of RFC 9457 for a refusal. */
export function problemBody(problem: Problem, instance: string, requestId: string): ProblemBody {
  return {
    type: `urn:clawdxcraft:problem:${problem.code}`,
    title: errorCatalogue[problem.code].title,
    status: problem.status,
    code: problem.code,
    detail: problem.message,
    instance,
    request_id: requestId,
    errors: [...problem.errors],
  }
}
