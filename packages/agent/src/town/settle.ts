import { Problem } from '@clawdxcraft/sdk'
import { createScriptedBrain } from '../brain/scripted.ts'
import { createVocabulary } from '../brain/vocabulary.ts'
import { CommandFailure, EXIT } from '../command.ts'
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
  /** Whether all of them follow whom they should already. */
  readonly isSettled: boolean
}

/** A bot of a large town remembers less than one whose persona somebody wrote. */
const BOUNDS: MemoryBounds = { said: 20, threads: 30, people: 20, diary: 5 }
/** Several times as many posts as it is ever shown at once. */
const KNOWS = 40
/** So many people stand for what all of them talk about; the others speak the same lines. */
const VOICES = 240

/** Registers everybody who is new, has them follow each other, and gives them their brains. */
export async function settle(settling: Settling): Promise<Member[]> {
  const { people, world, seed } = settling
  await register(settling)
  const vocabulary = createVocabulary(people.slice(0, VOICES).map(({ persona }) => persona))
  const members = people.map((person) => {
    const { persona } = person
    const random = createRandom(`${seed}/${persona.handle}`)
    const brain = createScriptedBrain({ persona, vocabulary, random, said: [], knows: KNOWS })
    const client = clientOf(persona.handle, world.network)
    return createMember({ role: person, client, brain, memory: createMemory(BOUNDS), random })
  })
  await befriend(members, settling)
  return members
}

async function register({ people, world, atOnce, progress }: Settling): Promise<void> {
  const strangers = people.filter(({ persona }) => world.network.store.get(persona.handle) === undefined)
  let done = 0
  await inParallel(strangers, atOnce, async (person) => {
    await unlimited(world, () => issueKey(person, world.network)).catch((error: unknown) => {
      throw takenBy(person, error)
    })
    progress.stage('registering', ++done, strangers.length)
  })
}

async function befriend(members: readonly Member[], settling: Settling): Promise<void> {
  const { people, seed, world, atOnce, progress, isSettled, follows: mean } = settling
  const bots = people.map(({ persona, template: community }) => ({ handle: persona.handle, community }))
  const graph = townGraph({ bots, seed, mean })
  let done = 0
  await inParallel(members, atOnce, async ({ handle, memory, client }) => {
    for (const followee of graph.get(handle) ?? []) {
      // Also by those of a start that was interrupted: who follows already goes on to.
      if (!isSettled) await unlimited(world, () => client.follows.create({ followee }))
      memory.following.add(followee)
    }
    progress.stage('following', ++done, members.length)
  })
}

function takenBy({ persona }: TownBot, error: unknown): unknown {
  if (!(error instanceof Problem) || error.code !== 'handle_taken') return error
  return new CommandFailure(
    EXIT.failure,
    `The handle ${persona.handle} is taken on this network, perhaps by another town: use its seed, or a fresh network`,
  )
}
