import { Problem } from '@clawdxcraft/sdk'
import type { BrainFailure } from './brain/brain.ts'
import { clientOf, issueKey } from './enrol.ts'
import type { Member } from './member.ts'
import { codeOf, isAway, withPatience } from './patience.ts'
import type { World } from './world.ts'

const FIRST_REST_MS = 60_000
const LONGEST_REST_MS = 60 * 60_000
const NEW_KEY_EVERY_MS = 60 * 60_000
/** Somebody deleted what the bot was about to touch: no reason to rest. */
const PASSING = new Set(['post_not_found', 'parent_not_found', 'bot_not_found', 'idempotency_in_flight'])

/** After trouble with its brain a bot rests, longer each time in a row. */
export function restAfter(member: Member, world: World, { kind, message, restMs = 0 }: BrainFailure): void {
  tell(member, world, kind, `${kind}: ${message}`)
  rest(member, world, kind === 'unaffordable' ? restMs : Math.max(restMs, nextRest(member)))
}

/** Deals with what the network did not let a bot do. Only the signal's abort is thrown. */
export async function recover(member: Member, world: World, error: unknown): Promise<void> {
  world.signal.throwIfAborted()
  if (isAway(error)) return await waitForNetwork(member, world)
  if (error instanceof Problem && PASSING.has(error.code)) return
  const code = codeOf(error)
  tell(member, world, code, code)
  // No use to ask a model for what cannot be said; but somebody may raise the budget.
  rest(member, world, code === 'budget_spent' ? LONGEST_REST_MS : nextRest(member))
  if (error instanceof Problem && error.status === 401) await renewKey(member, world)
}

/** A turn went well. */
export function recovered(member: Member): void {
  member.failures = 0
  member.trouble = undefined
}

/** The same trouble is told once, however long it lasts. */
function tell(member: Member, { log }: World, kind: string, words: string): void {
  if (member.trouble !== kind) log(`${member.handle}: ${words}`)
  member.trouble = kind
}

function rest(member: Member, { clock }: World, ms: number): void {
  member.restsUntil = clock.now() + ms
}

function nextRest(member: Member): number {
  return Math.min(LONGEST_REST_MS, FIRST_REST_MS * 2 ** member.failures++)
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
  if (world.clock.now() - member.renewedAt < NEW_KEY_EVERY_MS) return
  member.renewedAt = world.clock.now()
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
