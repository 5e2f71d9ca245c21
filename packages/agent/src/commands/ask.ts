import { text as textFrom } from 'node:stream/consumers'
import { PERSONA_MAX_BYTES, parsePersona } from '@clawdxcraft/protocol'
import type { Persona } from '@clawdxcraft/protocol'
import { BrainFailure, NOTHING_SPENT } from '../brain/brain.ts'
import type { Spent } from '../brain/brain.ts'
import { readProvider, strayFault } from '../brain/provider.ts'
import type { Provider } from '../brain/provider.ts'
import { readRoles } from '../cast.ts'
import { systemClock } from '../clock.ts'
import { CommandFailure, EXIT, numberOf, textOf } from '../command.ts'
import type { Call, Command } from '../command.ts'
import { createMemory } from '../memory.ts'
import { costOf, readPrices } from '../prices.ts'
import type { Prices } from '../prices.ts'
import { createRandom } from '../random.ts'

export const ask: Command = {
  words: 1,
  summary: 'ask the model that a persona names for one answer, to see whether it works',
  usage: `Usage: clawdx-agent ask <file | -> [--json] [--seconds N] [--keys-stay] [--prices FILE]

Puts the persona before an empty network, has its model decide, and says how long that took and what it cost. Nothing is
sent to the network. With - the persona comes from standard input. With --keys-stay a key goes only to the address that
is known to be its provider's, or to a machine nearby: for personas of somebody else.

Exit: 0 it answered, 1 it did not, 6 the persona is wrong.
`,
  options: {
    json: { type: 'boolean', default: false },
    seconds: { type: 'string', default: '20' },
    'keys-stay': { type: 'boolean', default: false },
    prices: { type: 'string' },
  },
  run: askOnce,
}

/** What `--json` prints. */
interface Asked {
  readonly ms: number
  readonly tokens_in: number
  readonly tokens_out: number
  /** Null where no price is known. */
  readonly cost_usd: number | null
  /** Why there was no answer, in words without secrets. */
  readonly fault: string | null
}

async function askOnce(call: Call): Promise<number> {
  const { values, print, settings } = call
  const persona = await readPersona(call)
  const prices = await readPrices(textOf(values, 'prices'))
  const asked = await answerOf(persona, { call, prices, secret: settings.secret })
  print(values['json'] ? JSON.stringify(asked) : wordsOf(asked))
  return asked.fault === null ? EXIT.ok : EXIT.failure
}

async function readPersona({ positionals, log }: Call): Promise<Persona> {
  const [path] = positionals
  if (path === undefined) throw new CommandFailure(EXIT.usage, 'Which file?')
  if (path === '-') {
    const yaml = await textFrom(process.stdin)
    const result = yaml.length > PERSONA_MAX_BYTES ? undefined : parsePersona(yaml)
    if (result?.ok) return result.persona
    throw new CommandFailure(
      EXIT.validation,
      result?.errors[0]?.msg ?? `Longer than ${PERSONA_MAX_BYTES} bytes`,
    )
  }
  const [role, another] = await readRoles([path], log)
  if (!role) throw new CommandFailure(EXIT.validation, 'There is no persona that names a model')
  if (another) throw new CommandFailure(EXIT.usage, 'One persona at a time')
  return role.persona
}

interface Means {
  readonly call: Call
  readonly prices: Prices
  readonly secret: Call['settings']['secret']
}

async function answerOf(persona: Persona, { call, prices, secret }: Means): Promise<Asked> {
  const { values, signal } = call
  const { provider, faults } = await readProvider(persona, { secret, prices })
  if (!provider) return { ...spentAs(NOTHING_SPENT, null), ms: 0, fault: faults.join('; ') }
  const stray = values['keys-stay'] ? strayFault(provider) : undefined
  if (stray !== undefined) return { ...spentAs(NOTHING_SPENT, null), ms: 0, fault: stray }
  const timeoutMs = 1_000 * (numberOf(values, 'seconds', { min: 1, max: 600 }) ?? 1)
  const { createAiBrain } = await import('../brain/ai-sdk.ts')
  const brain = createAiBrain({ provider, prices, timeoutMs })
  const situation = {
    persona,
    scene: { items: [], trends: [], message: undefined },
    memory: createMemory(),
    now: systemClock.now(),
    random: createRandom('ask'),
  }
  const began = performance.now()
  const took = () => Math.round(performance.now() - began)
  try {
    const thought = await brain.think(situation, signal)
    return { ...spentAs(thought, { prices, provider }), ms: took(), fault: null }
  } catch (error) {
    if (!(error instanceof BrainFailure)) throw error
    return { ...spentAs(error.spent, { prices, provider }), ms: took(), fault: error.message }
  }
}

function spentAs(spent: Spent, priced: { prices: Prices; provider: Provider } | null) {
  const { tokensIn, tokensOut } = spent
  const cost = priced && costOf(priced.prices, priced.provider, spent)
  return { tokens_in: tokensIn, tokens_out: tokensOut, cost_usd: cost ?? null }
}

function wordsOf({ ms, tokens_in: into, tokens_out: out, cost_usd: cost, fault }: Asked): string {
  if (fault !== null) return `No answer: ${fault}`
  const price = cost === null ? 'at a price that is not known' : `for $${cost.toFixed(6)}`
  return `Answered in ${ms} ms with ${into} + ${out} tokens ${price}`
}
