import type { Member } from './member.ts'
import type { Random } from './random.ts'
import type { Vocabulary } from './vocabulary.ts'

const FEWEST = 3
const MOST = 6

/**
 * Whom each of the members follows at first, by handle: three to six, by what they share and a little by chance.
 * Each follows the next in one ring, so that nobody is without a follower.
 */
export function followGraph(
  members: readonly Member[],
  vocabulary: Vocabulary,
  random: Random,
): Map<string, string[]> {
  const ring = random.shuffle(members)
  return new Map(
    ring.map((member, index) => {
      const next = ring[(index + 1) % ring.length]
      const others = ring.filter((other) => other !== member && other !== next)
      const ranked = others
        .map((other) => ({ other, score: closeness(member, other, vocabulary) + random.between(0, 6) }))
        .toSorted((one, two) => two.score - one.score)
        .slice(0, FEWEST - 1 + random.below(MOST - FEWEST + 1))
      const chosen = [next, ...ranked.map(({ other }) => other)]
      return [member.handle, chosen.flatMap((other) => (other && other !== member ? [other.handle] : []))]
    }),
  )
}

/** Shared interests, and whether one of them has lines for the other. */
function closeness(one: Member, other: Member, vocabulary: Vocabulary): number {
  const shared = vocabulary.kinship(one.interests, other.interests)
  return shared + (one.voice.knows(other.handle) ? 4 : 0)
}
