import type { Persona, RunPrompt } from '@clawdxcraft/protocol'
import type { Memory } from '../memory.ts'
import type { Random } from '../random.ts'
import type { Scene } from '../scene.ts'

/** What one bot thinks with. */
export interface Brain {
  /** As runs name it: `scripted`, `ai-sdk`, `replay`. */
  readonly name: string
  /** Decides once. Rejects with a `BrainFailure`, also where a `TimeoutError` aborts it half-way, or with the signal's reason. */
  think(situation: Situation, signal: AbortSignal): Promise<Thought>
}

export interface Situation {
  readonly persona: Persona
  readonly scene: Scene
  readonly memory: Memory
  /** Milliseconds since 1970. */
  readonly now: number
  /** The bot's own. */
  readonly random: Random
}

export interface Thought extends Spent {
  /** A `Choice`, or whatever a model has made of it: `readChoice` judges. */
  readonly choice: unknown
  readonly model: string | null
  /** SHA-256 in hex of all that the model was given. */
  readonly promptHash: string | null
  /** The same with posts by their ids, as the record of the run has it; none where no model was asked. */
  readonly prompt?: RunPrompt
  /** What the model said, as it came. */
  readonly answer?: string
}

export interface Spent {
  readonly tokensIn: number
  /** Those of them that the provider still had from an earlier request. */
  readonly tokensCached?: number
  readonly tokensOut: number
  readonly costUsd: number
}

export const NOTHING_SPENT: Spent = { tokensIn: 0, tokensOut: 0, costUsd: 0 }

/**
 * `limited` the provider wants fewer requests · `away` it did not answer, or not in time · `refused` it does not take the key
 * or the model · `garbage` it answered what nobody can read · `unaffordable` a budget is used up, or the breaker is open
 */
export type FailureKind = 'limited' | 'away' | 'refused' | 'garbage' | 'unaffordable'

/** A thought of which nobody can make a choice. */
type Unread = Pick<Thought, 'model' | 'promptHash' | 'prompt' | 'answer'>

interface FailureFacts {
  readonly spent?: Spent
  readonly restMs?: number
  readonly unread?: Unread
}

/** Why nothing was decided. The message is for the owner and holds no secret and no text of others. */
export class BrainFailure extends Error {
  override readonly name = 'BrainFailure'
  readonly #unread: Unread | undefined
  readonly kind: FailureKind
  /** What it cost all the same. */
  readonly spent: Spent
  /** Before this it is no use to try again; milliseconds from now. */
  readonly restMs: number | undefined

  constructor(kind: FailureKind, message: string, more: FailureFacts = {}) {
    super(message)
    this.kind = kind
    this.spent = more.spent ?? NOTHING_SPENT
    this.#unread = more.unread
    this.restMs = more.restMs
  }

  /** What was asked and answered, where there was an answer. No property, which whoever prints an error would print. */
  get unread(): Unread | undefined {
    return this.#unread
  }
}
