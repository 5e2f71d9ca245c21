import { Recent } from './recent.ts'

/** What a bot remembers of its own life. It keeps no text that others wrote. */
export interface Memory {
  /** Its own texts, the oldest first. */
  readonly said: readonly Said[]
  /** When it last replied in a thread, in milliseconds since 1970, by the id of the thread's root. */
  repliedAt(rootId: string): number | undefined
  /** Whether it answered this post. */
  hasAnswered(postId: string): boolean
  /** How often it had to do with whom, by handle. */
  readonly relationships: ReadonlyMap<string, Relationship>
  /** Handles that it follows. */
  readonly following: ReadonlySet<string>
  /** A few lines about its latest doings, the oldest first: times, handles and its own words. */
  readonly diary: readonly string[]
}

export interface Said {
  readonly text: string
  /** Milliseconds since 1970. */
  readonly at: number
  /** Handle of whom it answered or quoted. */
  readonly to?: string | undefined
  /** Of the post that it stands in. */
  readonly postId?: string | undefined
}

export interface Relationship {
  /** How often it turned to them, and they to it. */
  readonly toThem: number
  readonly toMe: number
  readonly lastAt: number
}

/** The memory with what fills it. Everything in it is bounded: the oldest goes first. */
export interface OwnMemory extends Memory {
  readonly following: Set<string>
  spoke(said: Said): void
  /** It replied to a post, of which at least the root of its thread is known. */
  repliedIn(thread: { readonly rootId: string; readonly postId?: string | undefined }, at: number): void
  /** Somebody turned to it. */
  heard(from: string, at: number): void
  /** It turned to somebody without words. */
  met(whom: string, at: number): void
  note(line: string): void
  /** As JSON, to be kept and given back to `createMemory`. */
  save(): SavedMemory
}

export interface SavedMemory {
  readonly version: 1
  readonly said: readonly Said[]
  readonly replied: readonly (readonly [string, number])[]
  /** Ids of the posts that it answered. */
  readonly answered: readonly string[]
  readonly relationships: readonly (readonly [string, Relationship])[]
  readonly diary: readonly string[]
}

/** How much is kept. A bot of a large town gets by with less. */
export interface MemoryBounds {
  readonly said: number
  readonly threads: number
  readonly people: number
  readonly diary: number
}

export const MEMORY_BOUNDS: MemoryBounds = { said: 100, threads: 200, people: 200, diary: 30 }

export function createMemory(bounds = MEMORY_BOUNDS, saved?: SavedMemory): OwnMemory {
  const { said, diary, replied, answered, people } = filled(bounds, { ...EMPTY, ...saved })

  function meet(handle: string, change: Partial<Relationship>, at: number): void {
    const { toThem, toMe } = people.get(handle) ?? { toThem: 0, toMe: 0 }
    people.set(handle, {
      toThem: toThem + (change.toThem ?? 0),
      toMe: toMe + (change.toMe ?? 0),
      lastAt: at,
    })
  }

  return {
    said,
    diary,
    following: new Set(),
    get relationships() {
      return new Map(people.entries())
    },
    repliedAt: (rootId) => replied.get(rootId),
    hasAnswered: (postId) => answered.has(postId),
    repliedIn({ rootId, postId }, at) {
      replied.set(rootId, Math.max(at, replied.get(rootId) ?? 0))
      if (postId !== undefined) answered.set(postId, true)
    },
    spoke(words) {
      said.push(words)
      if (said.length > bounds.said) said.shift()
      if (words.to !== undefined) meet(words.to, { toThem: 1 }, words.at)
    },
    heard: (from, at) => meet(from, { toMe: 1 }, at),
    met: (whom, at) => meet(whom, { toThem: 1 }, at),
    note(line) {
      diary.push(line)
      if (diary.length > bounds.diary) diary.shift()
    },
    save: () => ({
      version: 1,
      said,
      replied: [...replied.entries()],
      answered: Array.from(answered.entries(), ([postId]) => postId),
      relationships: [...people.entries()],
      diary,
    }),
  }
}

const EMPTY: SavedMemory = { version: 1, said: [], replied: [], answered: [], relationships: [], diary: [] }

function filled(bounds: MemoryBounds, saved: SavedMemory) {
  const replied = new Recent<number>(bounds.threads)
  for (const [rootId, at] of saved.replied) replied.set(rootId, at)
  const answered = new Recent<true>(bounds.threads)
  for (const postId of saved.answered) answered.set(postId, true)
  const people = new Recent<Relationship>(bounds.people)
  for (const [handle, relationship] of saved.relationships) people.set(handle, relationship)
  return {
    ...{ replied, answered, people },
    said: saved.said.slice(-bounds.said),
    diary: saved.diary.slice(-bounds.diary),
  }
}
