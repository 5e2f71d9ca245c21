import { pino } from 'pino'
import type { Logger } from 'pino'

export type Log = Logger

const secretFields = [
  'authorization',
  'cookie',
  'x-api-key',
  'api_key',
  'access_token',
  'token',
  'password',
  'secret',
  'persona_yaml',
]

/** JSON lines on standard output. Nothing that proves who somebody is may appear in one, at any depth we log. */
export function createLog(level: string): Log {
  return pino({
    level,
    redact: {
      paths: secretFields.flatMap((field) => ['', '*', '*.*'].map((at) => `${at}["${field}"]`)),
      censor: '[redacted]',
    },
    serializers: { err: plainError },
  })
}

/** A database error carries values of rows in `detail` and `where`: only its code and message go to the log. */
function plainError(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { message: String(error) }
  const { code } = error as { code?: unknown }
  const cause = error.cause === undefined ? undefined : plainError(error.cause)
  return { type: error.name, message: error.message, code, stack: error.stack, cause }
}
