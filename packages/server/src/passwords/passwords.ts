import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { Problem } from '@clawdxcraft/protocol'
import type { Job } from './thread.ts'

const TIME_LIMIT_MS = 10_000
const WAITING_MAX = 64
const RETRY = { headers: { 'retry-after': '1' } }

/** Whether this is the password of the hash. Without a hash it is not, which takes as long. */
type Verify = (password: string, hash: string | undefined) => Promise<boolean>

/** Argon2id, in a thread of its own. One at a time: each takes 19 MiB, and the other processors have work to do. */
export interface Passwords {
  hash(password: string): Promise<string>
  /** Runs what needs a password verified when its turn has come, and nobody else's meanwhile. */
  inTurn<T>(work: (verify: Verify) => Promise<T>): Promise<T>
  close(): void
}

export function createPasswords(): Passwords {
  const closing = new AbortController()
  let thread: Worker | undefined
  let last: Promise<unknown> = Promise.resolve()
  let waiting = 0

  function start(): Worker {
    const started = new Worker(new URL('./thread.ts', import.meta.url), {
      env: {},
      execArgv: ['--disable-warning=ExperimentalWarning'],
    })
    // Unheard, what ends a thread would end the process.
    started.on('error', () => {})
    started.once('exit', () => {
      if (thread === started) thread = undefined
    })
    started.unref()
    return started
  }

  async function ask(job: Job): Promise<unknown> {
    thread ??= start()
    const mine = thread
    try {
      const signal = AbortSignal.any([closing.signal, AbortSignal.timeout(TIME_LIMIT_MS)])
      const answered = once(mine, 'message', { signal })
      mine.postMessage(job)
      return ((await answered) as unknown[])[0]
    } catch (error) {
      // It may still be at work, and its answer would be taken for that to the next question.
      if (thread === mine) thread = undefined
      void mine.terminate()
      throw new Problem('unavailable', 'Passwords cannot be checked right now', { ...RETRY, cause: error })
    }
  }

  const verify: Verify = async (password, hash) => (await ask({ do: 'verify', password, hash })) === true

  async function inTurn<T>(work: (verify: Verify) => Promise<T>): Promise<T> {
    if (waiting >= WAITING_MAX)
      throw new Problem('unavailable', 'Too many passwords are being checked', RETRY)
    waiting++
    const mine = last.then(() => work(verify))
    last = mine.catch(() => {})
    return mine.finally(() => waiting--)
  }

  return {
    hash: (password) => inTurn(async () => String(await ask({ do: 'hash', password }))),
    inTurn,
    close() {
      closing.abort()
      void thread?.terminate()
    },
  }
}
