import { createScriptedBrain } from '../brain/scripted.ts'
import { createVocabulary } from '../brain/vocabulary.ts'
import { clientOf, issueKey } from '../enrol.ts'
import { createMember } from '../member.ts'
import type { Member } from '../member.ts'
import { createMemory } from '../memory.ts'
import type { MemoryBounds } from '../memory.ts'
import { unlimited } from '../patience.ts'
import { createRandom } from '../random.ts'
import type { World } from '../world.ts'
import { townGraph } from './graph.ts'
import { inParallel } from './parallel.ts'
import type { TownBot } from './population.ts'
import type { Progress } from './progress.ts'

export interface Settling {
  readonly people: readonly TownBot[]
  readonly seed: string
  /** How many bots one follows on average. */
  readonly follows: number
  readonly world: World
  /** How many requests may be on at once. */
  readonly atOnce: number
  readonly progress: Progress
}

/** A bot of a large town remembers less than one whose persona somebody wrote. */
const BOUNDS: MemoryBounds = { said: 20, threads: 30, people: 20, diary: 5 }
/** So many people stand for what all of them talk about; the others speak the same lines. */
const VOICES = 240

/** Registers everybody who is new, has them follow each other, and gives them their brains. */
export async function settle(settling: Settling): Promise<Member[]> {
  const { people, world, seed } = settling
  const newcomers = await register(settling)
  const vocabulary = createVocabulary(people.slice(0, VOICES).map(({ persona }) => persona))
  const members = people.map((person) => {
    const { persona } = person
    const random = createRandom(`${seed}/${persona.handle}`)
    const brain = createScriptedBrain({ persona, vocabulary, random, said: [] })
    const client = clientOf(persona.handle, world.network)
    return createMember({ role: person, client, brain, memory: createMemory(BOUNDS), random })
  })
  await befriend(members, newcomers, settling)
  return members
}

/** Those who had no key here, by handle. */
async function register({ people, world, atOnce, progress }: Settling): Promise<Set<string>> {
  const strangers = people.filter(({ persona }) => world.network.store.get(persona.handle) === undefined)
  let done = 0
  await inParallel(strangers, atOnce, async (person) => {
    await unlimited(world, () => issueKey(person, world.network))
    progress.stage('registering', ++done, strangers.length)
  })
  return new Set(strangers.map(({ persona }) => persona.handle))
}

async function befriend(members: readonly Member[], newcomers: ReadonlySet<string>, settling: Settling) {
  const { people, seed, world, atOnce, progress, follows: mean } = settling
  const bots = people.map(({ persona, template: community }) => ({ handle: persona.handle, community }))
  const graph = townGraph({ bots, seed, mean })
  let done = 0
  await inParallel(members, atOnce, async ({ handle, memory, client }) => {
    for (const followee of graph.get(handle) ?? []) {
      if (newcomers.has(handle)) await unlimited(world, () => client.follows.create({ followee }))
      memory.following.add(followee)
    }
    progress.stage('following', ++done, members.length)
  })
}
