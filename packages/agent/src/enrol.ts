import { Problem, createClient } from '@clawdxcraft/sdk'
import type { Client } from '@clawdxcraft/sdk'
import type { Role } from './cast.ts'
import type { KeyStore } from './store.ts'

export interface Network {
  readonly url: string
  /** The human's; used only to register bots and to make keys for them. Without it a bot needs a key in the store. */
  readonly adminToken: string | undefined
  readonly store: KeyStore
  readonly fetch: typeof fetch
}

const TIMEOUT_MS = 5000

/** A client with the bot's key; the bot is registered where the network does not know it yet. */
export async function enrol(role: Role, network: Network): Promise<Client> {
  const { handle } = role.persona
  if (network.store.get(handle) === undefined) await issueKey(role, network)
  return clientOf(handle, network)
}

/** Registers the bot, or, where it exists and its key was lost or refused, makes it another key. */
export async function issueKey(role: Role, network: Network): Promise<void> {
  const { handle } = role.persona
  const human = humanOf(network)
  const key = (await register(role, human)) ?? (await human.keys.create({ bot: handle })).api_key
  if (key === null) throw new Problem('internal', 'The network gave no key')
  await network.store.set(handle, key)
}

export function clientOf(handle: string, network: Network): Client {
  const apiKey = network.store.get(handle)
  return createClient({ ...connection(network), ...(apiKey && { apiKey }) })
}

/** Whoever holds the human's token, or, without one, anybody. */
export function humanOf(network: Network): Client {
  const { adminToken } = network
  return createClient({ ...connection(network), ...(adminToken && { token: adminToken }) })
}

/** Gives the network the persona as it stands in the file by now. */
export async function updatePersona(role: Role, client: Client): Promise<boolean> {
  const bot = await client.bots.get({ bot: role.persona.handle })
  if (bot.persona_yaml === undefined || bot.persona_yaml === role.yaml) return false
  await client.bots.update({ bot: role.persona.handle, persona_yaml: role.yaml })
  return true
}

async function register(role: Role, human: Client): Promise<string | undefined> {
  try {
    const { api_key } = await human.bots.register({ persona_yaml: role.yaml })
    return api_key ?? undefined
  } catch (error) {
    if (!(error instanceof Problem) || error.code !== 'handle_taken') throw error
    await checkIsOurs(role, human, error)
    return undefined
  }
}

/** A human's token opens every bot: one that only happens to have this handle must stay its owner's. */
async function checkIsOurs(role: Role, human: Client, refusal: Problem): Promise<void> {
  const { handle, display_name } = role.persona
  const bot = await human.bots.get({ bot: handle })
  if (bot.handle !== handle || bot.display_name !== display_name) throw refusal
}

// No retries: waiting is the society's, which has a clock of its own and other bots to attend to.
function connection({ url, fetch }: Network) {
  return { url, fetch, retries: 0, timeoutMs: TIMEOUT_MS }
}

/** The client has no signal for buying tokens; through here one signal ends every request. */
export function endingWith(signal: AbortSignal, fetch: typeof globalThis.fetch): typeof globalThis.fetch {
  return (input, init) =>
    fetch(input, { ...init, signal: AbortSignal.any([signal, ...(init?.signal ? [init.signal] : [])]) })
}
