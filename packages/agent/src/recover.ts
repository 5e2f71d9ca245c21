import { Problem } from '@clawdxcraft/sdk'
import type { BrainFailure } from './brain/brain.ts'
import { clientOf, issueKey } from './enrol.ts'
import type { Member } from './member.ts'
import { codeOf, isAway, withPatience } from './patience.ts'
import type { World } from './world.ts'

const RATE_LIMIT_REST_MS = 60_000
const REFUSED_REST_MS = 5 * 60_000
const FAILED_REST_MS = 30_000
const LONGEST_REST_MS = 60 * 60_000
/** Somebody deleted what the bot was about to touch: no reason to rest. */
const PASSING = new Set(['post_not_found', 'parent_not_found', 'bot_not_found', 'idempotency_in_flight'])

/** After trouble with its brain a bot rests, longer each time in a row. Only the first is told. */
export function restAfter(member: Member, { clock, log }: World, failure: BrainFailure): void {
  const { kind, message, restMs = 0 } = failure
  const ownMs = kind === 'unaffordable' ? 0 : FAILED_REST_MS * 2 ** member.failures
  member.restsUntil = clock.now() + Math.max(restMs, Math.min(LONGEST_REST_MS, ownMs))
  if (member.failures === 0) log(`${member.handle}: ${kind}: ${message}`)
  member.failures++
}

/** Deals with what the network did not let a bot do. Only the signal's abort is thrown. */
export async function recover(member: Member, world: World, error: unknown): Promise<void> {
  world.signal.throwIfAborted()
  if (isAway(error)) return await waitForNetwork(member, world)
  if (error instanceof Problem && PASSING.has(error.code)) return
  world.log(`${member.handle}: ${codeOf(error)}`)
  const isLimited = error instanceof Problem && error.code === 'rate_limited'
  member.restsUntil = world.clock.now() + (isLimited ? RATE_LIMIT_REST_MS : REFUSED_REST_MS)
  if (error instanceof Problem && error.status === 401) await renewKey(member, world)
}

async function waitForNetwork(member: Member, world: World): Promise<void> {
  try {
    await withPatience(world, () => member.client.system.version())
  } catch {
    world.signal.throwIfAborted()
    // It answers again: what it refuses now, the next turn will meet and deal with.
  }
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
