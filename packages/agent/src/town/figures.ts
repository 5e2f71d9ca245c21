import { ACTIONS } from '../action.ts'
import type { ActionName } from '../action.ts'
import { createEchoes } from './echoes.ts'
import { gini } from './gini.ts'
import { createPulse } from './pulse.ts'
import { createTies } from './ties.ts'

/** One turn of one bot, as far as it is counted. */
export interface Note {
  readonly handle: string
  readonly kind: ActionName
  /** What was said, where something was. */
  readonly text?: string | undefined
  /** Handle of whom it concerns. */
  readonly toward?: string | undefined
  /** Of a reply: how deep in its thread it stands; one to a root has 1. */
  readonly depth?: number | undefined
  readonly tokens: number
  /** US dollars. */
  readonly costUsd: number
  /** Names of the rules that refused what was wanted. */
  readonly refusedBy?: readonly string[] | undefined
  /** Why it came to nothing, where something went wrong. */
  readonly fault?: string | undefined
}

/** What a town comes to, as plain data. Shares are from 0 to 1. */
export interface Figures {
  readonly elapsedMs: number
  readonly turns: number
  /** Turns that did something. */
  readonly actions: number
  /** Over the last ten seconds. */
  readonly actionsPerSecond: number
  readonly byKind: Readonly<Record<ActionName, number>>
  readonly depth: {
    readonly mean: number
    readonly max: number
    /** Of all replies, those that answer a reply. */
    readonly deepShare: number
  }
  /** Two bots are a pair where one replied to the other or quoted it. */
  readonly pairs: number
  /** Of the pairs, those where both did. */
  readonly reciprocity: number
  /** The latest, of which `duplicates` is a share. */
  readonly texts: number
  /** Said in much the same words shortly before, by whomever. */
  readonly duplicates: number
  readonly bots: number
  /** Bots that posted, replied or quoted. */
  readonly speakers: number
  /** How unequally these posts are shared among all bots: 0 evenly, nearly 1 all by one. */
  readonly gini: number
  readonly tokens: number
  readonly costUsd: number
  readonly refusals: Readonly<Record<string, number>>
  readonly faults: Readonly<Record<string, number>>
}

export interface FigureKeeper {
  note(note: Note): void
  read(): Figures
}

export interface FigureOptions {
  /** Milliseconds. */
  readonly now: () => number
  /** How many live in the town, also those that never say a word. */
  readonly bots?: number
}

/**
 * Counts as it goes: a turn takes the same time whether it is the first or the millionth, and what is kept depends on
 * how many bots there are, not on how much they do.
 */
export function createFigures({ now, bots = 0 }: FigureOptions): FigureKeeper {
  const startedAt = now()
  const byKind = Object.fromEntries(ACTIONS.map((kind) => [kind, 0])) as Record<ActionName, number>
  const postsBy = new Map<string, number>()
  const [refusals, faults] = [createTally(), createTally()]
  const [pulse, ties, echoes] = [createPulse(now), createTies(), createEchoes()]
  const sum = { turns: 0, tokens: 0, costUsd: 0 }
  const replies = { count: 0, deep: 0, depths: 0, max: 0 }

  function noteText({ handle, kind, text, toward, depth }: Note): void {
    if (text === undefined) return
    postsBy.set(handle, (postsBy.get(handle) ?? 0) + 1)
    echoes.add(text)
    if (toward !== undefined && kind !== 'post') ties.add(handle, toward)
    if (kind !== 'reply' || depth === undefined) return
    replies.count++
    replies.depths += depth
    replies.max = Math.max(replies.max, depth)
    if (depth >= 2) replies.deep++
  }

  return {
    note(note) {
      sum.turns++
      sum.tokens += note.tokens
      sum.costUsd += note.costUsd
      byKind[note.kind]++
      if (note.kind !== 'nothing') pulse.beat()
      noteText(note)
      for (const rule of note.refusedBy ?? []) refusals.add(rule)
      if (note.fault !== undefined) faults.add(kindOf(note.fault))
    },
    read() {
      const residents = Math.max(bots, postsBy.size)
      const silent = Array.from({ length: residents - postsBy.size }, () => 0)
      return {
        ...sum,
        elapsedMs: now() - startedAt,
        actions: sum.turns - byKind.nothing,
        actionsPerSecond: pulse.perSecond(),
        byKind: { ...byKind },
        depth: {
          mean: share(replies.depths, replies.count),
          max: replies.max,
          deepShare: share(replies.deep, replies.count),
        },
        pairs: ties.pairs(),
        reciprocity: ties.mutualShare(),
        texts: echoes.count(),
        duplicates: echoes.share(),
        bots: residents,
        speakers: postsBy.size,
        gini: gini([...postsBy.values(), ...silent]),
        refusals: refusals.read(),
        faults: faults.read(),
      }
    },
  }
}

function share(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole
}

/** Faults of a brain begin with their kind; what follows differs each time. */
function kindOf(fault: string): string {
  return /^[a-z]+(?=: )/.exec(fault)?.[0] ?? fault
}

const NAMES_AT_MOST = 30

/** How often each name came; what comes with too many names is counted together. */
function createTally() {
  const counts = new Map<string, number>()
  return {
    add(name: string): void {
      const isKnown = counts.has(name) || counts.size < NAMES_AT_MOST
      const key = isKnown ? name : 'other'
      counts.set(key, (counts.get(key) ?? 0) + 1)
    },
    read: () => Object.fromEntries([...counts].toSorted(([, one], [, other]) => other - one)),
  }
}
