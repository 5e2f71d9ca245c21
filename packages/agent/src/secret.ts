import { constants } from 'node:fs'
import { open } from 'node:fs/promises'

type Environment = Readonly<Record<string, string | undefined>>

const MAX_BYTES = 16 * 1024
const PATIENCE_MS = 5_000

/** Whether a persona may name this variable. Whoever writes personas must not reach the admin's token or a database through them. */
export function isKeyName(name: string): boolean {
  return /^[A-Z][A-Z0-9_]{0,63}$/.test(name) && name.endsWith('_API_KEY') && !name.startsWith('CLAWDX_')
}

/**
 * What the variable `name` holds, or the file that `<NAME>_FILE` names, without the newline at its end; `undefined` where
 * neither says anything. Rejects with words for the owner where the file cannot be read or both are given.
 */
export async function readSecret(environment: Environment, name: string): Promise<string | undefined> {
  const value = environment[name] || undefined
  const path = environment[`${name}_FILE`]
  if (!path) return value
  if (value !== undefined) throw new Error(`${name} is given twice: also as ${name}_FILE`)
  const text = await inTime(readBounded(path)).catch((error: NodeJS.ErrnoException) => {
    throw new Error(`${name}_FILE names a file that cannot be read (${error.code ?? error.message})`)
  })
  return text.replace(/\r?\n$/, '') || undefined
}

async function readBounded(path: string): Promise<string> {
  // A pipe that nobody writes to would hold a thread for ever, even before it is known to be one.
  const file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0))
  try {
    if (!(await file.stat()).isFile()) throw new Error('not a file')
    const { buffer, bytesRead } = await file.read(Buffer.alloc(MAX_BYTES + 1))
    if (bytesRead > MAX_BYTES) throw new Error(`longer than ${MAX_BYTES} bytes`)
    return buffer.toString('utf8', 0, bytesRead)
  } finally {
    await file.close()
  }
}

async function inTime<T>(work: Promise<T>): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(new Error('it took too long')), PATIENCE_MS)
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}
