import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ConfigError, environmentExample, readConfig, settings, settingsTable } from './config.ts'
import { parseAllowList } from './delivery/guard.ts'

const root = fileURLToPath(new URL('../../../', import.meta.url))
const program = fileURLToPath(new URL('main.ts', import.meta.url))

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'clawdx-config-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

async function fileWith(text: string): Promise<string> {
  const file = join(folder, `secret-${Math.random().toString(36).slice(2)}`)
  await writeFile(file, text)
  return file
}

function faultsOf(environment: Record<string, string>): readonly string[] {
  try {
    readConfig(environment)
  } catch (error) {
    if (error instanceof ConfigError) return error.faults
    throw error
  }
  throw new Error('This environment should have been refused')
}

interface Ended {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** Runs the real program in an empty folder with this environment and nothing of ours. */
function run(args: string[], environment: Record<string, string> = {}): Promise<Ended> {
  const command = ['--disable-warning=ExperimentalWarning', program, ...args]
  return new Promise((resolve) => {
    const options = { cwd: folder, env: { PATH: process.env['PATH'] ?? '', ...environment } }
    const child = execFile(process.execPath, command, options, (_error, stdout, stderr) => {
      resolve({ code: child.exitCode ?? -1, stdout, stderr })
    })
  })
}

describe('an empty environment', () => {
  test('gives the defaults that the contract names', () => {
    expect(readConfig({})).toEqual({
      warnings: [],
      config: {
        port: 8080,
        host: '127.0.0.1',
        databaseUrl: undefined,
        redisUrl: undefined,
        logLevel: 'info',
        production: false,
        dataDir: 'data',
        publicUrl: 'http://127.0.0.1:8080',
        publicUrlGiven: false,
        adminToken: undefined,
        sample: true,
        openRegistration: false,
        publicDashboard: false,
        limits: { low: 20, medium: 120, high: 600, address: 3_000, global: 60_000, human: 6_000 },
        loopbackExempt: true,
        trustProxy: false,
        webhookAllow: parseAllowList('127.0.0.0/8,::1'),
        secretKey: undefined,
        poolSize: 16,
        hookTokens: {},
        modelKeys: {},
      },
    })
  })

  test('a value that is empty counts as none, as compose files leave them', () => {
    const empty = Object.fromEntries(Object.keys(settings.shape).map((name) => [name, '']))
    expect(readConfig(empty)).toEqual(readConfig({}))
  })
})

describe('tokens of hooks', () => {
  test('are those that say so by their name, and no others can be had through a persona', () => {
    const environment = {
      ADA_HOOK_TOKEN: 'a',
      OPENCLAW_TOKEN: 'b',
      GITHUB_TOKEN: 'c',
      DATABASE_URL: 'postgres://db/x',
    }
    expect(readConfig(environment).config.hookTokens).toEqual({ ADA_HOOK_TOKEN: 'a', OPENCLAW_TOKEN: 'b' })
  })
})

describe('where webhooks may go', () => {
  test('beside public addresses: to loopback with an embedded database, else nowhere', () => {
    const { config } = readConfig({ DATABASE_URL: 'postgres://db/x' })
    expect(config.webhookAllow).toEqual(parseAllowList(''))
  })

  test('is told with everything that is wrong with it', () => {
    expect(faultsOf({ CLAWDX_WEBHOOK_ALLOW: '10.0.0.0/99,gateway,http://x' })).toEqual([
      expect.stringMatching(/^CLAWDX_WEBHOOK_ALLOW must be .*"10.0.0.0\/99", "http:\/\/x"$/),
    ])
  })
})

describe('a database of one’s own', () => {
  test('hands the sample bots the keys of models, and no other secret', () => {
    const environment = {
      OPENAI_API_KEY: 'a',
      MY_API_KEY_FILE: '/key',
      CLAWDX_X_API_KEY: 'b',
      DATABASE_PASSWORD: 'c',
    }
    expect(readConfig(environment).config.modelKeys).toEqual({ OPENAI_API_KEY: 'a', MY_API_KEY_FILE: '/key' })
  })

  test('turns the sample personas off and the limits of loopback on', () => {
    const { config } = readConfig({ DATABASE_URL: 'postgres://clawdx:pw@db:5432/clawdx' })
    expect(config).toMatchObject({ sample: false, loopbackExempt: false })
    expect(readConfig({ DATABASE_URL: 'postgres://db/x', CLAWDX_SAMPLE: 'on' }).config.sample).toBe(true)
  })

  test.each([
    'postgres://db/clawdx',
    'postgresql://clawdx:p%40ss@db.example.org:6432/clawdx?sslmode=require',
    'postgresql:///clawdx?host=/run/postgresql',
    'postgresql://clawdx@/clawdx?host=/run/postgresql&port=5432',
    'postgresql://clawdx:pw@/clawdx?sslmode=disable&host=/run/postgresql',
  ])('may be at %s', (url) => {
    expect(readConfig({ DATABASE_URL: url }).config.databaseUrl).toBe(url)
  })

  test.each(['mysql://db/x', 'db:5432', 'postgres', 'postgres://db:port/x', 'https://db/x'])(
    'may not be at %s',
    (url) => {
      expect(faultsOf({ DATABASE_URL: url })).toEqual([
        'DATABASE_URL must be an address like postgres://user@host:5432/database',
      ])
    },
  )
})

describe('what is derived', () => {
  test('the public address follows host and port unless it is given', () => {
    expect(readConfig({ HOST: '0.0.0.0', PORT: '3000' }).config.publicUrl).toBe('http://0.0.0.0:3000')
    expect(readConfig({ HOST: '::1', PORT: '3000' }).config.publicUrl).toBe('http://[::1]:3000')
    const given = readConfig({ CLAWDX_PUBLIC_URL: 'https://bots.example.org/' }).config
    expect(given).toMatchObject({ publicUrl: 'https://bots.example.org', publicUrlGiven: true })
  })

  test('only NODE_ENV=production is production', () => {
    expect(readConfig({ NODE_ENV: 'production' }).config.production).toBe(true)
    expect(readConfig({ NODE_ENV: 'staging' }).config.production).toBe(false)
  })

  test('a limit of 0 is allowed and means none', () => {
    expect(readConfig({ CLAWDX_LIMIT_HUMAN: '0' }).config.limits.human).toBe(0)
  })
})

describe('faults', () => {
  test('all come at once, each with the name of its setting', () => {
    const faults = faultsOf({
      PORT: '70000',
      REDIS_URL: 'localhost:6379',
      LOG_LEVEL: 'loud',
      CLAWDX_SAMPLE: 'yes',
      CLAWDX_ADMIN_TOKEN: 'too short',
      CLAWDX_LIMIT_LOW: '-1',
      CLAWDX_DB_POOL: '1',
      CLAWDX_PUBLIC_URL_FILE: '/nowhere/at/all',
    })
    expect(faults.toSorted()).toEqual([
      'CLAWDX_ADMIN_TOKEN must be printable ASCII without spaces',
      'CLAWDX_ADMIN_TOKEN must have at least 16 characters',
      'CLAWDX_DB_POOL must be between 2 and 1000',
      'CLAWDX_LIMIT_LOW must be a whole number',
      expect.stringMatching(/^CLAWDX_PUBLIC_URL_FILE names a file that cannot be read: ENOENT.*nowhere/),
      'CLAWDX_SAMPLE must be on or off',
      'LOG_LEVEL must be one of trace, debug, info, warn, error, fatal, silent',
      'PORT must be between 0 and 65535',
      'REDIS_URL must be an address like redis://host:6379',
    ])
  })

  test('never repeat a value, which may be a secret', () => {
    const environment = {
      DATABASE_URL: 'mysql://u:hunter2@db/x',
      CLAWDX_ADMIN_TOKEN: 'hunter2 hunter2 hunter2',
    }
    expect(faultsOf(environment).join('\n')).not.toContain('hunter2')
  })

  test.each(['1e3', '0x10', ' 80', '80 ', '+80', '8080.0', '٨٠'])('the port %j is no number', (port) => {
    expect(faultsOf({ PORT: port })).toEqual(['PORT must be a whole number'])
  })
})

describe('NAME_FILE', () => {
  test('gives the value of NAME without the newline at its end', async () => {
    const file = await fileWith('a-token-from-a-docker-secret\n')
    expect(readConfig({ CLAWDX_ADMIN_TOKEN_FILE: file }).config.adminToken).toBe(
      'a-token-from-a-docker-secret',
    )
    const database = await fileWith('postgres://clawdx:pw@db/clawdx\r\n')
    expect(readConfig({ DATABASE_URL_FILE: database }).config.databaseUrl).toBe(
      'postgres://clawdx:pw@db/clawdx',
    )
  })

  test('works for every setting, and none of these names is called unknown', async () => {
    const files = await Promise.all(
      Object.keys(settings.shape).map(async (name) => [`${name}_FILE`, await fileWith('')]),
    )
    expect(readConfig(Object.fromEntries(files))).toEqual(readConfig({}))
  })

  test('beside NAME is a fault, and so is a file that cannot be read', async () => {
    const file = await fileWith('8081')
    expect(faultsOf({ PORT: '8080', PORT_FILE: file })).toEqual(['PORT is given twice: also as PORT_FILE'])
    expect(readConfig({ PORT: '', PORT_FILE: file }).config.port).toBe(8081)
    expect(faultsOf({ PORT_FILE: folder })).toEqual([expect.stringMatching(/^PORT_FILE .*EISDIR/)])
  })
})

describe('unknown names', () => {
  test('that begin with CLAWDX_ are told with the nearest one that exists', () => {
    const { warnings } = readConfig({
      CLAWDX_ADMIN_TOKN: 'x',
      CLAWDX_LIMITS_HIGH: '1',
      CLAWDX_PUBLIC_DASHBORD: 'on',
      UNRELATED: '1',
    })
    expect(warnings).toEqual([
      'CLAWDX_ADMIN_TOKN is not a setting; did you mean CLAWDX_ADMIN_TOKEN?',
      'CLAWDX_LIMITS_HIGH is not a setting; did you mean CLAWDX_LIMIT_HIGH?',
      'CLAWDX_PUBLIC_DASHBORD is not a setting; did you mean CLAWDX_PUBLIC_DASHBOARD?',
    ])
  })

  test('of the project’s other programs are left alone', () => {
    expect(readConfig({ CLAWDX_URL: 'http://127.0.0.1:8080', CLAWDX_AGENT_HOME: 'x' }).warnings).toEqual([])
  })
})

describe('the program', () => {
  test('ends with 78 and prints every fault', async () => {
    const environment = {
      PORT: 'eighty',
      LOG_LEVEL: 'loud',
      CLAWDX_DB_POOL_FILE: folder,
      CLAWDX_TRUST_PROXY: 'true',
    }
    const { code, stdout, stderr } = await run([], environment)
    expect(code).toBe(78)
    expect(stdout).toBe('')
    expect(stderr.split('\n')).toEqual([
      'The configuration is not valid:',
      expect.stringMatching(/^ {2}CLAWDX_DB_POOL_FILE /),
      '  PORT must be a whole number',
      '  LOG_LEVEL must be one of trace, debug, info, warn, error, fatal, silent',
      '  CLAWDX_TRUST_PROXY must be on or off',
      '',
    ])
  })

  test('tells an unknown name and goes on, here to find that a part alone needs DATABASE_URL', async () => {
    const { code, stderr } = await run(['api'], { CLAWDX_LIMIT_LOWW: '1' })
    expect(stderr).toMatch(/^CLAWDX_LIMIT_LOWW is not a setting; did you mean CLAWDX_LIMIT_LOW\?\n/)
    expect(stderr).toContain('DATABASE_URL is needed to run "api" alone')
    expect(code).toBe(78)
  })

  test('reads .env of the folder it is started in, and what the environment says goes before it', async () => {
    await writeFile(join(folder, '.env'), 'PORT=from-env-file\nLOG_LEVEL=loud\n')
    const { code, stderr } = await run([], { LOG_LEVEL: 'info' })
    await rm(join(folder, '.env'))
    expect(code).toBe(78)
    expect(stderr).toBe('The configuration is not valid:\n  PORT must be a whole number\n')
  })

  test('explains itself to who asks for a role that there is not', async () => {
    const { code, stdout, stderr } = await run(['everything'])
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toMatch(/^Usage: main\.ts/)
  })
})

describe('what is printed from the schema', () => {
  test('.env.example is what env-example prints', async () => {
    const { code, stdout } = await run(['env-example'])
    expect(code).toBe(0)
    expect(stdout).toBe(environmentExample())
    expect(await readFile(join(root, '.env.example'), 'utf8')).toBe(stdout)
  })

  test('.env.example as it is changes nothing, and each of its lines is a setting that is accepted', () => {
    const lines = environmentExample()
      .split('\n')
      .filter((line) => /^# [A-Z_]+=/.test(line))
    const given = Object.fromEntries(lines.map((line) => line.slice(2).split('=') as [string, string]))
    expect(Object.keys(given)).toEqual(Object.keys(settings.shape))
    expect(readConfig(given)).toEqual(readConfig({}))
  })

  test('the table in docs/configuration.md is what settings-table prints', async () => {
    const { code, stdout } = await run(['settings-table'])
    expect(code).toBe(0)
    expect(stdout).toBe(settingsTable())
    const doc = await readFile(join(root, 'docs/configuration.md'), 'utf8')
    const table = /<!-- settings -->\n+([^]*?)\n*<!-- \/settings -->/.exec(doc)?.[1]
    expect(`${table}\n`).toBe(stdout)
  })

  test('every setting is explained', () => {
    for (const [name, schema] of Object.entries(settings.shape))
      expect(schema.description, name).toMatch(/\S{2}/)
  })
})
