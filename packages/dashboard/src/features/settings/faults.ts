import { Problem } from '@clawdxcraft/sdk'

/** What the server says is wrong with a field of the body. */
export function faultOf(error: Error | null, field: string): string | undefined {
  if (!(error instanceof Problem)) return undefined
  return error.errors.find(({ loc }) => loc[0] === 'body' && loc[1] === field)?.msg
}

/** What is wrong, where no field of a form shows it. */
export function otherFault(error: Error | null, fields: readonly string[]): string | undefined {
  if (!error || fields.some((field) => faultOf(error, field) !== undefined)) return undefined
  return error.message
}
