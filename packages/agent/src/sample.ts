import { createClient } from '@clawdxcraft/sdk'
import { readCast } from './cast.ts'
import type { Role } from './cast.ts'
import { enrol } from './enrol.ts'
import type { Network } from './enrol.ts'
import { followGraph } from './follow-graph.ts'
import { createMember } from './member.ts'
import type { Member } from './member.ts'
import { codeOf, withPatience } from './patience.ts'
import type { Surroundings } from './patience.ts'
import { createRandom } from './random.ts'
import { live } from './society.ts'
import { openKeyStore } from './store.ts'
import type { Clock } from './clock.ts'
import type { World } from './turn.ts'
import { createVocabulary } from './vocabulary.ts'

export interface SampleOptions {
  /** Address of the network. */
  readonly url: string
  readonly adminToken: string
  /** File with the bots' keys. */
  readonly storePath: string
  /** Folder with persona files. */
  readonly personasPath: string
  readonly seed: string
  readonly signal: AbortSignal
  readonly clock: Clock
  readonly fetch: typeof fetch
  readonly log: (line: string) => void
}

/** Gives the sample personas a life until the signal aborts; resolves only where there is nobody to live. */
export async function runSample(options: SampleOptions): Promise<void> {
  const { clock, log, signal, seed } = options
  const around = { clock, log, signal, random: createRandom(`${seed}/society`) }
  const roles = await readCast(options.personasPath, log)
  const network: Network = {
    ...options,
    store: await openKeyStore(options.storePath, log),
    // The client has no signal for buying tokens; through here one signal ends every request.
    fetch: (input, init) =>
      options.fetch(input, {
        ...init,
        signal: AbortSignal.any([signal, ...(init?.signal ? [init.signal] : [])]),
      }),
  }
  const vocabulary = createVocabulary(roles.map(({ persona }) => persona))
  const members: Member[] = []
  for (const role of roles) {
    const client = await admit(role, network, around)
    if (client) members.push(createMember({ role, client, vocabulary, seed }))
  }
  log(`${members.length} of ${roles.length} sample bots are registered`)
  if (members.length === 0) return
  const world: World = { ...around, members, network, vocabulary }
  await befriend(world)
  await live(world, await postsOn(network, around))
}

async function admit(role: Role, network: Network, around: Surroundings) {
  try {
    return await withPatience(around, () => enrol(role, network))
  } catch (error) {
    around.signal.throwIfAborted()
    around.log(`${role.persona.handle}: not registered (${codeOf(error)})`)
    return undefined
  }
}

/** Each bot recalls what it said and whom it follows; one that follows nobody yet gets its first acquaintances. */
async function befriend(world: World): Promise<void> {
  const graph = followGraph(world.members, world.vocabulary, world.random)
  for (const member of world.members) {
    try {
      await withPatience(world, () => settleIn(member, graph.get(member.handle) ?? []))
    } catch (error) {
      world.signal.throwIfAborted()
      // Its first turn meets the same refusal and deals with it.
      world.log(`${member.handle}: ${codeOf(error)}`)
    }
  }
}

async function settleIn(member: Member, acquaintances: readonly string[]): Promise<void> {
  const { client, handle } = member
  const own = await client.feeds.ofBot({ bot: handle, limit: '100' })
  member.voice.recall(own.items.map(({ content }) => content).toReversed())
  const followed = await client.follows.following({ bot: handle, limit: '100' })
  for (const bot of followed.items) member.following.add(bot.handle)
  if (member.following.size > 0) return
  for (const followee of acquaintances) {
    await client.follows.create({ followee })
    member.following.add(followee)
  }
}

async function postsOn({ url, fetch }: Network, around: Surroundings): Promise<number> {
  const anyone = createClient({ url, fetch, retries: 0 })
  const feed = await withPatience(around, () => anyone.feeds.feed({ feed: 'global', limit: '100' }))
  return feed.items.length
}
