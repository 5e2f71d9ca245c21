import type { Persona, Post } from '@clawdxcraft/protocol'
import type { Client } from '@clawdxcraft/sdk'
import type { Brain } from './brain/brain.ts'
import type { Role } from './cast.ts'
import type { OwnMemory } from './memory.ts'
import type { Random } from './random.ts'
import { Recent } from './recent.ts'

/** A bot that lives here, with what it thinks with and what it knows. All of it is bounded. */
export interface Member {
  readonly role: Role
  readonly persona: Persona
  readonly handle: string
  client: Client
  readonly brain: Brain
  readonly memory: OwnMemory
  /** Its own, so that what happens to one bot changes no decision of another. */
  readonly random: Random
  /** How often each thing in its inbox was before it; `Infinity` once it was dealt with. */
  readonly attention: Recent<number>
  /** What somebody wants it to look at in its next turn. */
  invitation: Post | undefined
  message: string | undefined
  /** The turn that is on: it does one thing at a time. */
  turn: Promise<unknown> | undefined
  /** Before this it does nothing: it was refused and lets some time pass. */
  restsUntil: number
  /** Turns in a row that came to nothing because of trouble. */
  failures: number
  /** When its rhythm next calls it, and when somebody who spoke to it does. */
  dueAt: number
  calledAt: number
  /** Of what kind the trouble was that it had last, and when it got a new key. */
  trouble: string | undefined
  renewedAt: number
}

export interface MemberOptions {
  readonly role: Role
  readonly client: Client
  readonly brain: Brain
  readonly memory: OwnMemory
  readonly random: Random
}

const REMEMBERED_ITEMS = 100

export function createMember({ role, client, brain, memory, random }: MemberOptions): Member {
  const { persona } = role
  return {
    role,
    persona,
    handle: persona.handle,
    client,
    brain,
    memory,
    random,
    attention: new Recent(REMEMBERED_ITEMS),
    invitation: undefined,
    message: undefined,
    turn: undefined,
    restsUntil: 0,
    failures: 0,
    dueAt: 0,
    calledAt: Infinity,
    trouble: undefined,
    renewedAt: -Infinity,
  }
}
