import { Problem, createClient } from '@clawdxcraft/sdk'
import type { Client } from '@clawdxcraft/sdk'
import type { Deed } from './act.ts'
import type { Brain } from './brain/brain.ts'
import { createVocabulary } from './brain/vocabulary.ts'
import type { Vocabulary } from './brain/vocabulary.ts'
import { createLedger } from './budget.ts'
import type { Ledger, OwnerBudget } from './budget.ts'
import type { Role } from './cast.ts'
import type { Clock } from './clock.ts'
import { CommandFailure } from './command.ts'
import { createCrowd } from './crowd.ts'
import { clientOf, endingWith, enrol, issueKey, updatePersona } from './enrol.ts'
import type { Network } from './enrol.ts'
import { followGraph } from './follow-graph.ts'
import { homeOf, openHome } from './home.ts'
import type { Home } from './home.ts'
import { lockFolder } from './lock.ts'
import { createMember } from './member.ts'
import type { Member } from './member.ts'
import type { Memories } from './memories.ts'
import { createMemory } from './memory.ts'
import type { OwnMemory } from './memory.ts'
import { followNews } from './news.ts'
import type { Listen } from './news.ts'
import { codeOf, unlimited, withPatience } from './patience.ts'
import { perceive } from './perceive.ts'
import { RULES } from './policy.ts'
import type { PolicyRules } from './policy.ts'
import { createRandom } from './random.ts'
import type { Random } from './random.ts'
import { recall } from './recall.ts'
import { createSociety } from './society.ts'
import type { Society } from './society.ts'
import { createTrends } from './trends.ts'
import { weightsOf } from './weights.ts'
import type { World } from './world.ts'

export interface LifeOptions {
  /** Address of the network. */
  readonly url: string
  readonly adminToken: string | undefined
  /** Folder for keys, memories and what was spent. */
  readonly home: string
  readonly roles: readonly Role[]
  /** Which of all lives they live. */
  readonly seed: string
  readonly signal: AbortSignal
  readonly clock: Clock
  readonly fetch: typeof fetch
  readonly log: (line: string) => void
  readonly brainOf: BrainMaker
  /** In place of the live feed. */
  readonly listen?: Listen
  readonly atOnce: number
  /** Whether a network that is still young is livened up for the first ten minutes. */
  readonly isLively: boolean
  readonly rules?: PolicyRules
  /** What the owner allows all of them together. */
  readonly limits?: OwnerBudget
  /** Told when they live, once. */
  readonly onLive?: (society: Society, members: readonly Member[]) => void | Promise<void>
  readonly onDeed?: (member: Member, deed: Deed) => void
}

/** Makes what a bot thinks with. A fault of its persona is thrown, and keeps only this bot from living. */
export type BrainMaker = (
  role: Role,
  more: { readonly vocabulary: Vocabulary; readonly random: Random; readonly said: readonly string[] },
) => Promise<Brain>

/** Lets personas live until the signal aborts, then rejects; resolves only where there is nobody to live. */
export async function live(options: LifeOptions): Promise<void> {
  const { log } = options
  using _ = lockFolder(homeOf(options.home, options.url))
  await liveAt(await openHome(options.home, options.url, log), options)
}

async function liveAt(home: Home, options: LifeOptions): Promise<void> {
  const { clock, log, signal, seed, roles } = options
  const random = createRandom(`${seed}/society`)
  const network: Network = { ...options, store: home.keys, fetch: endingWith(signal, options.fetch) }
  const members: Member[] = []
  const ledger = createLedger({ now: clock.now, owner: options.limits, saved: home.spent })
  const world: World = {
    ...{ clock, log, signal, random, network, ledger },
    crowd: createCrowd({ now: clock.now, bots: () => members.length }),
    rules: options.rules ?? RULES,
    trends: createTrends(clock),
    look: (member) => perceive(member, world),
    isSole: false,
    ask: (attempt) => withPatience(world, attempt),
    keep: keeperOf(home, ledger, log),
  }
  const vocabulary = createVocabulary(roles.map(({ persona }) => persona))
  for (const role of roles) {
    const member = await admit(role, { options, world, vocabulary, memories: home.memories })
    if (member) members.push(member)
  }
  log(`${members.length} of ${roles.length} bots are registered at ${options.url}`)
  if (members.length === 0) return
  await befriend(members, vocabulary, world)
  const society = createSociety({
    ...options,
    members,
    world,
    postsSeen: options.isLively ? await postsOn(network, world) : undefined,
  })
  await options.onLive?.(society, members)
  void followNews({ members, society, world, vocabulary, listen: options.listen })
  await society.live()
}

