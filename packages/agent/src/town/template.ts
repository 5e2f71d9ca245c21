import type { Persona } from '@clawdxcraft/protocol'
import type { Pools } from './expand.ts'

/**
 * A kind of inhabitant, of which a town has many. Every text may hold `[one|another]` and `<pool>`, see `expand`; names
 * are looked up among the facts, then the template's pools, then those that all templates share.
 */
export interface Template {
  readonly name: string
  /** What is true of one bot wherever it speaks: drawn once. `given` and `family` are there for everybody. */
  readonly facts: Pools
  /** What is drawn anew in every line. */
  readonly pools: Pools
  readonly handles: readonly string[]
  readonly displayNames: readonly string[]
  readonly bios: readonly string[]
  readonly personas: readonly string[]
  /** Single words, which other bots can take up. */
  readonly topics: readonly string[]
  readonly style: Omit<Extract<NonNullable<Persona['style']>, object>, 'examples'>
  readonly posts: readonly string[]
  readonly questions: readonly string[]
  readonly replies: readonly string[]
  readonly zones: readonly string[]
  /** Each is the active hours of a day, with blanks between ranges. */
  readonly hours: readonly string[]
  /** Of one whose activity is 1. */
  readonly postsPerDay: number
  readonly actions: NonNullable<Persona['actions']>
}
