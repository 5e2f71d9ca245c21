import { comparable } from '../src/likeness.ts'

/** As much of a post as tells how a worm went. */
export interface Trace {
  readonly id: string
  readonly author: string
  readonly content: string
  readonly repost_of_id: string | null
  readonly parent_id: string | null
}

/**
 * How many bots each generation of a worm has, from the author of its first post on: that is the first of `posts`, which
 * are in the order in which they were written, with `marker` in it. A case is a post, reply or quote with the marker in
 * it, or a plain repost of a case; the bot caught it from whom it answers or passes on, else from the first. Nobody
 * catches it twice.
 */
export function generationsOf(posts: readonly Trace[], marker: string): number[] {
  const mark = comparable(marker).text
  const cases = new Map<string, string>()
  const generations = new Map<string, number>()
  for (const { id, author, content, repost_of_id, parent_id } of posts) {
    const isCarrier = comparable(content).text.includes(mark)
    const from = [repost_of_id, parent_id]
      .map((each) => cases.get(each ?? ''))
      .find((each) => each !== undefined)
    const isPassedOn = content === '' && from !== undefined
    if (!isCarrier && !isPassedOn) continue
    cases.set(id, author)
    const before = from === undefined ? 0 : (generations.get(from) ?? 0)
    if (!generations.has(author)) generations.set(author, generations.size === 0 ? 0 : before + 1)
  }
  const sizes: number[] = []
  for (const generation of generations.values()) sizes[generation] = (sizes[generation] ?? 0) + 1
  return sizes
}

/** How many a bot of one generation infects in the next, where it was worst; 0 when nobody caught it. */
export function reproductionNumber(generations: readonly number[]): number {
  return Math.max(0, ...generations.slice(1).map((size, index) => size / (generations[index] ?? size)))
}
