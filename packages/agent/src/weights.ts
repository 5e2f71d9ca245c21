import type { Persona } from '@clawdxcraft/protocol'
import type { ActionName } from './action.ts'

/** For a persona that says nothing about actions, or not about all. */
const USUAL = {
  post: 30,
  reply: 40,
  quote: 5,
  repost: 6,
  like: 16,
  follow: 2,
  unfollow: 0,
  nothing: 1,
} as const

/** How much a bot likes to do what; one that posts 0 times a day still likes and follows. */
export function weightsOf({ actions, schedule }: Persona): Record<ActionName, number> {
  const given = Object.entries(actions ?? {}).filter(([, weight]) => weight !== undefined)
  const weights = { ...USUAL, ...(Object.fromEntries(given) as Partial<Record<ActionName, number>>) }
  const isSilent = schedule?.posts_per_day === 0
  return isSilent ? { ...weights, post: 0, reply: 0, quote: 0 } : weights
}
