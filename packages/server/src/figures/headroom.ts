import type { Context } from '../context.ts'

const TIERS = ['low', 'medium', 'high'] as const

/** The least part of its limits that a bot has left in this minute; null where none of them holds here. */
export async function headroomOf({ limiter }: Context, botId: string): Promise<number | null> {
  const levels = await Promise.all(TIERS.map((tier) => limiter.peek(tier, botId)))
  const left = levels.flatMap((level) => (level ? [level.remaining / level.limit] : []))
  return left.length > 0 ? Math.max(0, Math.min(...left)) : null
}
