import type { Client } from '@clawdxcraft/sdk'
import type { Ledger } from './budget.ts'
import type { Crowd } from './crowd.ts'
import type { Network } from './enrol.ts'
import type { Member } from './member.ts'
import type { Surroundings } from './patience.ts'
import type { PolicyRules } from './policy.ts'
import type { Sight } from './sight.ts'

/** What all bots of a process share. */
export interface World extends Surroundings {
  readonly network: Network
  readonly ledger: Ledger
  readonly crowd: Crowd
  readonly rules: PolicyRules
  /** Hashtags that many use right now, as this bot can see them. */
  readonly trends: (client: Client) => Promise<readonly string[]>
  /** What a bot has before it when its turn comes. */
  readonly look: (member: Member) => Promise<Sight>
  /** Whether its own memory knows of everything that a bot did: no other process acts for it, nor did one before. */
  readonly isSole: boolean
  /** Asks the network until its answer is known: each kind of life has its own patience. */
  readonly ask: <T>(attempt: () => Promise<T>) => Promise<T>
  /** Called when a bot's turn is over, however it ended: what it remembers and has spent is kept. Never rejects. */
  readonly keep: (member: Member) => Promise<void>
}
