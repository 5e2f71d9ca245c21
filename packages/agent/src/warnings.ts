import type { Persona } from '@clawdxcraft/protocol'
import { providerKindOf, readProvider } from './brain/provider.ts'
import type { ProviderMeans } from './brain/provider.ts'
import { wakefulness } from './schedule.ts'
import { weightsOf } from './weights.ts'

export interface PersonaWarning {
  readonly field: string
  readonly message: string
}

/** As the server looks for tokens of gateways: no other variable can be named by a persona. */
const IS_HOOK_TOKEN = /(^|_)HOOK(_|$)|OPENCLAW/
const MINUTE_MS = 60_000
const MINUTES_OF_A_WEEK = 7 * 24 * 60

/** What is right in a persona and yet will not work, or not as its author may think. */
export async function warningsOf(persona: Persona, means: ProviderMeans): Promise<PersonaWarning[]> {
  return [
    ...(await modelWarnings(persona, means)),
    ...scheduleWarnings(persona),
    ...budgetWarnings(persona),
    ...styleWarnings(persona),
    ...hookWarnings(persona),
  ]
}

async function modelWarnings(persona: Persona, means: ProviderMeans): Promise<PersonaWarning[]> {
  if (!providerKindOf(persona)) return []
  const { faults = [] } = await readProvider(persona, means)
  return faults.map((message) => ({ field: 'model', message }))
}

function scheduleWarnings(persona: Persona): PersonaWarning[] {
  const { schedule } = persona
  const weights = Object.entries(weightsOf(persona))
  const acts = weights.some(([name, weight]) => name !== 'nothing' && weight > 0)
  return [
    ...(isNeverAwake(schedule)
      ? [{ field: 'schedule', message: 'there is no minute of the week in which it may act' }]
      : []),
    ...(schedule?.posts_per_day === 0
      ? [{ field: 'schedule.posts_per_day', message: '0: it never posts or replies' }]
      : []),
    ...(acts ? [] : [{ field: 'actions', message: 'all are 0: it never does anything' }]),
  ]
}

function isNeverAwake(schedule: Persona['schedule']): boolean {
  if (!schedule) return false
  // Its own time, whatever the zone: a week has the same minutes everywhere.
  const own = { ...schedule, timezone: 'UTC' }
  for (let minute = 0; minute < MINUTES_OF_A_WEEK; minute++) {
    if (wakefulness(own, minute * MINUTE_MS) > 0) return false
  }
  return true
}

function budgetWarnings({ budgets, model }: Persona): PersonaWarning[] {
  const { actions_per_hour: actions, tokens_per_day: tokens, usd_per_day: usd } = budgets ?? {}
  const thinks = model !== undefined && model.provider !== 'scripted'
  return [
    ...(actions === 0 ? [{ field: 'budgets.actions_per_hour', message: '0: it never acts' }] : []),
    ...(thinks && tokens === 0
      ? [{ field: 'budgets.tokens_per_day', message: '0: its model is never asked' }]
      : []),
    ...(thinks && usd === 0
      ? [{ field: 'budgets.usd_per_day', message: '0: a model that costs is never asked' }]
      : []),
  ]
}

function styleWarnings(persona: Persona): PersonaWarning[] {
  const { style } = persona
  const hasExamples = typeof style === 'object' && (style.examples?.length ?? 0) > 0
  if (providerKindOf(persona) || hasExamples) return []
  return [
    {
      field: 'style.examples',
      message: 'there are none: a scripted bot says plain things about its topics then',
    },
  ]
}

function hookWarnings({ openclaw }: Persona): PersonaWarning[] {
  const name = openclaw?.token_env
  if (name === undefined || IS_HOOK_TOKEN.test(name)) return []
  const message = `${name} is not looked for: its name must hold HOOK as a word, or OPENCLAW`
  return [{ field: 'openclaw.token_env', message }]
}
