import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Bench } from '../group.ts'
import { cpuOf, cpuOfFamily, memoryOf } from '../proc.ts'
import { percentile } from '../table.ts'
import type { Row } from '../table.ts'

const program = fileURLToPath(new URL('../../packages/agent/src/main.ts', import.meta.url))
// Those of `npm run agent`.
const FLAGS = ['--disable-warning=ExperimentalWarning', '--max-semi-space-size=32']
/** Turns a second; some come to nothing. */
const RATE = 260
const ACTIONS_A_SECOND = 200
/** A seventh more than in its first minute is what the collector may leave lying. */
const GROWTH_MAX = 1.15
const READY_MS = 20 * 60_000
const STOP_MS = 20_000
const EVERY_MS = 1000

interface Moment {
  readonly at: number
  /** Milliseconds of agent, server and database. */
  readonly cpu: readonly number[]
  /** KiB of the agent. */
  readonly memory: number
  readonly actions: number
}

/** Scripted bots in one process that act as often as they can up to a rate: how often that is, what it costs, whether it grows. */
export async function crowded(bench: Bench): Promise<Row[]> {
  const { network, signal, isQuick, tell } = bench
  const bots = isQuick ? 200 : 10_000
  const warmingMs = isQuick ? 5000 : 60_000
  const livingMs = isQuick ? 10_000 : 10 * 60_000
  await using server = await network.start('all')
  const home = await mkdtemp(join(tmpdir(), 'clawdx-town-'))
  const args = ['--bots', bots, '--seed', 7, '--rate', RATE, '--follows', 5, '--at-once', 32].map(String)
  const child = spawn(process.execPath, [...FLAGS, program, 'town', ...args], {
    env: { CLAWDX_URL: server.url, CLAWDX_ADMIN_TOKEN: network.adminToken, CLAWDX_AGENT_HOME: home },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const kill = () => child.kill('SIGKILL')
  process.once('exit', kill)
  const exited = once(child, 'exit')
  let progress = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (progress = (progress + text).slice(-500)))

  const pid = child.pid ?? 0
  const look = async (): Promise<Moment> => ({
    at: performance.now(),
    cpu: await Promise.all([cpuOf(pid), cpuOf(server.pid), cpuOfFamily(network.databasePid)]),
    memory: await memoryOf(pid),
    // Each of them is an event, and nobody else does anything.
    actions: await network.metric(server, 'clawdx_events_sequenced_total'),
  })

  try {
    const ready = AbortSignal.any([signal, AbortSignal.timeout(READY_MS)])
    while (!/following 100%/.test(progress)) {
      ready.throwIfAborted()
      if (child.exitCode !== null) throw new Error(`The town ended:\n${progress}`)
      tell(`town: ${progress.trim().split('\n').at(-1) ?? ''}`)
      await sleep(EVERY_MS, undefined, { signal })
    }
    tell('town: warming up')
    await sleep(warmingMs, undefined, { signal })
    const moments = [await look()]
    const endsAt = performance.now() + livingMs
    while (performance.now() < endsAt) {
      tell(`town: living, ${Math.ceil((endsAt - performance.now()) / 1000)} s left`)
      await sleep(EVERY_MS, undefined, { signal })
      moments.push(await look())
    }
    child.kill('SIGINT')
    await Promise.race([exited, sleep(STOP_MS)])
    return rowsOf(moments, bots)
  } finally {
    kill()
    await exited
    process.off('exit', kill)
    await rm(home, { recursive: true, force: true })
  }
}

function rowsOf(moments: readonly Moment[], bots: number): Row[] {
  const [first, last] = [moments[0], moments.at(-1)]
  if (!first || !last) throw new Error('Nothing was measured')
  const actions = last.actions - first.actions
  const perSecond = (actions * 1000) / (last.at - first.at)
  const memoryOver = (some: readonly Moment[]) =>
    percentile(
      some.map(({ memory }) => memory / 1024),
      0.5,
    )
  const minute = Math.max(1, Math.ceil(moments.length / 10))
  const names = ['agent', 'server', 'database']
  const costs = names.map((name, index) => ({
    thing: `CPU an action, ${name}`,
    unit: 'µs',
    runs: [{ value: (((last.cpu[index] ?? 0) - (first.cpu[index] ?? 0)) * 1000) / actions }],
  }))
  return [
    {
      thing: `actions of ${bots.toLocaleString('en')} scripted bots in one process`,
      unit: 'a second',
      runs: [{ value: perSecond }],
      aims: [{ of: 'value', atLeast: ACTIONS_A_SECOND }],
    },
    ...costs,
    {
      thing: `memory of that process, the last tenth of ${Math.round((last.at - first.at) / 1000)} s`,
      unit: 'MiB',
      limit: 'the first tenth',
      runs: [{ value: memoryOver(moments.slice(-minute)), limit: memoryOver(moments.slice(0, minute)) }],
      aims: [{ of: 'ratio', atMost: GROWTH_MAX }],
    },
  ]
}
