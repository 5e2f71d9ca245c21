import { spawn, type ChildProcess } from 'node:child_process'
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { constants, tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { isAlive, readPostmaster } from '../packages/server/src/db/embedded/postmaster.ts'
import { check } from './check.ts'
import { provide, type Provided } from './provide.ts'

interface Tally {
  passed: number
  failed: number
  skipped: number
}

/** The part we count of what vitest's JSON reporter writes. */
interface Report {
  numPassedTests: number
  numFailedTests: number
  numPendingTests: number
  numTodoTests: number
  testResults: { status: string; assertionResults: unknown[] }[]
}

const args = process.argv.slice(2)
const filters = args.filter((arg) => arg !== '--no-check')
const tally: Tally = { passed: 0, failed: 0, skipped: 0 }
let running: ChildProcess | undefined
let interrupted: NodeJS.Signals | undefined

// Ctrl-C reaches vitest too, and it ends by itself; we go on to clear up and print the count.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    interrupted ??= signal
    if (signal !== 'SIGINT') running?.kill(signal)
  })
}

if (!args.includes('--no-check')) {
  for (const { passed } of await check()) tally[passed ? 'passed' : 'failed'] += 1
}
if (!interrupted) await runSuites()
if (interrupted) tally.failed += 1

const skipped = tally.skipped > 0 ? `, ${tally.skipped} skipped` : ''
console.log(`\n${tally.passed} passed, ${tally.failed} failed${skipped}`)
process.exitCode = interrupted ? 128 + constants.signals[interrupted] : tally.failed > 0 ? 1 : 0

async function runSuites(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'clawdx-'))
  // One suite starts the program as another user, who must be able to reach its own folder in here.
  chmodSync(folder, 0o711)
  let provided: Provided | undefined
  try {
    provided = await provide()
    for (const what of provided.lacking) {
      console.log(`\n!!! ${what}: the tests that need it are SKIPPED !!!\n`)
      // Where every program can be had, doing without one is a fault.
      if (process.env.CI === 'true') tally.failed += 1
    }
    await vitest(folder, provided)
  } catch (error) {
    console.error(error)
    tally.failed += 1
  } finally {
    provided?.stop()
    await sweep(folder)
  }
}

async function vitest(folder: string, { redisUrl, chromium }: Provided): Promise<void> {
  const reportFile = join(folder, 'report.json')
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${reportFile}`]
  const { REDIS_URL: _, ...env } = process.env
  const code = await new Promise<number | null>((settle) => {
    const program = join(import.meta.dirname, '..', 'node_modules', 'vitest', 'vitest.mjs')
    running = spawn(process.execPath, [program, 'run', ...reporters, ...filters], {
      stdio: 'inherit',
      // What the suites put into the temporary folder is then ours to sweep.
      env: {
        ...env,
        TMPDIR: folder,
        ...(redisUrl && { TEST_REDIS_URL: redisUrl }),
        ...(chromium && { TEST_CHROMIUM: chromium }),
      },
    })
    running.once('exit', settle)
  })
  const failed = existsSync(reportFile) ? count(JSON.parse(readFileSync(reportFile, 'utf8')) as Report) : 0
  // An error outside of every test, or no test at all, is a failure that no report counts.
  if (code !== 0 && failed === 0) tally.failed += 1
}

/** An interrupted vitest does not tear down: stops the PostgreSQL servers it left running, and removes its files. */
async function sweep(folder: string): Promise<void> {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  for (const file of files.filter((name) => basename(name) === 'postmaster.pid')) {
    const cluster = dirname(join(folder, file))
    const postmaster = await readPostmaster(cluster)
    if (!postmaster || !(await isAlive(postmaster.pid, cluster))) continue
    process.kill(postmaster.pid, 'SIGQUIT')
    while (await isAlive(postmaster.pid, cluster)) await sleep(20)
  }
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
}

function count(report: Report): number {
  // A file that cannot be loaded has no tests to count.
  const broken = report.testResults.filter(
    (file) => file.status === 'failed' && file.assertionResults.length === 0,
  )
  const failed = report.numFailedTests + broken.length
  tally.passed += report.numPassedTests
  tally.failed += failed
  tally.skipped += report.numPendingTests + report.numTodoTests
  return failed
}
