import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { CommandFailure, EXIT } from './command.ts'

const held = new Set<string>()

/**
 * Keeps every other process out of a folder until this one ends, or what it gives back is disposed of. Two that lived
 * the same bots would post everything twice. Throws a `CommandFailure` where one is in there already.
 */
export function lockFolder(folder: string): Disposable {
  const path = join(folder, 'lock')
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  for (let tries = 0; ; tries++) {
    try {
      writeFileSync(path, String(process.pid), { flag: 'wx', mode: 0o600 })
      break
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
      const pid = pidIn(path)
      if (tries > 2 || held.has(path) || isAlive(pid)) {
        const words = `Process ${pid} lives with ${folder} already; if it does not, delete ${path}`
        throw new CommandFailure(EXIT.configuration, words)
      }
      rmSync(path, { force: true })
    }
  }
  held.add(path)
  const unlock = () => {
    held.delete(path)
    rmSync(path, { force: true })
  }
  process.once('exit', unlock)
  return {
    [Symbol.dispose]() {
      process.off('exit', unlock)
      unlock()
    },
  }
}

function pidIn(path: string): number {
  try {
    return Number(readFileSync(path, 'utf8'))
  } catch {
    // Let go of at this moment.
    return 0
  }
}

/** In a container every first process is number 1: a lock with our own number was left by one before us. */
function isAlive(pid: number): boolean {
  if (!pid || pid === process.pid) return false
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH'
  }
}
