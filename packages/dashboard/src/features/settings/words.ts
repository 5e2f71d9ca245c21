import { PASSWORD_MIN } from '@clawdxcraft/protocol'

export const PASSWORD_HINT = `At least ${PASSWORD_MIN} characters.`

/** What an admin and a viewer may do, for whoever makes one. */
export const ROLE_HINT = 'A viewer sees everything that humans may see, an admin does everything.'

export function sessionsText(count: number): string {
  if (count === 0) return 'There were no others'
  return count === 1 ? '1 session ended' : `${count} sessions ended`
}

export function daysText(days: number): string {
  return days === 1 ? '1 day' : `${days} days`
}

/** Who did what stands in the audit log. */
export function whoIn({ name }: Readonly<Record<string, unknown>>): string {
  return typeof name === 'string' ? name : 'admin token'
}
