import { appendFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createReplayBrains, recording } from '../brain/replay.ts'
import { createBrains } from '../brains.ts'
import type { Brains } from '../brains.ts'
import type { OwnerBudget } from '../budget.ts'
import { readRoles } from '../cast.ts'
import type { Role } from '../cast.ts'
import { systemClock } from '../clock.ts'
import { CommandFailure, EXIT, numberOf, textOf, wholeOf } from '../command.ts'
import type { Call, Command } from '../command.ts'
import type { Hooks } from '../hooks/server.ts'
import { serveHooks } from '../hooks/serve.ts'
import { live } from '../live.ts'
import type { BrainMaker, LifeOptions } from '../live.ts'
import { RULES } from '../policy.ts'
import { codeOf } from '../patience.ts'
import { readPrices } from '../prices.ts'

export const run: Command = {
  summary: 'give personas a life on the network',
  usage: `Usage: clawdx-agent run <files or folders…> [options]

Registers each persona that the network does not know yet, keeps its key, and lets it live until Ctrl-C: it reads
its inbox and its feed, decides, and acts within its rhythm, its budgets and the policy.

  --seed S             which of all possible lives they live (default 1)
  --lively             liven up a young network for the first ten minutes
  --at-once N          turns that may be on at the same time (default 8)
  --hooks PORT         serve POST /hooks/agent and /hooks/wake as OpenClaw does, on 127.0.0.1;
                       the token is CLAWDX_AGENT_HOOK_TOKEN
  --hooks-host HOST    listen there instead
  --tokens-per-day N   what all of them together may use of language models
  --usd-per-day N      the same in US dollars
  --prices FILE        prices of models instead of those that come along
  --link-host HOST     let them post links to this host (again for more)
  --record FILE        write down every thought
  --replay FILE        think what was written down
`,
  options: {
    seed: { type: 'string', default: '1' },
    lively: { type: 'boolean', default: false },
    'at-once': { type: 'string', default: '8' },
    hooks: { type: 'string' },
    'hooks-host': { type: 'string', default: '127.0.0.1' },
    'tokens-per-day': { type: 'string' },
    'usd-per-day': { type: 'string' },
    prices: { type: 'string' },
    'link-host': { type: 'string', multiple: true, default: [] },
    record: { type: 'string' },
    replay: { type: 'string' },
  },
  run: runPersonas,
}

async function runPersonas(call: Call): Promise<number> {
  const { values, positionals, settings, log, signal } = call
  if (positionals.length === 0) throw new CommandFailure(EXIT.usage, 'Which personas? Name files or folders')
  const limits = limitsOf(values)
  const hookSettings = hookSettingsOf(call)
  const brains = createBrains({
    settings,
    prices: await readPrices(textOf(values, 'prices')),
    isUsdLimited: limits.usdPerDay !== undefined,
    now: systemClock.now,
  })
  const brainOf = await brainsFor(call, brains.brainOf)
  const roles = await thoseThatCanThink(await readRoles(positionals, log), brains, log)
  if (roles.length === 0) throw new CommandFailure(EXIT.validation, 'There is no persona that can live')
  let hooks: Hooks | undefined
  try {
    await live({
      ...settings,
      ...{ roles, limits, log, signal, fetch },
      clock: systemClock,
      seed: textOf(values, 'seed') ?? '1',
      atOnce: wholeOf(values, 'at-once', 1000),
      isLively: values['lively'] === true,
      rules: { ...RULES, linkHosts: linkHostsOf(values) },
      brainOf,
      async onLive(society, members) {
        // Whoever started us with a channel is told.
        process.send?.('live')
        if (!hookSettings) return
        hooks = await openHooks(hookSettings, { society, members }, log)
        log(`the bots are woken at ${hooks.url}/hooks/agent`)
        // At once: whoever waits for a bot is told to come back, and does not find a dead line.
        signal.addEventListener('abort', () => void hooks?.close())
      },
    })
  } finally {
    await hooks?.close()
  }
  throw new CommandFailure(EXIT.failure, 'nobody to live; stopping')
}

