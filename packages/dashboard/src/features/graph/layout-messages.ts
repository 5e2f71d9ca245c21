import type { Degrees } from './metrics.ts'
import type { Ties } from './ties.ts'

/** What the worker is given. */
export interface LayoutTask {
  readonly ties: Ties
  /** Whether there is a picture; else the figures are enough. */
  readonly isDrawn: boolean
}

/** What can be said about a network. */
export interface Measures {
  readonly degrees: Degrees
  readonly communities: Int32Array
  readonly communityCount: number
  readonly density: number
  readonly reciprocity: number
  readonly modularity: number
}

/** What it tells: first what can be said, then where the bots are, again and again until they are at rest. */
export type LayoutNews =
  | { readonly kind: 'measured'; readonly measures: Measures }
  | { readonly kind: 'moved'; readonly positions: Float32Array; readonly done: number }
