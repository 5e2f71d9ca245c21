import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { runVerify } from './audit/verify-role.ts'
import { verifyAudit } from './audit/verify.ts'
import { RESTORE_USAGE, readRestoreArguments, runRestore } from './backup/restore-role.ts'
import { ConfigError, environmentExample, readConfig, settingsTable } from './config.ts'
import type { Config } from './config.ts'
import { startEmbedded } from './db/embedded.ts'
import { migrate } from './db/migrate.ts'
import type { Db } from './db/pool.ts'
import { changeEpoch } from './events/epoch.ts'
import { isDatabaseAway } from './http/error.ts'
import { createLog } from './log.ts'
import type { Log } from './log.ts'
import { withPort } from './port.ts'
import { startServer } from './server.ts'
import type { RunningApi, ServerOptions } from './server.ts'
import { version } from './version.ts'

const USAGE = `Usage: main.ts [all | api | worker | migrate | verify | restore | new-epoch | env-example | settings-table]

  all             API, live feed and loops in one process (the default)
  api, worker     one of the two; needs DATABASE_URL
  migrate         bring the database to this version's schema and stop
  verify          hold the audit log against its hash chain and stop
  restore <file>  read a backup into an empty database and stop
  new-epoch       tell readers of the live feed that the database was set back to an earlier state
  env-example     print .env.example
  settings-table  print the table of settings for the docs
`
const EXIT_USAGE = 2
const EXIT_CONFIG = 78
const DATABASE_WAIT_MS = 60_000
const DRAIN_MS = 10_000
// A terminal, npm and the starter each pass the same signal on.
const SAME_SIGNAL_MS = 1_000

const commands = ['migrate', 'verify', 'restore', 'new-epoch'] as const
type Role = ServerOptions['role'] | (typeof commands)[number]
const roles: readonly string[] = ['all', 'api', 'worker', ...commands] satisfies Role[]

const [wanted = 'all', ...args] = process.argv.slice(2)
if (wanted === 'env-example') process.stdout.write(environmentExample())
else if (wanted === 'settings-table') process.stdout.write(settingsTable())
else if (wanted === 'restore' && !readRestoreArguments(args)) fail(RESTORE_USAGE)
else if (roles.includes(wanted)) process.exitCode = await main(wanted as Role).catch(report)
else fail(USAGE)

function fail(usage: string): void {
  process.stderr.write(usage)
  process.exitCode = EXIT_USAGE
}

async function main(role: Role): Promise<number> {
  const config = await configure(role)
  const log = createLog(config.logLevel)
  const stopping = stopSignal()
  if (role === 'verify') return runVerify(config, args, stopping.signal)
  const database = config.databaseUrl ? undefined : await startEmbedded(config.dataDir)
  try {
    const databaseUrl = config.databaseUrl ?? database?.url ?? ''
    const applied = await whenThere(() => migrate(databaseUrl, stopping.signal), log, stopping.signal)
    if (role === 'migrate')
      process.stdout.write(applied.length > 0 ? `Applied ${applied.join(', ')}\n` : 'Nothing to do\n')
    else if (role === 'new-epoch')
      process.stdout.write(`The log has a new epoch: ${await changeEpoch(databaseUrl)}\n`)
    else if (role === 'restore') return await restore(databaseUrl, stopping.signal)
    else await serve({ config, databaseUrl, log, role }, stopping)
    return 0
  } finally {
    await database?.stop()
    // What did not drain in time must not keep the process.
    setImmediate(() => process.exit())
  }
}

async function restore(databaseUrl: string, signal: AbortSignal): Promise<number> {
  const given = readRestoreArguments(args)
  if (!given) return EXIT_USAGE
  // npm runs us elsewhere than where the file was named.
  const path = resolve(process.env['INIT_CWD'] ?? '', given.path)
  const faultsOf = async (tx: Db) =>
    (await verifyAudit(tx, { expected: undefined, signal, progress: () => undefined })).faults
  return runRestore({ ...given, path, databaseUrl, signal, faultsOf })
}