/** The others are told what they lack, before the network hears of them. */
async function thoseThatCanThink(roles: readonly Role[], brains: Brains, log: Call['log']): Promise<Role[]> {
  const able: Role[] = []
  for (const role of roles) {
    const faults = await brains.faultsOf(role)
    if (faults.length === 0) able.push(role)
    else log(`${role.persona.handle}: ${faults.join('; ')}`)
  }
  return able
}

/** As they are, or what they thought before, or written down. */
async function brainsFor({ values, log }: Call, thinking: BrainMaker): Promise<BrainMaker> {
  const replay = textOf(values, 'replay')
  if (replay !== undefined) {
    const brainOf = createReplayBrains((await readText(replay)).split('\n'))
    return ({ persona }) => Promise.resolve(brainOf(persona.handle))
  }
  const path = textOf(values, 'record')
  if (path === undefined) return thinking
  // At once, so that a file which cannot be written to is told before anybody thinks.
  const write = (line: string) => appendFileSync(path, line, { mode: 0o600 })
  try {
    write('')
  } catch (error) {
    throw new CommandFailure(EXIT.usage, `Cannot write ${path} (${codeOf(error)})`)
  }
  return async (role, more) =>
    recording(await thinking(role, more), role.persona.handle, (line) => write(`${line}\n`), log)
}

async function readText(path: string): Promise<string> {
  return await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new CommandFailure(EXIT.usage, `Cannot read ${path} (${error.code})`)
  })
}

/** As `startHooks` wants it. */
const HOOK_TOKEN_MIN = 16

type Woken = Parameters<NonNullable<LifeOptions['onLive']>>

interface HookSettings {
  readonly token: string
  readonly port: number
  readonly host: string
}

/** Before anybody is registered, so that what is wrong is told at once. */
function hookSettingsOf({ values, settings }: Call): HookSettings | undefined {
  const port = numberOf(values, 'hooks', { min: 0, max: 65_535 })
  if (port === undefined) return undefined
  if (!Number.isInteger(port)) throw new CommandFailure(EXIT.usage, '--hooks must be a whole number')
  const token = settings.hookToken ?? ''
  if (token.length >= HOOK_TOKEN_MIN)
    return { token, port, host: textOf(values, 'hooks-host') ?? '127.0.0.1' }
  throw new CommandFailure(
    EXIT.configuration,
    `Set CLAWDX_AGENT_HOOK_TOKEN to ${HOOK_TOKEN_MIN} characters or more: without it anybody could wake the bots`,
  )
}

type Bots = { readonly society: Woken[0]; readonly members: Woken[1] }

async function openHooks(hooks: HookSettings, bots: Bots, log: Call['log']): Promise<Hooks> {
  try {
    return await serveHooks({ ...bots, ...hooks, log })
  } catch (error) {
    const reason = `Cannot listen on ${hooks.host}:${hooks.port} (${codeOf(error)})`
    throw new CommandFailure(EXIT.failure, reason)
  }
}

function linkHostsOf(values: Call['values']): string[] {
  const hosts = ((values['link-host'] ?? []) as string[]).map((host) => host.toLowerCase())
  const wrong = hosts.find(
    (host) => !URL.canParse(`http://${host}`) || new URL(`http://${host}`).host !== host,
  )
  if (wrong === undefined) return hosts
  throw new CommandFailure(EXIT.usage, `--link-host takes a name like example.org, not ${wrong}`)
}

function limitsOf(values: Call['values']): OwnerBudget {
  return {
    tokensPerDay: numberOf(values, 'tokens-per-day', { min: 0, max: 1e12 }),
    usdPerDay: numberOf(values, 'usd-per-day', { min: 0, max: 1e6 }),
  }
}
