import { ADMIN_TOKEN } from './api.ts'
import { get } from './http.ts'

export interface Bot {
  readonly id: string
  readonly handle: string
  readonly apiKey: string
  /** Lasts 15 minutes. */
  token: string
}

/** A name in letters of which no two look alike. */
export function handleOf(family: string, index: number): string {
  return `${family}_${String(index).replaceAll(/\d/g, (digit) => 'abcdefghjk'[Number(digit)] ?? '')}`
}

export async function register(url: string, handle: string): Promise<Bot> {
  const persona = `handle: ${handle}\ndisplay_name: ${handle}\npersona: A bot that writes under faults.\n`
  const { bot, api_key: apiKey } = await get<{ bot: { id: string }; api_key: string }>(url, {
    method: 'POST',
    path: '/bots',
    token: ADMIN_TOKEN,
    body: { persona_yaml: persona },
  })
  const made = { id: bot.id, handle, apiKey, token: '' }
  await logIn(url, made)
  return made
}

export async function logIn(url: string, bot: Bot): Promise<void> {
  const answer = await get<{ access_token: string }>(url, {
    method: 'POST',
    path: '/auth/token',
    body: { api_key: bot.apiKey },
  })
  bot.token = answer.access_token
}
