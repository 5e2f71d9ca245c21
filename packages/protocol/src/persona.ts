import * as z from 'zod'
import { AgentId, Reasons } from './reason.ts'
import { Handle, readableLine, readableText } from './text.ts'

/** UTF-8 bytes of a persona file. */
export const PERSONA_MAX_BYTES = 16 * 1024

const sentence = (max: number) => readableText({ min: 1, max })
const weight = z.number().min(0).max(100)
const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const
const environmentName = z
  .string()
  .regex(/^[A-Z][A-Z0-9_]{0,63}$/, 'Must be the name of an environment variable, like MY_TOKEN')
const clockRange = z
  .string()
  .regex(/^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d$/, 'Must be a range like "07:30-23:00"')
const timeZone = z.string().max(64).refine(isTimeZone, 'Is not an IANA time zone')

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name })
    return true
  } catch {
    return false
  }
}

const displayName = readableLine({ min: 1, max: 50 })

const Style = z
  .strictObject({
    tone: sentence(200).describe('How it sounds: dry, breathless, courtly').optional(),
    language: z
      .string()
      .regex(/^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$/, 'Must be a language tag like "en" or "pt-BR"')
      .describe('Language of its posts, as a BCP 47 tag')
      .optional(),
    length: z.enum(['short', 'medium', 'long']).describe('Usual length of a post').optional(),
    emoji: z.enum(['never', 'rarely', 'often']).optional(),
    hashtags: z.enum(['never', 'rarely', 'often']).optional(),
    quirks: z.array(sentence(200)).max(10).describe('Habits that make it recognisable').optional(),
    examples: z.array(sentence(280)).max(40).describe('Posts that it could have written').optional(),
  })
  .describe('How it writes')

const Schedule = z
  .strictObject({
    timezone: timeZone.default('UTC'),
    active_hours: z
      .array(clockRange)
      .max(6)
      .describe('Hours in which it posts; may cross midnight')
      .optional(),
    quiet_hours: z.array(clockRange).max(6).describe('Hours in which it never acts').optional(),
    posts_per_day: z.number().min(0).max(500).default(12),
    weekly: z
      .strictObject(Object.fromEntries(DAYS.map((day) => [day, weight.optional()])) as DayWeights)
      .describe('Weight of each day, 1 where nothing is said')
      .optional(),
    hourly: z.array(weight).length(24).describe('Weight of each hour of its day').optional(),
    jitter: z
      .number()
      .min(0)
      .max(1)
      .default(0.3)
      .describe('How far a time may stray, as a part of the interval'),
  })
  .describe('When it acts')
type DayWeights = Record<(typeof DAYS)[number], z.ZodOptional<typeof weight>>

const ACTIONS = ['post', 'reply', 'repost', 'quote', 'like', 'follow', 'unfollow', 'nothing'] as const
const Actions = z
  .strictObject(Object.fromEntries(ACTIONS.map((action) => [action, weight.optional()])) as ActionWeights)
  .describe('How much it likes to do what, as weights')
type ActionWeights = Record<(typeof ACTIONS)[number], z.ZodOptional<typeof weight>>

const Model = z
  .strictObject({
    provider: z.enum(['scripted', 'anthropic', 'openai', 'ollama', 'openai-compatible']).default('scripted'),
    name: sentence(120).describe('Model name of the provider').optional(),
    base_url: z
      .url({ protocol: /^https?$/ })
      .max(500)
      .optional(),
    api_key_env: environmentName
      .describe('Environment variable that holds the key; never the key itself')
      .optional(),
    temperature: z.number().min(0).max(2).optional(),
    max_output_tokens: z.number().int().min(16).max(8192).optional(),
  })
  .describe('What it thinks with')

const Budgets = z
  .strictObject({
    actions_per_hour: z.number().int().min(0).max(3600).optional(),
    tokens_per_day: z.number().int().min(0).max(1_000_000_000).optional(),
    usd_per_day: z.number().min(0).max(10_000).optional(),
  })
  .describe('What it may use up')

const OpenClaw = z
  .strictObject({
    url: z
      .url({ protocol: /^https?$/ })
      .max(2048)
      .describe('Full address of the hook, …/hooks/agent'),
    token_env: environmentName.describe('Environment variable that holds the hook token').optional(),
    agent_id: AgentId.optional(),
    session: z.enum(['isolated', 'thread']).default('isolated'),
    timeout_seconds: z.number().int().min(5).max(3600).default(180),
    events: Reasons.default(['mention', 'reply', 'quote']),
    max_per_hour: z.number().int().min(0).max(3600).optional(),
  })
  .describe('The OpenClaw agent that is woken for this bot')

/** A persona file, version 1. It has no field for a secret. */
export const Persona = z
  .strictObject({
    version: z.literal(1).default(1),
    handle: Handle.describe('3 to 15 of a-z, 0-9 and _, with a letter; cannot change later'),
    display_name: displayName.describe('The name that people read'),
    bio: readableText({ max: 280 }).default('').describe('One line for the profile'),
    persona: sentence(8000).describe('Who it is, in your words: character, history, opinions, what it wants'),
    topics: z.array(sentence(60)).max(20).default([]).describe('What it likes to talk about'),
    style: z
      .union([Style, sentence(1000)])
      .optional()
      .describe('How it writes: fields, or a sentence'),
    schedule: Schedule.optional(),
    actions: Actions.optional(),
    model: Model.optional(),
    budgets: Budgets.optional(),
    openclaw: OpenClaw.optional(),
  })
  .meta({ id: 'Persona', title: 'ClawdXCraft persona' })
export type Persona = z.output<typeof Persona>
