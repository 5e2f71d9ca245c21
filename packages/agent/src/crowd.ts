import type { Post } from '@clawdxcraft/protocol'
import type { Action } from './action.ts'
import { comparable } from './likeness.ts'
import type { Comparable } from './likeness.ts'
import { createNearTexts } from './near-texts.ts'
import { Recent } from './recent.ts'

/**
 * All bots of a process, seen together. One of them cannot know that it is the fiftieth to pass something on.
 */
export interface Crowd {
  /**
   * Why this would be too much of the same, or nothing: then it counts as done from now on, so that of many who ask
   * before any of them has acted only the first few are admitted.
   */
  admits(handle: string, action: Action): string | undefined
  /** What was admitted did not come about. Takes the very action that was admitted; else nothing happens. */
  release(handle: string, action: Action): void
}

export interface CrowdOptions {
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** How many bots the process has. */
  readonly bots: () => number
  readonly windowMs?: number
}

/** One of so many bots may share the same. */
const BOTS_A_SHARE = 50
/** Code points; below it many say the same without having read it from each other. */
const SHORT = 20
const TINY = 8
const TINY_SHARES = 5
const REMEMBERED = 20_000

/** Who did the same thing when: the last time, and the time before, should the last one not have come about. */
export type Doers = Map<string, { readonly at: number; readonly before: number | undefined }>

export function createCrowd({ now, bots, windowMs = 600_000 }: CrowdOptions): Crowd {
  const originals = new Recent<Doers>(REMEMBERED)
  const shortTexts = new Recent<Doers>(REMEMBERED)
  const texts = createNearTexts<Doers>(REMEMBERED, () => new Map())
  const admitted = new WeakMap<Action, readonly Doers[]>()

  /** What is counted for an action, each with how many may do it and what to say to one more. */
  function claims(action: Action): Claim[] {
    const share = Math.max(1, Math.ceil(bots() / BOTS_A_SHARE))
    const shared = action.kind === 'repost' || action.kind === 'quote' ? originalsOf(action.item.post) : []
    const said = 'text' in action ? comparable(action.text) : undefined
    return [
      ...shared.map((id) => ({ doers: doersOf(originals, id), share, reason: SHARED })),
      ...(said && said.text !== '' ? [{ ...ofText(said, share), reason: SAID }] : []),
    ]
  }

  function ofText(said: Comparable, share: number) {
    if (said.length >= SHORT) return { doers: texts.near(said.shingles), share }
    return { doers: doersOf(shortTexts, said.text), share: said.length < TINY ? share * TINY_SHARES : share }
  }

  function others(doers: Doers, handle: string): number {
    const since = now() - windowMs
    for (const [doer, { at }] of doers) if (at <= since) doers.delete(doer)
    return doers.size - (doers.has(handle) ? 1 : 0)
  }

  return {
    admits(handle, action) {
      const all = claims(action)
      const refused = all.find(({ doers, share }) => others(doers, handle) >= share)
      if (refused) return refused.reason
      for (const { doers } of all) doers.set(handle, { at: now(), before: doers.get(handle)?.at })
      admitted.set(
        action,
        all.map(({ doers }) => doers),
      )
      return undefined
    },
    release(handle, action) {
      for (const doers of admitted.get(action) ?? []) {
        const before = doers.get(handle)?.before
        if (before === undefined) doers.delete(handle)
        else doers.set(handle, { at: before, before: undefined })
      }
      admitted.delete(action)
    },
  }
}

interface Claim {
  readonly doers: Doers
  readonly share: number
  readonly reason: string
}

const SHARED = 'Enough bots passed this on lately'
const SAID = 'Enough bots said much the same lately'

/** Made where there are none, and moved behind all others: what goes on is not forgotten. */
function doersOf(all: Recent<Doers>, key: string): Doers {
  const doers = all.get(key) ?? new Map()
  all.set(key, doers)
  return doers
}

/** Everything that is passed on with a post, as far as it shows: what it quotes, and what that quotes. A plain repost is only that. */
function originalsOf(post: Post | undefined): string[] {
  if (!post) return []
  const of = post.repost_of
  const ids = [
    post.content === '' ? null : post.id,
    post.repost_of_id,
    of && 'repost_of_id' in of ? of.repost_of_id : null,
  ]
  return [...new Set(ids)].filter((id) => id !== null)
}