/** A disk that is full stops nobody: what was done is on the network, and recalled from there. */
function keeperOf(home: Home, ledger: Ledger, log: (line: string) => void): World['keep'] {
  const keepSpent = home.spentKeeper(() => ledger.snapshot())
  let isTold = false
  return async ({ handle, memory }) => {
    try {
      await Promise.all([home.memories.keep(handle, memory.save()), keepSpent()])
      isTold = false
    } catch (error) {
      if (!isTold) log(`memories cannot be kept (${codeOf(error)})`)
      isTold = true
    }
  }
}

interface Admission {
  readonly options: LifeOptions
  readonly world: World
  readonly vocabulary: Vocabulary
  readonly memories: Memories
}

/** One that cannot be registered, or has nothing to think with, is told and left out; the others live. */
async function admit(role: Role, admission: Admission): Promise<Member | undefined> {
  const { handle } = role.persona
  const { options, world, vocabulary, memories } = admission
  const { seed, brainOf } = options
  try {
    const memory = createMemory(undefined, await memories.recall(handle))
    const client = await unlimited(world, () => settleIn(role, memory, world))
    const random = createRandom(`${seed}/${handle}`)
    const brain = await brainOf(role, { vocabulary, random, said: memory.said.map(({ text }) => text) })
    return createMember({ role, client, brain, memory, random })
  } catch (error) {
    world.signal.throwIfAborted()
    world.log(`${handle}: ${reasonFor(error)}`)
    return undefined
  }
}

/** With the key that is kept, or, where that opens nothing any more, with a new one. */
async function settleIn(role: Role, memory: OwnMemory, world: World): Promise<Client> {
  const { network } = world
  const { handle } = role.persona
  let client = await enrol(role, network)
  try {
    await recall(handle, memory, client)
  } catch (error) {
    if (!(error instanceof Problem) || error.status !== 401 || network.adminToken === undefined) throw error
    await issueKey(role, network)
    world.log(`${handle}: has a new key`)
    client = clientOf(handle, network)
    await recall(handle, memory, client)
  }
  try {
    if (await updatePersona(role, client)) world.log(`${handle}: has its new persona`)
  } catch (error) {
    world.signal.throwIfAborted()
    world.log(`${handle}: lives on with its old persona (${codeOf(error)})`)
  }
  return client
}

/** In words for the owner: what a command would say, else the code. */
function reasonFor(error: unknown): string {
  if (error instanceof CommandFailure) return error.message
  const code = codeOf(error)
  const isUnknown = error instanceof Problem && error.status === 401
  return `not registered (${code}${isUnknown ? '; CLAWDX_ADMIN_TOKEN registers bots' : ''})`
}

/** One that follows nobody yet gets its first acquaintances. */
async function befriend(members: readonly Member[], vocabulary: Vocabulary, world: World): Promise<void> {
  const personas = members.map(({ persona }) => persona)
  const graph = followGraph(personas, vocabulary, world.random)
  for (const { handle, persona, client, memory } of members) {
    // Whoever has lived already and follows nobody may want it so.
    const isNew = memory.following.size === 0 && memory.said.length === 0
    if (!isNew || weightsOf(persona).follow === 0 || !world.ledger.mayAct(handle, persona).ok) continue
    try {
      for (const followee of graph.get(handle) ?? []) {
        await withPatience(world, () => client.follows.create({ followee }))
        world.ledger.acted(handle)
        memory.following.add(followee)
      }
    } catch (error) {
      world.signal.throwIfAborted()
      // Its first turn meets the same refusal and deals with it.
      world.log(`${handle}: ${codeOf(error)}`)
    }
  }
}

async function postsOn({ url, fetch }: Network, world: World): Promise<number> {
  const anyone = createClient({ url, fetch, retries: 0 })
  const feed = await withPatience(world, () => anyone.feeds.feed({ feed: 'global', limit: '100' }))
  return feed.items.length
}
