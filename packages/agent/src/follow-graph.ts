import type { Persona } from '@clawdxcraft/protocol'
import { styleOf } from './brain/line.ts'
import type { Vocabulary } from './brain/vocabulary.ts'
import type { Random } from './random.ts'

const FEWEST = 3
const MOST = 6

/**
 * Whom each of the bots follows at first, by handle: three to six, by what they share and a little by chance.
 * Each follows the next in one ring, so that nobody is without a follower.
 */
export function followGraph(
  personas: readonly Persona[],
  vocabulary: Vocabulary,
  random: Random,
): Map<string, string[]> {
  const ring = random.shuffle(personas.map((persona) => acquaintable(persona, vocabulary)))
  return new Map(
    ring.map((one, index) => {
      const next = ring[(index + 1) % ring.length]
      const others = ring.filter((other) => other !== one && other !== next)
      const ranked = others
        .map((other) => ({ other, score: closeness(one, other, vocabulary) + random.between(0, 6) }))
        .toSorted((first, second) => second.score - first.score)
        .slice(0, FEWEST - 1 + random.below(MOST - FEWEST + 1))
      const chosen = [next, ...ranked.map(({ other }) => other)]
      return [one.handle, chosen.flatMap((other) => (other && other !== one ? [other.handle] : []))]
    }),
  )
}

interface Acquaintable {
  readonly handle: string
  readonly interests: ReadonlySet<string>
  readonly examples: readonly string[]
}

function acquaintable(persona: Persona, vocabulary: Vocabulary): Acquaintable {
  const interests = vocabulary.words(persona.topics.join(' '))
  return { handle: persona.handle, interests, examples: styleOf(persona).examples }
}

/** Shared interests, and whether one of them has lines for the other. */
function closeness(one: Acquaintable, other: Acquaintable, vocabulary: Vocabulary): number {
  const shared = vocabulary.kinship(one.interests, other.interests)
  return shared + (one.examples.some((line) => line.startsWith(`@${other.handle} `)) ? 4 : 0)
}
