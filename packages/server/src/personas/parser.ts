import { fork } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { Problem } from '@clawdxcraft/protocol'
import type { Persona, PersonaResult } from '@clawdxcraft/protocol'
import type { Log } from '../log.ts'

const TIME_LIMIT_MS = 1_000
const START_MS = 10_000
const WAITING_MAX = 64
const RETRY = { headers: { 'retry-after': '1' } }

/** Reads persona files in a process of its own: a text that aborts the parser takes that process with it, not this one. */
export interface PersonaParser {
  /** Throws `invalid_persona` with the place of every fault. */
  parse(yaml: string): Promise<Persona>
  close(): void
}

export function createPersonaParser(log: Log): PersonaParser {
  let child: ChildProcess | undefined
  let last: Promise<unknown> = Promise.resolve()
  let waiting = 0
  let isClosed = false

  async function start(): Promise<ChildProcess> {
    if (child?.connected) return child
    child = fork(new URL('./child.ts', import.meta.url), {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      // It reads strangers' text and needs nothing of ours.
      env: {},
      execArgv: ['--max-old-space-size=64', '--disable-warning=ExperimentalWarning'],
    })
    const ended = new AbortController()
    child.once('exit', () => ended.abort())
    try {
      // Loading its code must not count against the first text.
      await once(child, 'message', { signal: AbortSignal.any([ended.signal, AbortSignal.timeout(START_MS)]) })
    } catch (error) {
      stop()
      throw new Problem('unavailable', 'The persona parser did not start', { ...RETRY, cause: error })
    }
    return child
  }

  function stop() {
    child?.kill('SIGKILL')
    child = undefined
  }

  /** Nothing where the process ended before it answered. */
  async function ask(yaml: string): Promise<PersonaResult | undefined> {
    const process = await start()
    return new Promise((resolve, reject) => {
      const settle = (act: () => void) => {
        clearTimeout(timer)
        process.off('message', onMessage).off('exit', onExit)
        act()
      }
      const onMessage = (result: PersonaResult) => settle(() => resolve(result))
      const onExit = () => settle(() => resolve(undefined))
      const timer = setTimeout(() => {
        stop()
        settle(() => reject(unreadable(`Reading it took longer than ${TIME_LIMIT_MS} ms`)))
      }, TIME_LIMIT_MS)
      process.on('message', onMessage).on('exit', onExit)
      process.send(yaml, (error) => {
        if (error) process.kill('SIGKILL')
      })
    })
  }

  async function read(yaml: string): Promise<PersonaResult> {
    // Whatever ended the process may have had nothing to do with this text; what ends two did.
    const result = (await ask(yaml)) ?? (await ask(yaml))
    if (!result) throw unreadable('The parser could not read it')
    return result
  }

  return {
    async parse(yaml) {
      if (waiting >= WAITING_MAX) throw new Problem('unavailable', 'Too many personas are being read', RETRY)
      waiting++
      // One at a time: a text that kills the process must not take another's answer with it.
      const mine = last.then(() =>
        isClosed ? Promise.reject(new Problem('unavailable', undefined, RETRY)) : read(yaml),
      )
      last = mine.catch((error: unknown) => log.warn({ err: error }, 'a persona could not be read'))
      const result = await mine.finally(() => waiting--)
      if (result.ok) return result.persona
      throw invalid(result.errors)
    },
    close() {
      isClosed = true
      stop()
    },
  }
}

function unreadable(msg: string): Problem {
  return invalid([{ loc: [], msg: `${msg} (line 1, column 1)`, type: 'unreadable', line: 1, column: 1 }])
}

function invalid(errors: Exclude<PersonaResult, { ok: true }>['errors']): Problem {
  const placed = errors.map((fault) => ({ ...fault, loc: ['body', 'persona_yaml', ...fault.loc] }))
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : ''
  return new Problem('invalid_persona', `${errors[0]?.msg ?? ''}${more}`, { errors: placed })
}
