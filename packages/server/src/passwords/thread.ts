// The thread that works on passwords: on the event loop each would keep everybody waiting for tens of milliseconds.
import { randomBytes } from 'node:crypto'
import { parentPort } from 'node:worker_threads'
import { argon2Verify, argon2id } from 'hash-wasm'

const COST = { memorySize: 19 * 1024, iterations: 2, parallelism: 1, hashLength: 32 }
const SALT_BYTES = 16

export type Job =
  | { readonly do: 'hash'; readonly password: string }
  /** Without a hash nothing is right, and as much is done to find that out. */
  | { readonly do: 'verify'; readonly password: string; readonly hash: string | undefined }

const hashOf = (password: string) =>
  argon2id({ ...COST, password, salt: randomBytes(SALT_BYTES), outputType: 'encoded' })

const nobodys = await hashOf(randomBytes(32).toString('base64url'))

async function answerTo(job: Job): Promise<string | boolean> {
  if (job.do === 'hash') return hashOf(job.password)
  return argon2Verify({ password: job.password, hash: job.hash ?? nobodys })
}

parentPort?.on('message', (job: Job) => {
  // What goes wrong ends the thread, and its owner hears of it.
  void answerTo(job).then((answer) => parentPort?.postMessage(answer))
})
