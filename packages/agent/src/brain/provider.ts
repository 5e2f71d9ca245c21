import type { Persona } from '@clawdxcraft/protocol'
import { costOf } from '../prices.ts'
import type { Priced, Prices } from '../prices.ts'
import { isKeyName } from '../secret.ts'
import type { Settings } from '../settings.ts'
import { isNearby } from './nearby.ts'

export type ProviderKind = 'anthropic' | 'openai' | 'ollama' | 'openai-compatible'

/** Where a bot's model is, complete and checked. */
export interface Provider {
  readonly kind: ProviderKind
  readonly model: string
  /** Without a slash at its end. */
  readonly baseUrl: string
  /** A function, so that nobody prints it by accident. */
  readonly key: () => string | undefined
  /** Name of the variable that the key came from. */
  readonly keyName: string | undefined
  readonly temperature: number | undefined
  readonly maxOutputTokens: number
  /** Whether it runs on a machine of the owner's. */
  readonly isFree: boolean
  /** The same for all that succeed and fail together: address, variable and model. Holds no secret. */
  readonly circuit: string
}

export type ProviderResult =
  | { readonly provider: Provider; readonly faults?: undefined }
  | { readonly provider?: undefined; readonly faults: readonly string[] }

export interface ProviderMeans {
  readonly secret: Settings['secret']
  readonly prices: Prices
  /** Whether the owner limits the US dollars of all bots. */
  readonly isUsdLimited?: boolean
}

interface Home {
  readonly baseUrl: string | undefined
  readonly keyName: string | undefined
}

type Model = NonNullable<Persona['model']>

const HOMES: Record<ProviderKind, Home> = {
  anthropic: { baseUrl: 'https://api.anthropic.com/v1', keyName: 'ANTHROPIC_API_KEY' },
  openai: { baseUrl: 'https://api.openai.com/v1', keyName: 'OPENAI_API_KEY' },
  ollama: { baseUrl: 'http://127.0.0.1:11434/v1', keyName: undefined },
  'openai-compatible': { baseUrl: undefined, keyName: undefined },
}
/** Most people have these set, so a persona of somebody else must not be able to send them elsewhere. */
const ORIGINS: Readonly<Record<string, string>> = {
  ANTHROPIC_API_KEY: 'https://api.anthropic.com',
  OPENAI_API_KEY: 'https://api.openai.com',
}
/** Where keys of these names belong, going by what everybody calls them. */
const KNOWN_ORIGINS: Readonly<Record<string, string>> = {
  ...ORIGINS,
  DEEPSEEK_API_KEY: 'https://api.deepseek.com',
  GEMINI_API_KEY: 'https://generativelanguage.googleapis.com',
  GROQ_API_KEY: 'https://api.groq.com',
  MISTRAL_API_KEY: 'https://api.mistral.ai',
  OPENROUTER_API_KEY: 'https://openrouter.ai',
  TOGETHER_API_KEY: 'https://api.together.xyz',
  XAI_API_KEY: 'https://api.x.ai',
}
/** A decision needs a hundred; some models think aloud before it, and that counts. */
const USUAL_OUTPUT_TOKENS = 4_096

/** Which provider a persona asks for; `undefined` where it is none, because it lives by a script. */
export function providerKindOf({ model }: Persona): ProviderKind | undefined {
  return model === undefined || model.provider === 'scripted' ? undefined : model.provider
}

/**
 * From a persona's `model` and the owner's secrets to a provider that can be asked, or everything that is wrong with it, in
 * words that say what to do. A persona that lives by a script has no provider.
 */
