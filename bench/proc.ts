import { readFile, writeFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'

// What the kernel counts in, on every platform that Node runs on.
const TICK_MS = 10

/** Processor time that a process has used so far, its own and the kernel's for it, in milliseconds. */
export async function cpuOf(pid: number): Promise<number> {
  return (await ticksOf(pid)).slice(0, 2).reduce(sum, 0) * TICK_MS
}

/** Its own, the kernel's for it, and both of its children that have ended. */
async function ticksOf(pid: number): Promise<number[]> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
  // The name before may hold spaces and parentheses itself.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return fields.slice(11, 15).map(Number)
}

const sum = (total: number, one: number) => total + one

/** The same that a process uses while something is done. */
export async function cpuDuring<T>(pid: number, work: () => Promise<T>): Promise<{ cpu: number; result: T }> {
  const before = await cpuOf(pid)
  const result = await work()
  return { cpu: (await cpuOf(pid)) - before, result }
}

/** The same of a process with all its children, those of before too. */
export async function cpuOfFamily(pid: number): Promise<number> {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')
  const children = text.trim().split(' ').map(Number)
  const times = await Promise.all(children.map((child) => cpuOf(child).catch(() => 0)))
  return times.reduce(sum, (await ticksOf(pid)).reduce(sum, 0) * TICK_MS)
}

/** Resident memory in KiB. */
export async function memoryOf(pid: number): Promise<number> {
  return field(await readFile(`/proc/${pid}/smaps_rollup`, 'utf8'), 'Rss')
}

/** The least memory seen within some seconds: a collector or an allocator gives back late. */
export async function settledMemoryOf(pid: number, seconds: number): Promise<number> {
  let least = await memoryOf(pid)
  for (let passed = 0; passed < seconds; passed += 0.5) {
    await sleep(500)
    least = Math.min(least, await memoryOf(pid))
  }
  return least
}

/** Lets the process's memory peak begin anew. */
export async function forgetPeak(pid: number): Promise<void> {
  await writeFile(`/proc/${pid}/clear_refs`, '5')
}

/** The most resident memory, in KiB, since the peak was forgotten. */
export async function peakOf(pid: number): Promise<number> {
  return field(await readFile(`/proc/${pid}/status`, 'utf8'), 'VmHWM')
}

/** How many files and sockets each process may have open. */
export async function openFilesMax(): Promise<number> {
  const limits = await readFile('/proc/self/limits', 'utf8')
  const [, hard] = /^Max open files +\S+ +(\S+)/m.exec(limits) ?? []
  return hard === 'unlimited' ? Infinity : Number(hard)
}

function field(text: string, name: string): number {
  const [, value] = new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text) ?? []
  if (value === undefined) throw new Error(`/proc does not say ${name}`)
  return Number(value)
}
