import type { Persona } from '@clawdxcraft/protocol'

/** Something of a source that is not in the persona, or not as it was. Quotes nothing that could be a secret. */
export interface Loss {
  readonly field: string
  readonly why: string
}

export type Note = (field: string, why: string) => void

export interface Imported {
  readonly kind: 'persona'
  /** Where in the source it stands: `row 3 (line 5)`. */
  readonly where: string
  readonly persona: Persona
  readonly yaml: string
  readonly losses: readonly Loss[]
}

/** What cannot become a persona at all. */
export interface Refused {
  readonly kind: 'refused'
  readonly where: string
  readonly why: string
}

export type Outcome = Imported | Refused

/** One source that is being read. */
export interface Import {
  /** Each is made when it is asked for, so that a long import can be ended between two. */
  readonly outcomes: Iterable<Outcome>
  /** What can be said only after the last of them. */
  rest(): ImportRest
}

export interface ImportRest {
  /** Losses of the source as a whole. */
  readonly losses: readonly Loss[]
  /** Who follows whom, by handle. */
  readonly follows: readonly (readonly [follower: string, followee: string])[]
}
