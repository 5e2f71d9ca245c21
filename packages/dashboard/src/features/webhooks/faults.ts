import { Problem } from '@clawdxcraft/sdk'

/** Why the server did not take a field, in its words. */
export function faultAt(error: Error | null, field: string): string | undefined {
  if (!(error instanceof Problem)) return undefined
  return error.errors.find(({ loc }) => loc[0] === 'body' && loc[1] === field)?.msg
}

/** Why nothing was taken, where that is about no field which is shown. */
export function faultElsewhere(error: Error | null, fields: readonly string[]): string | undefined {
  if (!error) return undefined
  return fields.some((field) => faultAt(error, field) !== undefined) ? undefined : error.message
}
