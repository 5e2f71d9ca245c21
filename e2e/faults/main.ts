// The inside of a run: started by launch.ts in namespaces of its own, where it may kill what it likes.
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { createRandom } from './random.ts'
import { cursors } from './sections/cursors.ts'
import { drain } from './sections/drain.ts'
import { keys } from './sections/keys.ts'
import { kills } from './sections/kills.ts'
import { loss } from './sections/loss.ts'
import type { Found, Run, Section } from './sections/section.ts'
import { slow } from './sections/slow.ts'
import { starts } from './sections/starts.ts'
import { startSystem } from './system.ts'

// One after the other on one system; the last leaves a log behind that has lost its end.
const sections: Record<string, Section> = { starts, kills, slow, keys, drain, cursors, loss }
const SECTION_MS = 180_000

const { values } = parseArgs({
  options: {
    folder: { type: 'string', default: '.' },
    seed: { type: 'string', default: '1' },
    minutes: { type: 'string' },
    only: { type: 'string' },
  },
})
const minutes = values.minutes === undefined ? undefined : Number(values.minutes)
const stop = new AbortController()
// Whoever has started us lets go of this pipe to end us, be it by dying.
process.stdin.once('end', () => stop.abort()).resume()
const stopped = once(stop.signal, 'abort')
shrinkBuffers()

const system = await startSystem(join(values.folder, 'run'))
const run: Run = {
  system,
  minutes,
  random: createRandom(Number(values.seed)),
  historyFile: join(values.folder, 'history.jsonl'),
  signal: stop.signal,
  say: (line) => process.stdout.write(`${line}\n`),
}
const results: Record<string, Found> = {}
const wanted = values.only?.split(',') ?? Object.keys(sections)
for (const [name, section] of Object.entries(sections)) {
  if (!wanted.includes(name) || stop.signal.aborted) continue
  const began = performance.now()
  const found = await limited(name, section)
  // A fault may break nothing but the process itself, which the other one makes up for.
  const broken = [...found.broken, ...system.crashes()]
  results[name] = { ...found, broken }
  const seconds = ((performance.now() - began) / 1000).toFixed(1)
  run.say(`${broken.length === 0 ? '✓' : '✗'} ${name} (${seconds} s)`)
  for (const words of broken) run.say(`    ${words}`)
}
writeFileSync(join(values.folder, 'result.json'), JSON.stringify(results))
// What runs beside us in here ends with the namespace.
process.exit(Object.values(results).every(({ broken }) => broken.length === 0) ? 0 : 1)

async function limited(name: string, section: Section): Promise<Found> {
  const ms = SECTION_MS + (minutes ?? 0) * 60_000
  try {
    // The one that may take hours ends early by itself, and tells what it has seen.
    const early = name === 'kills' ? [] : [stopped.then(() => undefined)]
    const found = await Promise.race([section(run), sleep(ms), ...early])
    return found ?? { broken: [`not done after ${ms / 1000} s, or stopped`], figures: {} }
  } catch (error) {
    return { broken: [(error as Error).stack ?? String(error)], figures: {} }
  }
}

/** What the system's own network keeps for a reader that stalls must not hide what the server keeps. */
function shrinkBuffers(): void {
  for (const name of ['tcp_rmem', 'tcp_wmem'])
    writeFileSync(`/proc/sys/net/ipv4/${name}`, '4096 65536 131072')
}
