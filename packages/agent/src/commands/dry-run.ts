import { createClient } from '@clawdxcraft/sdk'
import { judgePlan, weigh } from '../act.ts'
import { createBrains } from '../brains.ts'
import { createLedger } from '../budget.ts'
import { createVocabulary } from '../brain/vocabulary.ts'
import { readRoles } from '../cast.ts'
import { systemClock } from '../clock.ts'
import { CommandFailure, EXIT, textOf, wholeOf } from '../command.ts'
import type { Call, Command } from '../command.ts'
import { createCrowd } from '../crowd.ts'
import { clientOf } from '../enrol.ts'
import { openHome } from '../home.ts'
import { createMember } from '../member.ts'
import type { Member } from '../member.ts'
import { createMemory } from '../memory.ts'
import { codeOf } from '../patience.ts'
import { glance, perceive } from '../perceive.ts'
import { RULES } from '../policy.ts'
import { readPrices } from '../prices.ts'
import { printable } from '../printable.ts'
import { createRandom } from '../random.ts'
import { recall } from '../recall.ts'
import { nextTurn } from '../schedule.ts'
import type { Sight } from '../sight.ts'
import { createTrends } from '../trends.ts'
import { decide } from '../turn.ts'
import type { Plan } from '../turn.ts'
import type { World } from '../world.ts'

export const dryRun: Command = {
  words: 1,
  summary: 'tell what a persona would do now; nothing is sent',
  usage: `Usage: clawdx-agent dry-run <file> [--times N] [--seed S] [--prices FILE]

Looks at the network as the persona's bot does, or as anybody where there is no key for it in CLAWDX_AGENT_HOME, lets its
brain decide, and has the policy judge. A language model is really asked, and costs what it costs. With --times it decides
so often, as if the time in between had passed at once.
`,
  options: {
    times: { type: 'string', default: '1' },
    seed: { type: 'string' },
    prices: { type: 'string' },
  },
  run: tryOut,
}

async function tryOut(call: Call): Promise<number> {
  const { positionals, values, print } = call
  if (positionals.length === 0) throw new CommandFailure(EXIT.usage, 'Which file?')
  const [role, another] = await readRoles(positionals, call.log)
  if (!role) throw new CommandFailure(EXIT.validation, 'There is no persona that could do anything')
  if (another) throw new CommandFailure(EXIT.usage, 'One persona at a time')
  const times = wholeOf(values, 'times', 1000)
  const { member, world } = await rehearse(call, role)
  const sight = await look(member, world)
  print(
    `@${member.handle} sees ${sight.scene.items.length} things; its next turn would be ${whenNext(member)}`,
  )
  for (let time = 0; time < times; time++) {
    const plan = await decide(member, sight, world)
    for (const line of await linesOf(member, plan, world)) print(line)
  }
  return EXIT.ok
}

/** The bot as it would live, with a network that it only looks at. */
async function rehearse(call: Call, role: Parameters<typeof createMember>[0]['role']) {
  const { settings, values, log, signal } = call
  const { persona } = role
  const home = await openHome(settings.home, settings.url, log)
  const seed = textOf(values, 'seed') ?? String(Date.now())
  const random = createRandom(`${seed}/${persona.handle}`)
  const network = { ...settings, store: home.keys, fetch }
  const client = clientOf(persona.handle, network)
  const memory = createMemory(undefined, await home.memories.recall(persona.handle))
  if (home.keys.get(persona.handle) !== undefined)
    await recall(persona.handle, memory, client).catch(() => undefined)
  const { brainOf } = createBrains({
    settings,
    prices: await readPrices(textOf(values, 'prices')),
    isUsdLimited: false,
    now: systemClock.now,
  })
  const said = memory.said.map(({ text }) => text)
  const brain = await brainOf(role, { vocabulary: createVocabulary([persona]), random, said })
  const world: World = {
    ...{ network, signal, log, random, clock: systemClock, rules: RULES },
    ledger: createLedger({ now: systemClock.now, saved: home.spent }),
    crowd: createCrowd({ now: systemClock.now, bots: () => 1 }),
    trends: createTrends(systemClock),
    look: (member) => perceive(member, world),
    isSole: false,
    ask: (attempt) => attempt(),
    keep: () => Promise.resolve(),
  }
  return { member: createMember({ role, client, brain, memory, random }), world }
}

async function look(member: Member, world: World): Promise<Sight> {
  const { store, url } = world.network
  try {
    if (store.get(member.handle) !== undefined) return await perceive(member, world)
    return await glance(createClient({ url, retries: 0, signal: world.signal }), member, world)
  } catch (error) {
    world.signal.throwIfAborted()
    world.log(`the network cannot be seen (${codeOf(error)}): it decides as if it were empty`)
    return {
      scene: { items: [], trends: [], message: undefined },
      waiting: [],
      markRead: () => Promise.resolve(),
    }
  }
}

function whenNext({ persona }: Member): string {
  const at = nextTurn(persona, systemClock.now(), createRandom('rehearsal'))
  return at === Infinity ? 'never: its schedule leaves no time' : new Date(at).toISOString()
}

async function linesOf(member: Member, plan: Plan, world: World): Promise<string[]> {
  const { wanted, fault, thought, sight } = plan
  const { action, verdicts } = judgePlan(plan, await weigh(member, plan, world), world)
  world.crowd.release(member.handle, action)
  const item = 'item' in wanted ? wanted.item : undefined
  const target = item ? ` ${sight.scene.items.indexOf(item) + 1} by @${item.author}` : ''
  const isSecret = verdicts.some(({ rule, outcome }) => rule === 'secrets' && outcome === 'refused')
  const text = 'text' in wanted && !isSecret ? `: ${wanted.text}` : ''
  const refused = verdicts.filter(({ outcome }) => outcome !== 'passed')
  const cost =
    thought.model === null ? '' : ` (${thought.model}, ${thought.tokensIn} + ${thought.tokensOut} tokens)`
  return [
    `${wanted.kind}${target}${text}${cost}`,
    ...(item?.post ? [`  to: ${item.post.content}`] : []),
    ...(fault === undefined ? [] : [`  trouble: ${fault}`]),
    ...refused.map(({ rule, outcome, reason }) => `  policy ${outcome} it, ${rule}: ${reason ?? ''}`),
  ].map((line) => (line.startsWith(' ') ? `  ${printable(line)}` : printable(line)))
}
