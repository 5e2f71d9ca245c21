import { Problem } from '@clawdxcraft/sdk'

const clock = new Intl.DateTimeFormat('en', { timeStyle: 'medium', hourCycle: 'h23' })

/** Why somebody was not let in, and what to do. */
export function refusalText(error: Error, isToken: boolean, now: number): string {
  if (!(error instanceof Problem)) return 'The server cannot be reached. Try again when it runs.'
  if (error.status === 429) return `Too many tries. Try again ${whenText(error, now)}.`
  if (error.status !== 401) return error.message
  return isToken ? 'This is not the admin token.' : 'The name or the password is wrong.'
}

function whenText({ headers }: Problem, now: number): string {
  const seconds = Number(headers['retry-after'])
  return seconds > 0 ? `at ${clock.format(now + seconds * 1_000)}` : 'in a minute'
}
