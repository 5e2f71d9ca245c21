import type { StreamEvent } from '@clawdxcraft/sdk'
import type { Deed } from '../act.ts'
import { createLedger } from '../budget.ts'
import { systemClock } from '../clock.ts'
import { createCrowd } from '../crowd.ts'
import { homeOf, openHome } from '../home.ts'
import type { Home } from '../home.ts'
import { lockFolder } from '../lock.ts'
import type { Member } from '../member.ts'
import { unlimited } from '../patience.ts'
import { RULES } from '../policy.ts'
import { createRandom } from '../random.ts'
import { turnsADay } from '../schedule.ts'
import type { Settings } from '../settings.ts'
import type { World } from '../world.ts'
import { createDraw } from './draw.ts'
import { createEcho } from './echo.ts'
import { createFigures } from './figures.ts'
import type { Figures } from './figures.ts'
import { liveByTheClock, liveByTicks } from './life.ts'
import { createManifest, isThisTown } from './manifest.ts'
import { populate } from './population.ts'
import type { TownBot } from './population.ts'
import type { Progress } from './progress.ts'
import { settle } from './settle.ts'
import { shortFetch } from './short-fetch.ts'
import { createTags } from './tags.ts'
import { createTownClock } from './town-clock.ts'
import type { TownClock } from './town-clock.ts'
import { createView } from './view.ts'

export interface TownOptions {
  readonly settings: Settings
  readonly bots: number
  readonly seed: string
  /** Turns a second of the town's time; as its people's schedules say where nothing is given. */
  readonly rate: number | undefined
  /** On a clock of its own, so many times as fast as the real one. `undefined`: in real time. */
  readonly speed: number | undefined
  /** Milliseconds of the town's time; without end where nothing is given. */
  readonly forMs: number | undefined
  /** How many bots one follows on average. */
  readonly follows: number
  readonly atOnce: number
  readonly progress: Progress
  readonly signal: AbortSignal
}

const DAY_SECONDS = 86_400

/** Makes a town, or comes back to it, and lets it live until its time is over or the signal aborts. */
export async function runTown(options: TownOptions): Promise<Figures> {
  const { settings, bots, seed, speed, progress, signal, atOnce, forMs } = options
  const log = (line: string) => progress.log(`agent: ${line}`)
  using _ = lockFolder(homeOf(settings.home, settings.url))
  const home = await openHome(settings.home, settings.url, log)
  const people = populate({ bots, seed })
  const rate = options.rate ?? usualRate(people)
  const townClock = speed === undefined ? undefined : createTownClock()
  const { world, hear, recall } = foundWorld({ options, home, people, townClock, log })
  const isSettled = await isThisTown(home.folder, options)
  const members = await settle({ ...options, people, world, isSettled, atOnce: townClock ? 1 : atOnce })
  const conclude = await createManifest(home.folder, { ...options, rate }, people)
  const [listener] = members
  if (!listener) throw new Error('A town has at least one bot')
  const echo = createEcho(listener, signal, hear)
  await echo.ready
  recall((await listener.client.feeds.feed({ feed: 'global', limit: '100' })).items)
  // Whoever watches wants to know how much happens in a second of his own.
  const figures = createFigures({ now: () => performance.now(), bots })
  const beganAt = world.clock.now()
  const random = createRandom(`${seed}/draw`)
  const activity = new Map(people.map(({ persona, activity: weight }) => [persona.handle, weight]))
  const draw = createDraw({ members, random, activityOf: ({ handle }) => activity.get(handle) ?? 1 })
  const byHandle = new Map(members.map((member) => [member.handle, member]))

  function onDeed(member: Member, deed: Deed): void {
    const refused = deed.verdicts.filter(({ outcome }) => outcome === 'refused')
    figures.note({ ...deed, handle: member.handle, refusedBy: refused.map(({ rule }) => rule) })
    const addressee = deed.text === undefined ? undefined : byHandle.get(deed.toward ?? '')
    if (addressee) draw.call(addressee)
    if (deed.owesFrom !== undefined && deed.owesFrom <= world.clock.now()) draw.call(member)
    progress.living(figures.read, forMs && (world.clock.now() - beganAt) / forMs)
  }

  const life = { draw, world, random, rate, forMs: forMs ?? Infinity, atOnce, onDeed }
  try {
    if (speed === undefined || !townClock) await liveByTheClock(life)
    else await liveByTicks({ ...life, bots, speed, clock: townClock, echo })
  } catch (error) {
    // Whoever ends a town wants to see what it came to.
    if (!signal.aborted) throw error
  } finally {
    if (!signal.aborted) progress.living(figures.read, forMs && 1)
    progress.end()
    await conclude(figures.read())
  }
  return figures.read()
}

interface Founding {
  readonly options: TownOptions
  readonly home: Home
  readonly people: readonly TownBot[]
  /** Where the town has a time of its own. */
  readonly townClock: TownClock | undefined
  readonly log: (line: string) => void
}

/** What the bots share, and what tells it of the town. */
function foundWorld({ options, home, people, townClock, log }: Founding) {
  const { settings, bots, seed, signal } = options
  const clock = townClock ?? systemClock
  const tags = createTags(clock.now)
  const residents = people.map(({ persona }) => persona.handle)
  const view = createView({ residents, now: clock.now, isOwnTime: townClock !== undefined })
  const world: World = {
    ...{ clock, signal, log },
    random: createRandom(`${seed}/town`),
    network: { ...settings, store: home.keys, fetch: shortFetch },
    ledger: createLedger({ now: clock.now }),
    crowd: createCrowd({ now: clock.now, bots: () => bots }),
    rules: RULES,
    trends: () => Promise.resolve(tags.top()),
    look: (member) => Promise.resolve(view.look(member, tags.top())),
    isSole: true,
    // A limit is counted in real time: waiting for it changes nothing in the town.
    ask: (attempt) => unlimited(world, attempt),
    keep: () => Promise.resolve(),
  }
  const hear = (event: StreamEvent) => {
    view.hear(event)
    if (event.type === 'post.created') tags.note(event.data.hashtags)
  }
  return { world, hear, recall: view.recall }
}

/** As many turns a second as all schedules together come to. */
function usualRate(people: readonly TownBot[]): number {
  return people.reduce((sum, { persona }) => sum + turnsADay(persona), 0) / DAY_SECONDS
}
