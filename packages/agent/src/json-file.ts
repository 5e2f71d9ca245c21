import { mkdir, open, readFile, rename } from 'node:fs/promises'
import { basename, dirname } from 'node:path'

/** What a JSON file holds; `undefined` where there is none, `null` where it is no JSON. */
export async function readJson(path: string): Promise<unknown> {
  let text
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

/**
 * What a JSON file of ours holds; `undefined` where there is none. One that cannot be understood is moved aside, so that
 * what is written next does not destroy it, and told about.
 */
export async function readOrMoveAside(
  path: string,
  isUnderstood: (value: unknown) => boolean,
  tell: (words: string) => void,
): Promise<unknown> {
  const value = await readJson(path)
  if (value === undefined || isUnderstood(value)) return value
  await rename(path, `${path}.broken`)
  const name = basename(path)
  tell(`${name} cannot be understood and is kept as ${name}.broken`)
  return undefined
}

export function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return isObject(value) ? value : {}
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/**
 * Beside the file, then renamed over it: whoever is killed half-way leaves the old one whole. For the owner's eyes only.
 * What is `lasting` outlives a loss of power too, which takes the disk its time.
 */
export async function writeWhole(path: string, value: unknown, lasting?: 'lasting'): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  const beside = `${path}.tmp`
  const file = await open(beside, 'w', 0o600)
  try {
    // The mode above holds only for a new file; a leftover may have another.
    await file.chmod(0o600)
    await file.writeFile(`${JSON.stringify(value, undefined, 2)}\n`)
    if (lasting) await file.sync()
  } finally {
    await file.close()
  }
  await rename(beside, path)
}

/**
 * Writes a file that changes often, one write at a time: however many changes come while a write is on, the next one takes
 * them all. Resolves when what is asked for is written.
 */
export function createJsonFile(
  path: string,
  valueOf: () => unknown,
  lasting?: 'lasting',
): () => Promise<void> {
  let writing: Promise<void> | undefined
  let isStale = false

  async function write(): Promise<void> {
    while (isStale) {
      isStale = false
      await writeWhole(path, valueOf(), lasting)
    }
  }

  return async () => {
    isStale = true
    writing ??= write().finally(() => {
      writing = undefined
    })
    await writing
  }
}
