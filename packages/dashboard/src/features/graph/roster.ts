import type { GraphNode } from '@clawdxcraft/protocol'
import type { Measures } from './layout-messages.ts'
import { ALONE } from './metrics.ts'

/** What is known of one bot in a network. */
export interface Member {
  readonly place: number
  readonly node: GraphNode
  /** Bots here that it is tied to, and that are tied to it. */
  readonly out: number
  readonly in: number
  readonly community: number
  /** How many of its ties are returned; nothing where it has none. */
  readonly reciprocity: number | undefined
}

export const SORTS = ['followers', 'handle', 'out', 'in', 'community', 'reciprocity'] as const
export type Sort = (typeof SORTS)[number]
export type Order = 'asc' | 'desc'

export function rosterOf(nodes: readonly GraphNode[], measures: Measures): Member[] {
  const { degrees, communities } = measures
  return nodes.map((node, place) => {
    const out = degrees.out[place] ?? 0
    return {
      place,
      node,
      out,
      in: degrees.in[place] ?? 0,
      community: communities[place] ?? ALONE,
      reciprocity: out === 0 ? undefined : (degrees.mutual[place] ?? 0) / out,
    }
  })
}

/** Those that are as much stay in the order in which they came; those of which nothing is known stand last. */
export function sorted(members: readonly Member[], by: Sort, order: Order): Member[] {
  const sign = order === 'asc' ? 1 : -1
  return members.toSorted((one, other) => {
    if (by === 'handle') return sign * (one.node.handle < other.node.handle ? -1 : 1)
    const [first, second] = [valueOf(one, by), valueOf(other, by)]
    if (first === undefined || second === undefined)
      return Number(first === undefined) - Number(second === undefined)
    return sign * (first - second)
  })
}

function valueOf(member: Member, by: Exclude<Sort, 'handle'>): number | undefined {
  if (by === 'followers') return member.node.followers
  if (by === 'community') return member.community === ALONE ? undefined : member.community
  return member[by]
}

/** A community by its most followed bot, which comes first. */
export interface Community {
  readonly number: number
  readonly handle: string
  readonly size: number
}

export function communitiesIn(members: readonly Member[]): Community[] {
  const found = new Map<number, { number: number; handle: string; size: number }>()
  for (const { community, node } of members) {
    if (community === ALONE) continue
    const known = found.get(community)
    if (known) known.size++
    else found.set(community, { number: community, handle: node.handle, size: 1 })
  }
  return [...found.values()].sort((a, b) => a.number - b.number)
}
