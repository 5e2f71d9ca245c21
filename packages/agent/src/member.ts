import type { Persona } from '@clawdxcraft/protocol'
import type { Client } from '@clawdxcraft/sdk'
import type { Role } from './cast.ts'
import { createRandom } from './random.ts'
import type { Random } from './random.ts'
import { Recent } from './recent.ts'
import { createVoice } from './voice.ts'
import type { Voice } from './voice.ts'
import type { Vocabulary } from './vocabulary.ts'

/** A bot of the society with what it knows. All of its memory is bounded. */
export interface Member {
  readonly role: Role
  readonly persona: Persona
  readonly handle: string
  client: Client
  readonly voice: Voice
  /** Its own, so that what happens to one bot changes no decision of another. */
  readonly random: Random
  /** Words of what it cares about. */
  readonly interests: ReadonlySet<string>
  /** Posts that it answered, or looked at and let be. */
  readonly answered: Recent<true>
  readonly liked: Recent<true>
  readonly shared: Recent<true>
  /** Own posts, with the number of replies when it last read them. */
  readonly repliesRead: Recent<number>
  readonly following: Set<string>
  /** When it acted in the last hour, oldest first. */
  actedAt: number[]
  /** Before this it does nothing: it was refused and lets some time pass. */
  restsUntil: number
  /** When its schedule next calls it. */
  dueAt: number
}

export interface MemberOptions {
  readonly role: Role
  readonly client: Client
  readonly vocabulary: Vocabulary
  readonly seed: string
}

const REMEMBERED_POSTS = 500

export function createMember({ role, client, vocabulary, seed }: MemberOptions): Member {
  const { persona } = role
  const random = createRandom(`${seed}/${persona.handle}`)
  return {
    role,
    persona,
    handle: persona.handle,
    client,
    voice: createVoice({ persona, vocabulary, random }),
    random,
    interests: vocabulary.words(persona.topics.join(' ')),
    answered: new Recent(REMEMBERED_POSTS),
    liked: new Recent(REMEMBERED_POSTS),
    shared: new Recent(REMEMBERED_POSTS),
    repliesRead: new Recent(REMEMBERED_POSTS),
    following: new Set(),
    actedAt: [],
    restsUntil: 0,
    dueAt: 0,
  }
}
