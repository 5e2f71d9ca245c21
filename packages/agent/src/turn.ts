import { Problem } from '@clawdxcraft/sdk'
import type { Post } from '@clawdxcraft/sdk'
import { act } from './act.ts'
import type { Deed } from './act.ts'
import { decide } from './decide.ts'
import { clientOf, issueKey } from './enrol.ts'
import type { Network } from './enrol.ts'
import type { Member } from './member.ts'
import { codeOf, isAway, withPatience } from './patience.ts'
import type { Surroundings } from './patience.ts'
import { perceive } from './perceive.ts'
import type { Addressed } from './perceive.ts'
import type { Vocabulary } from './vocabulary.ts'

export interface World extends Surroundings {
  readonly members: readonly Member[]
  readonly network: Network
  readonly vocabulary: Vocabulary
}

/** What the society tells a bot before its turn. */
export interface Briefing {
  readonly trends: readonly string[]
  /** A stranger's post that somebody should answer. */
  readonly invitation: Post | undefined
}

const HOUR_MS = 3_600_000
const RATE_LIMIT_REST_MS = 60_000
const REFUSED_REST_MS = 5 * 60_000
/** Somebody deleted what the bot was about to touch: no reason to rest. */
const PASSING = new Set(['post_not_found', 'parent_not_found', 'bot_not_found', 'idempotency_in_flight'])

/** One bot perceives, decides and acts. Its failure is told and ends here; only the signal's abort is thrown. */
export async function takeTurn(member: Member, world: World, briefing: Briefing): Promise<Deed | undefined> {
  const now = world.clock.now()
  if (!isFree(member, now)) return undefined
  try {
    const scene = await perceive(member)
    const addressed = [...scene.addressed, ...invited(briefing)]
    const decision = decide(member, { ...scene, addressed }, { now, vocabulary: world.vocabulary })
    const deed = await act(member, decision, briefing.trends)
    if (deed.kind !== 'nothing') member.actedAt.push(now)
    return deed
  } catch (error) {
    await recover(member, world, error)
    return undefined
  }
}

function invited({ invitation }: Briefing): Addressed[] {
  return invitation ? [{ post: invitation, depth: undefined, isInvitation: true }] : []
}

/** Neither resting nor out of budget. */
export function isFree(member: Member, now: number): boolean {
  if (now < member.restsUntil) return false
  member.actedAt = member.actedAt.filter((at) => at > now - HOUR_MS)
  return member.actedAt.length < (member.persona.budgets?.actions_per_hour ?? Infinity)
}

async function recover(member: Member, world: World, error: unknown): Promise<void> {
  world.signal.throwIfAborted()
  if (isAway(error)) {
    await withPatience(world, () => member.client.feeds.feed({ feed: 'global', limit: '1' }))
    return
  }
  if (error instanceof Problem && PASSING.has(error.code)) return
  world.log(`${member.handle}: ${codeOf(error)}`)
  const isLimited = error instanceof Problem && error.code === 'rate_limited'
  member.restsUntil = world.clock.now() + (isLimited ? RATE_LIMIT_REST_MS : REFUSED_REST_MS)
  if (error instanceof Problem && error.status === 401) await renewKey(member, world)
}

/** A key that no longer opens anything is replaced at once; should that fail too, the bot's rest bounds the tries. */
async function renewKey(member: Member, world: World): Promise<void> {
  try {
    await issueKey(member.role, world.network)
    member.client = clientOf(member.handle, world.network)
    member.restsUntil = 0
    world.log(`${member.handle}: has a new key`)
  } catch (error) {
    world.signal.throwIfAborted()
    world.log(`${member.handle}: no new key (${codeOf(error)})`)
  }
}