async function configure(role: Role): Promise<Config> {
  if (existsSync('.env')) process.loadEnvFile('.env')
  const { config, warnings } = readConfig()
  for (const warning of warnings) process.stderr.write(`${warning}\n`)
  if (!config.databaseUrl && (role === 'api' || role === 'worker')) {
    throw new ConfigError([`DATABASE_URL is needed to run "${role}" alone`])
  }
  return withPort(config)
}

/** Runs until it is asked to stop, then drains. */
async function serve(options: ServerOptions, stopping: Stopping): Promise<void> {
  const { config, log } = options
  const server = await whenThere(() => startServer(options), log, stopping.signal)
  process.stdout.write(
    server.api ? banner(config, server.api) : `\nA ClawdXCraft ${version} worker is running.\n\n`,
  )
  await stopping.asked
  await Promise.race([server.close(), sleep(DRAIN_MS, undefined, { ref: false }), stopping.askedAgain])
}

function report(error: unknown): number {
  if (error instanceof ConfigError) {
    process.stderr.write(
      `The configuration is not valid:\n${error.faults.map((fault) => `  ${fault}\n`).join('')}`,
    )
    return EXIT_CONFIG
  }
  const { code, message, port } = error as NodeJS.ErrnoException & { port?: number }
  const words =
    code === 'EADDRINUSE' ? `Port ${port} is in use. Set PORT to another one, or 0 for a free one.` : message
  process.stderr.write(`ClawdXCraft could not start: ${words}\n`)
  return 1
}

interface Stopping {
  readonly asked: Promise<void>
  /** For someone who does not want to wait for the drain. */
  readonly askedAgain: Promise<void>
  readonly signal: AbortSignal
}

function stopSignal(): Stopping {
  const first = Promise.withResolvers<void>()
  const second = Promise.withResolvers<void>()
  const controller = new AbortController()
  let askedAt: number | undefined
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => {
      controller.abort()
      first.resolve()
      if (askedAt !== undefined && performance.now() - askedAt > SAME_SIGNAL_MS) second.resolve()
      askedAt ??= performance.now()
    })
  }
  return { asked: first.promise, askedAgain: second.promise, signal: controller.signal }
}

/** A database that is still starting, as in a fresh set of containers, or too busy to answer is waited for. */
async function whenThere<T>(work: () => Promise<T>, log: Log, signal: AbortSignal): Promise<T> {
  const deadline = Date.now() + DATABASE_WAIT_MS
  for (;;) {
    try {
      return await work()
    } catch (error) {
      if (signal.aborted) throw new Error('it was asked to stop', { cause: error })
      if (!isDatabaseAway(error) || Date.now() > deadline) throw error
      log.info('waiting for the database')
      await sleep(500)
    }
  }
}

function banner(config: Config, { adminToken, isSampleWanted }: RunningApi): string {
  const lines = [
    `\nClawdXCraft ${version} is running.\n`,
    `  Dashboard    ${config.publicUrl}`,
    `  API          ${config.publicUrl}`,
    `  API docs     ${config.publicUrl}/docs`,
    ...(adminToken.isNew
      ? [`  Admin token  ${adminToken.value}  (shown this once; kept in ${config.dataDir}/admin-token)`]
      : []),
    '',
    `  Database     ${config.databaseUrl ? 'external PostgreSQL' : `embedded PostgreSQL 18 in ${config.dataDir}/postgres`}`,
    `  Limits       ${config.redisUrl ? 'shared through Redis' : 'counted in this process; set REDIS_URL to run several'}`,
    `  Sample bots  ${isSampleWanted ? 'come to life now; the dashboard stops them' : 'off; the dashboard starts them'}`,
    '\n  Ctrl-C stops everything.\n\n',
  ]
  return lines.join('\n')
}
