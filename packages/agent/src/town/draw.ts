import type { Random } from '../random.ts'

/** Who acts next in a town. */
export interface Draw<Member> {
  /** One of the members was spoken to, and comes first as soon as may be. */
  call(member: Member): void
  /** Nobody where none was found that is ready; then it is worth asking again later. */
  next(isReady: (member: Member) => boolean): Member | undefined
}

export interface DrawOptions<Member> {
  readonly members: readonly Member[]
  /** How often one acts, against the others; 0 only when called. Asked once. */
  readonly activityOf: (member: Member) => number
  readonly random: Random
}

const HEEDS_A_CALL = 0.5
/** Of those that were called so many are asked whether they are ready, and by their weight as many. */
const TRIES = 16
/** From the last that was drawn on so many are asked in turn: in a small town somebody ready is always found. */
const NEIGHBOURS = 64

/**
 * Half of the time the one that was spoken to longest ago, else by activity. A draw asks a hundred members at most, and
 * takes hardly longer in a large town.
 */
export function createDraw<Member>({ members, activityOf, random }: DrawOptions<Member>): Draw<Member> {
  /** Each once, longest waiting first. */
  const called = new Set<Member>()
  const sums = new Float64Array(members.length)
  let total = 0
  for (const [index, member] of members.entries()) {
    const activity = activityOf(member)
    if (Number.isFinite(activity) && activity > 0) total += activity
    sums[index] = total
  }

  function nextCalled(isReady: (member: Member) => boolean): Member | undefined {
    const busy: Member[] = []
    let found: Member | undefined
    for (const member of called) {
      if (isReady(member)) found = member
      else busy.push(member)
      if (found !== undefined || busy.length === TRIES) break
    }
    // To the end, or a few that rest until tomorrow would hold up all others.
    for (const member of busy) {
      called.delete(member)
      called.add(member)
    }
    return found
  }

  function nextByActivity(isReady: (member: Member) => boolean): Member | undefined {
    if (total === 0) return undefined
    let place = 0
    for (let tries = 0; tries < TRIES; tries++) {
      place = placeOf(random.next() * total)
      const member = members[place]
      if (member !== undefined && isReady(member)) return member
    }
    const nearby = Math.min(NEIGHBOURS, members.length)
    for (let step = 1; step < nearby; step++) {
      const at = (place + step) % members.length
      const isEverActive = (sums[at] ?? 0) > (sums[at - 1] ?? 0)
      const member = members[at]
      if (isEverActive && member !== undefined && isReady(member)) return member
    }
    return undefined
  }

  /** The first whose sum is above. */
  function placeOf(mark: number): number {
    let [low, high] = [0, members.length - 1]
    while (low < high) {
      const middle = Math.floor((low + high) / 2)
      if ((sums[middle] ?? 0) > mark) high = middle
      else low = middle + 1
    }
    return low
  }

  return {
    call(member) {
      called.add(member)
    },
    next(isReady) {
      const isHeeded = called.size > 0 && random.chance(HEEDS_A_CALL)
      const member = (isHeeded ? nextCalled(isReady) : undefined) ?? nextByActivity(isReady)
      // Whoever acts sees what it was told.
      if (member !== undefined) called.delete(member)
      return member
    },
  }
}