export async function readProvider(persona: Persona, means: ProviderMeans): Promise<ProviderResult> {
  const { model } = persona
  const kind = providerKindOf(persona)
  if (!model || !kind) return { faults: ['model.provider is scripted: there is no model to ask'] }
  const home = HOMES[kind]
  const keyName = model.api_key_env ?? home.keyName
  const { baseUrl, fault: addressFault } = readAddress(model, home)
  const keyFault = baseUrl === undefined ? undefined : keyNameFault(keyName, baseUrl)
  const { key, fault: secretFault } =
    keyName === undefined || keyFault ? {} : await readKey(keyName, means.secret)
  const isFree = isOwn(kind, keyName, baseUrl)
  const unpriced = priceFault(persona, { kind, isFree }, means)
  const faults = [nameFault(model), addressFault, keyFault, secretFault, unpriced]
  const found = faults.filter((fault) => fault !== undefined)
  if (found.length > 0 || model.name === undefined || baseUrl === undefined) return { faults: found }
  return {
    provider: {
      kind,
      model: model.name,
      baseUrl,
      key: () => key,
      keyName,
      temperature: model.temperature,
      maxOutputTokens: model.max_output_tokens ?? USUAL_OUTPUT_TOKENS,
      isFree,
      circuit: `${baseUrl} ${keyName ?? '-'} ${model.name}`,
    },
  }
}

/** Why a key must not be sent where a persona of somebody else wants it; nothing where it may. */
export function strayFault({ keyName, baseUrl }: Provider): string | undefined {
  if (keyName === undefined) return undefined
  const { origin, hostname } = new URL(baseUrl)
  if (KNOWN_ORIGINS[keyName] === origin || isNearby(hostname)) return undefined
  return `${keyName} is not sent to ${origin} for a test: nobody has said that it belongs there`
}

function nameFault({ name }: Model): string | undefined {
  if (name === undefined) return 'model.name is missing: say which model, in the words of its provider'
  return undefined
}

function readAddress({ provider, base_url }: Model, home: Home): { baseUrl?: string; fault?: string } {
  const given = base_url ?? home.baseUrl
  if (given === undefined) {
    return { fault: `model.base_url is missing: ${provider} needs an address like http://127.0.0.1:8000/v1` }
  }
  const { username, password, search, hash, origin, pathname } = new URL(given)
  if (username || password || search || hash) {
    return {
      fault: 'model.base_url holds more than an address: a key belongs into the variable of api_key_env',
    }
  }
  return { baseUrl: `${origin}${pathname}`.replace(/\/+$/, '') }
}

function keyNameFault(keyName: string | undefined, baseUrl: string): string | undefined {
  if (keyName === undefined) return undefined
  if (!isKeyName(keyName)) {
    return `model.api_key_env: ${keyName} is not taken; its name must end in _API_KEY and not begin with CLAWDX_`
  }
  const origin = ORIGINS[keyName]
  if (origin === undefined || new URL(baseUrl).origin === origin) return undefined
  return `${keyName} is sent to ${origin} only: name another variable in model.api_key_env, or leave out model.base_url`
}

async function readKey(
  keyName: string,
  secret: Settings['secret'],
): Promise<{ key?: string | undefined; fault?: string }> {
  try {
    const key = await secret(keyName)
    if (!key)
      return { fault: `${keyName} is missing: set it, or let ${keyName}_FILE name a file that holds it` }
    // What no header takes would be quoted in an error.
    if (!/^[\x21-\x7E]{1,4096}$/.test(key)) return { fault: `${keyName} holds what cannot be a key` }
    return { key }
  } catch (error) {
    return { fault: (error as Error).message }
  }
}

/** Ollama speaks as others do: with a key, or far away, it may be somebody's who wants money. */
function isOwn(kind: ProviderKind, keyName: string | undefined, baseUrl: string | undefined): boolean {
  if (kind !== 'ollama' || keyName !== undefined || baseUrl === undefined) return false
  return isNearby(new URL(baseUrl).hostname)
}

function priceFault(
  { model, budgets }: Persona,
  source: Omit<Priced, 'model'>,
  means: ProviderMeans,
): string | undefined {
  if (budgets?.usd_per_day === undefined && !means.isUsdLimited) return undefined
  const priced = { ...source, model: model?.name ?? '' }
  if (costOf(means.prices, priced, { tokensIn: 0, tokensOut: 0 }) !== undefined) return undefined
  return `there is no price for ${priced.kind}/${priced.model}, so a limit in US dollars means nothing: add it to the prices, or limit tokens_per_day`
}
