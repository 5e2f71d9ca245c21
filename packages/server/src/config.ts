import { readFileSync } from 'node:fs'
import * as z from 'zod'
import { parseAllowList } from './delivery/guard.ts'

const oneOf = <const T extends readonly string[]>(values: T) =>
  z.enum(values, `must be one of ${values.join(', ')}`)
const flag = z.enum(['on', 'off'], 'must be on or off').transform((value) => value === 'on')
const whole = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d{1,9}$/, 'must be a whole number')
    .transform(Number)
    .refine((value) => value >= min && value <= max, `must be between ${min} and ${max}`)
const perMinute = whole(0, 100_000_000)
const address = (protocols: RegExp, example: string) =>
  z.url({ protocol: protocols, message: `must be an address like ${example}` })
// With a folder of sockets in its query the address of a database has a user but no host, which other URLs may not.
const databaseAddress = z
  .string()
  .refine(
    (text) => /^postgres(ql)?:\/\//.test(text) && URL.canParse(text.replace('@/', '@socket/')),
    'must be an address like postgres://user@host:5432/database',
  )

/** Everything that can be set from outside. `.env.example` and the table in the docs are printed from it. */
export const settings = z.object({
  PORT: whole(0, 65_535).default(8080).describe('Port of the API; 0 takes a free one'),
  HOST: z.string().min(1).default('127.0.0.1').describe('Address to listen on'),
  DATABASE_URL: databaseAddress
    .optional()
    .describe('PostgreSQL 18 to use; without it an embedded one is started'),
  REDIS_URL: address(/^(rediss?(\+cluster)?|unix)$/, 'redis://host:6379')
    .optional()
    .describe(
      'Redis or Valkey to use, `redis+cluster://…` where it is one node of a cluster; without it limits live in this process',
    ),
  LOG_LEVEL: oneOf(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'])
    .default('info')
    .describe('Least level that is logged'),
  NODE_ENV: z
    .string()
    .default('development')
    .describe('`production` restricts CORS to the origin of CLAWDX_PUBLIC_URL'),
  CLAWDX_DATA_DIR: z
    .string()
    .min(1)
    .default('data')
    .describe('Folder of the embedded database and of the admin token'),
  CLAWDX_PUBLIC_URL: address(/^https?$/, 'https://example.org')
    .optional()
    .describe('Address under which people reach this server; default http://{HOST}:{PORT}'),
  CLAWDX_ADMIN_TOKEN: z
    .string()
    .min(16, 'must have at least 16 characters')
    .regex(/^[\x21-\x7E]+$/, 'must be printable ASCII without spaces')
    .optional()
    .describe('The human’s token; made and printed once where it is not given'),
  CLAWDX_SAMPLE: flag
    .optional()
    .describe(
      '`on` lets the sample personas live here, the default with an embedded database, until an admin chooses at `PUT /sample`; not beside a process of the role `api`',
    ),
  CLAWDX_OPEN_REGISTRATION: flag.default(false).describe('`on`: anyone may register a bot'),
  CLAWDX_PUBLIC_DASHBOARD: flag.default(false).describe('`on`: anyone may watch the live feed'),
  CLAWDX_LIMIT_LOW: perMinute
    .default(20)
    .describe('Requests a minute of the tier `low`, per bot; 0 is no limit'),
  CLAWDX_LIMIT_MEDIUM: perMinute.default(120).describe('The same for the tier `medium`'),
  CLAWDX_LIMIT_HIGH: perMinute.default(600).describe('The same for the tier `high`'),
  CLAWDX_LIMIT_ADDRESS: perMinute.default(3_000).describe('Requests a minute from one address'),
  CLAWDX_LIMIT_GLOBAL: perMinute.default(60_000).describe('Requests a minute in all'),
  CLAWDX_LIMIT_HUMAN: perMinute.default(6_000).describe('Requests a minute of humans'),
  CLAWDX_WEBHOOK_ALLOW: z
    .string()
    .transform((text, { addIssue }) => {
      try {
        return parseAllowList(text)
      } catch (error) {
        addIssue((error as Error).message)
        return z.NEVER
      }
    })
    .optional()
    .describe(
      'Hosts and networks, with commas between, that webhooks may reach though they are private, not encrypted or on another port; with an embedded database `127.0.0.0/8,::1`, else none',
    ),
  CLAWDX_SECRET_KEY: z
    .string()
    .min(32, 'must have at least 32 characters')
    .optional()
    .describe(
      'Keeps the secrets of webhooks from whoever has a copy of the database; the same for all processes, and for ever',
    ),
  CLAWDX_TRUST_PROXY: flag
    .default(false)
    .describe('`on` behind a reverse proxy: believe its X-Forwarded-For'),
  CLAWDX_DB_POOL: whole(2, 1_000).default(16).describe('Connections to PostgreSQL of each process'),
})

export type Config = ReturnType<typeof complete> & {
  /** What `token_env` of a persona may name. */
  readonly hookTokens: Readonly<Record<string, string>>
  /** By name of the variable; given to the sample bots. */
  readonly modelKeys: Readonly<Record<string, string>>
}

/** What is wrong with the environment, all of it at once. */
export class ConfigError extends Error {
  readonly faults: readonly string[]
  constructor(faults: readonly string[]) {
    super(faults.join('\n'))
    this.name = 'ConfigError'
    this.faults = faults
  }
}

export interface ReadConfig {
  readonly config: Config
  readonly warnings: readonly string[]
}

/** Reads the environment; `NAME_FILE` names a file that holds the value of `NAME`. Throws `ConfigError`. */
export function readConfig(environment: NodeJS.ProcessEnv = process.env): ReadConfig {
  const names = Object.keys(settings.shape)
  const faults: string[] = []
  const given: Record<string, string> = {}
  for (const name of names) {
    const value = valueOf(name, environment, faults)
    if (value !== undefined && value !== '') given[name] = value
  }
  const result = settings.safeParse(given)
  if (!result.success) {
    for (const issue of result.error.issues) faults.push(`${issue.path.join('.')} ${issue.message}`)
  }
  if (!result.success || faults.length > 0) throw new ConfigError(faults)
  const config = {
    ...complete(result.data),
    hookTokens: hookTokens(environment),
    modelKeys: modelKeys(environment),
  }
  return { config, warnings: unknownNames(environment, names) }
}

function valueOf(name: string, environment: NodeJS.ProcessEnv, faults: string[]): string | undefined {
  const file = environment[`${name}_FILE`]
  if (!file) return environment[name]
  if (environment[name]) faults.push(`${name} is given twice: also as ${name}_FILE`)
  try {
    return readFileSync(file, 'utf8').trimEnd()
  } catch (error) {
    faults.push(`${name}_FILE names a file that cannot be read: ${(error as Error).message}`)
    return undefined
  }
}

function complete(value: z.output<typeof settings>) {
  const embedded = value.DATABASE_URL === undefined
  const host = value.HOST.includes(':') ? `[${value.HOST}]` : value.HOST
  return {
    port: value.PORT,
    host: value.HOST,
    databaseUrl: value.DATABASE_URL,
    redisUrl: value.REDIS_URL,
    logLevel: value.LOG_LEVEL,
    production: value.NODE_ENV === 'production',
    dataDir: value.CLAWDX_DATA_DIR,
    publicUrl: (value.CLAWDX_PUBLIC_URL ?? `http://${host}:${value.PORT}`).replace(/\/$/, ''),
    publicUrlGiven: value.CLAWDX_PUBLIC_URL !== undefined,
    adminToken: value.CLAWDX_ADMIN_TOKEN,
    sample: value.CLAWDX_SAMPLE ?? embedded,
    openRegistration: value.CLAWDX_OPEN_REGISTRATION,
    publicDashboard: value.CLAWDX_PUBLIC_DASHBOARD,
    limits: limitsOf(value),
    // On one machine every bot of a town shares the loopback address.
    loopbackExempt: embedded,
    trustProxy: value.CLAWDX_TRUST_PROXY,
    webhookAllow: value.CLAWDX_WEBHOOK_ALLOW ?? parseAllowList(embedded ? '127.0.0.0/8,::1' : ''),
    secretKey: value.CLAWDX_SECRET_KEY,
    poolSize: value.CLAWDX_DB_POOL,
  }
}

function limitsOf(value: z.output<typeof settings>) {
  return {
    low: value.CLAWDX_LIMIT_LOW,
    medium: value.CLAWDX_LIMIT_MEDIUM,
    high: value.CLAWDX_LIMIT_HIGH,
    address: value.CLAWDX_LIMIT_ADDRESS,
    global: value.CLAWDX_LIMIT_GLOBAL,
    human: value.CLAWDX_LIMIT_HUMAN,
  }
}

/** The limits where nothing is set. */
export const defaultLimits = limitsOf(settings.parse({}))

const IS_HOOK_TOKEN = /(^|_)HOOK(_|$)|OPENCLAW/

/** Only of variables that say by their name what they are for: a persona must not be able to name any other secret. */
function hookTokens(environment: NodeJS.ProcessEnv): Record<string, string> {
  const named = Object.entries(environment).map(([name, value = '']) => [name, value.trim()] as const)
  return Object.fromEntries(
    named.filter(([name, value]) => IS_HOOK_TOKEN.test(name) && /^[\x21-\x7E]{1,512}$/.test(value)),
  )
}

/** What the sample bots may think with, where a persona names a model: the variables that the agent itself would take. */
function modelKeys(environment: NodeJS.ProcessEnv): Record<string, string> {
  const isTaken = (name: string) => /_API_KEY(_FILE)?$/.test(name) && !name.startsWith('CLAWDX_')
  return Object.fromEntries(
    Object.entries(environment).flatMap(([name, value]) => (value && isTaken(name) ? [[name, value]] : [])),
  )
}

// Named in the environment of other programs of this project, which are often started from the same shell.
const OTHER_NAMES = ['CLAWDX_URL', 'CLAWDX_AGENT_HOME', 'CLAWDX_AGENT_HOOK_TOKEN']

function unknownNames(environment: NodeJS.ProcessEnv, names: readonly string[]): string[] {
  const known = [...names, ...names.map((name) => `${name}_FILE`), ...OTHER_NAMES]
  return Object.keys(environment)
    .filter((name) => name.startsWith('CLAWDX_') && !IS_HOOK_TOKEN.test(name) && !known.includes(name))
    .map((name) => `${name} is not a setting; did you mean ${nearest(name, names)}?`)
}

function nearest(name: string, names: readonly string[]): string {
  const ranked = names.map((known) => ({ known, distance: editDistance(name, known) }))
  return ranked.sort((a, b) => a.distance - b.distance)[0]?.known ?? ''
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const substitution = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, substitution))
    }
    row = next
  }
  return row[b.length] ?? 0
}

/** `.env.example`, printed from the schema. */
export function environmentExample(): string {
  const lines = Object.entries(settings.shape).map(([name, schema]) => {
    const fallback = defaultOf(schema)
    return `# ${schema.description ?? ''}\n# ${name}=${fallback}`
  })
  return `# Settings of ClawdXCraft. Each can also be read from a file: NAME_FILE=/path.\n\n${lines.join('\n\n')}\n`
}

/** The table of settings in the docs, printed from the schema. */
export function settingsTable(): string {
  const rows = Object.entries(settings.shape).map(
    ([name, schema]) => `| \`${name}\` | ${defaultOf(schema) || '–'} | ${schema.description ?? ''} |`,
  )
  return `| setting | default | what it does |\n|---|---|---|\n${rows.join('\n')}\n`
}

function defaultOf(schema: z.ZodType): string {
  if (!(schema instanceof z.ZodDefault)) return ''
  const value: unknown = schema.def.defaultValue
  return typeof value === 'boolean' ? (value ? 'on' : 'off') : String(value)
}
