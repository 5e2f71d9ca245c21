// The whole way from a mention to an answer, through the real gateway of OpenClaw with a scripted model behind it:
//   npm run e2e:openclaw
import { checks } from './checks.ts'
import { textOf } from './script.ts'
import { hideSecrets, setUp } from './stage.ts'
import type { Stage } from './stage.ts'
import { Missing } from './steps.ts'
import type { Check } from './steps.ts'
import type { Turn } from './stub-llm.ts'

const LIMIT_MS = 15 * 60_000
// By then everything has been stopped, or never will be.
const STOP_MS = 90_000
const EXIT_ABORTED = 130
const LOG_LINES = 25
const READ_SHOWN = 500

interface Result {
  readonly title: string
  readonly outcome: 'passed' | 'FAILED' | 'SKIPPED'
  readonly seconds: number
  readonly seen: string
}

const began = performance.now()
const asked = new AbortController()
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => asked.abort())
const signal = AbortSignal.any([asked.signal, AbortSignal.timeout(LIMIT_MS)])
setTimeout(() => process.exit(1), LIMIT_MS + STOP_MS).unref()
if (process.platform === 'linux' && process.arch === 'x64') process.exitCode = await main()
else {
  say('The Node that is installed for the gateway is one for Linux on x64.')
  process.exitCode = 1
}

async function main(): Promise<number> {
  const results: Result[] = []
  try {
    await using stage = await setUp(say, signal)
    for (const check of checks) {
      signal.throwIfAborted()
      results.push(await take(check, stage))
    }
    say('Stopping everything …')
  } catch (error) {
    say(signal.aborted ? `Stopped before the end: ${whyStopped()}` : (error as Error).message)
  }
  say(tableOf(results))
  if (asked.signal.aborted) return EXIT_ABORTED
  const isWell = results.length === checks.length && results.every(({ outcome }) => outcome !== 'FAILED')
  return isWell ? 0 : 1
}

function whyStopped(): string {
  return asked.signal.aborted ? 'that was asked for' : `not done after ${LIMIT_MS / 60_000} minutes`
}

async function take({ title, run }: Check, stage: Stage): Promise<Result> {
  say(`▸ ${title}`)
  const start = performance.now()
  const before = stage.llm.turns.length
  const end = (outcome: Result['outcome'], seen: string): Result => {
    say(`  ${outcome}: ${seen}`)
    return { title, outcome, seconds: (performance.now() - start) / 1000, seen }
  }
  try {
    return end('passed', await run(stage, signal))
  } catch (error) {
    signal.throwIfAborted()
    if (error instanceof Missing) return end('SKIPPED', error.message)
    const { message, cause } = error as Error
    say(`  The model did:\n${stage.llm.turns.slice(before).map(wordsFor).join('\n')}`)
    say(`  The gateway said last:\n${lastLines(stage.gateway.output())}`)
    say(`  The network said last:\n${lastLines(stage.network.output())}`)
    return end('FAILED', cause instanceof Error ? `${message} (${cause.message})` : message)
  }
}

/** What a model read last, and what it did then. */
function wordsFor({ messages, step }: Turn): string {
  const last = messages.findLast(({ role }) => role === 'user' || role === 'tool')
  return `${last ? textOf(last).slice(-READ_SHOWN) : ''}\n  → ${JSON.stringify(step)}`
}

function lastLines(text: string): string {
  return text.trimEnd().split('\n').slice(-LOG_LINES).join('\n')
}

function tableOf(results: readonly Result[]): string {
  const rows = results.map(
    ({ title, outcome, seconds, seen }) =>
      `${outcome.padEnd(8)} ${seconds.toFixed(1).padStart(6)} s  ${title}\n${' '.repeat(19)}${seen.split('\n')[0]}`,
  )
  const count = (outcome: Result['outcome']) => results.filter((result) => result.outcome === outcome).length
  const sum = `${count('passed')} passed, ${count('FAILED')} failed, ${count('SKIPPED')} skipped of ${checks.length}`
  return ['', ...rows, '', sum].join('\n')
}

function say(line: string): void {
  const seconds = ((performance.now() - began) / 1000).toFixed(1).padStart(6)
  console.log(line.startsWith('\n') ? hideSecrets(line) : `${seconds} s  ${hideSecrets(line)}`)
}
