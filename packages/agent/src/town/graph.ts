import { createRandom } from '../random.ts'
import type { Random } from '../random.ts'

export interface Settler {
  readonly handle: string
  /** Bots of the same community mostly follow each other. */
  readonly community: string
}

export interface GraphOptions {
  /** Each with a handle of its own. */
  readonly bots: readonly Settler[]
  readonly seed: string
  /** How many others one follows on average, where the town is large enough. */
  readonly mean?: number
}

const FEWEST = 3
/** Nobody reads more than this. */
const MOST = 150
const FOLLOWS_BACK = 0.2
const STAYS_AT_HOME = 0.6
/** How known one is, and how much one reads: the lower, the more unequal. */
const SHAPE = { fame: 1.1, reading: 2.5 }
const USUAL_FAME = 20
/** Draws for each one to be followed: the others found themselves or somebody followed already. */
const TRIES = 4

interface Resident {
  readonly handle: string
  readonly follows: Set<Resident>
  /** Shared with all of the same community. */
  readonly home: Urn
}

/**
 * Everybody is in it the more often the better known: a draw takes no longer in a large town. To add whoever gains a
 * follower made followers more equal, a Gini of 0.45 instead of 0.50 in a town of 500.
 */
type Urn = Resident[]

/**
 * Whom each bot follows at first, by handle. Few have most of the followers, as in any network of people. Everybody
 * follows three at least and has a follower, and each can be reached from each. Takes time in proportion to the follows.
 */
export function townGraph({ bots, seed, mean = 12 }: GraphOptions): Map<string, string[]> {
  const random = createRandom(`${seed}/follows`)
  const residents = settle(bots)
  const town: Urn = []
  for (const resident of residents) {
    const fame = USUAL_FAME * unequal(SHAPE.fame, random)
    // Without a limit one bot could swallow the town.
    for (let times = 0; times <= Math.min(bots.length / 2, fame); times++) {
      town.push(resident)
      resident.home.push(resident)
    }
  }
  const most = Math.min(MOST, bots.length - 1)
  // About half of those that one follows back come before one has followed enough oneself.
  const own = mean / (1 + FOLLOWS_BACK / 2)

  function follow(one: Resident, other: Resident | undefined): void {
    if (other && other !== one) one.follows.add(other)
  }

  function followSome(one: Resident): void {
    const wanted = Math.min(most, Math.round(FEWEST + (own - FEWEST) * unequal(SHAPE.reading, random)))
    for (let tries = wanted * TRIES; tries > 0 && one.follows.size < wanted; tries--) {
      const other = random.pick(random.chance(STAYS_AT_HOME) ? one.home : town)
      if (!other || other === one || one.follows.has(other)) continue
      follow(one, other)
      if (other.follows.size < most && random.chance(FOLLOWS_BACK)) follow(other, one)
    }
  }

  const ring = random.shuffle(residents)
  const next = (place: number) => ring[place % ring.length]
  // First of all, so that it fits below the most that one may follow.
  for (const [place, one] of ring.entries()) follow(one, next(place + 1))
  for (const [place, one] of ring.entries()) {
    followSome(one)
    for (let step = 2; one.follows.size < Math.min(FEWEST, most); step++) follow(one, next(place + step))
  }
  return new Map(
    residents.map(({ handle, follows }) => [handle, Array.from(follows, (other) => other.handle)]),
  )
}

function settle(bots: readonly Settler[]): Resident[] {
  const homes = new Map<string, Urn>()
  return bots.map(({ handle, community }) => {
    const home = homes.get(community) ?? []
    homes.set(community, home)
    return { handle, follows: new Set(), home }
  })
}

/** Pareto's (Lomax): 1 on average, mostly less, rarely very much. */
function unequal(shape: number, random: Random): number {
  return ((1 - random.next()) ** (-1 / shape) - 1) * (shape - 1)
}
