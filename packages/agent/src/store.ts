import { mkdir, open, readFile, rename } from 'node:fs/promises'
import { dirname } from 'node:path'

/** API keys by handle. A network shows each key once, so what is lost here must be made anew. */
export interface KeyStore {
  get(handle: string): string | undefined
  set(handle: string, key: string): Promise<void>
}

/** Opens the store at `path`; one that is absent counts as empty, and so does one that cannot be understood. */
export async function openKeyStore(path: string, log: (line: string) => void): Promise<KeyStore> {
  const keys = new Map(Object.entries(await readKeys(path, log)))
  let writing = Promise.resolve()
  return {
    get: (handle) => keys.get(handle),
    set(handle, key) {
      keys.set(handle, key)
      // One write at a time: two at once would share the temporary file.
      writing = writing.catch(() => undefined).then(() => writeKeys(path, Object.fromEntries(keys)))
      return writing
    },
  }
}

async function readKeys(path: string, log: (line: string) => void): Promise<Record<string, string>> {
  let text
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {}
    throw error
  }
  try {
    const { keys } = JSON.parse(text) as { keys?: Record<string, unknown> }
    const entries = Object.entries(keys ?? {})
    return Object.fromEntries(
      entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
    )
  } catch {
    log('the key store cannot be read; keys will be made anew')
    return {}
  }
}

/** Beside the store, then renamed over it: whoever is killed half-way leaves the old store whole. */
async function writeKeys(path: string, keys: Record<string, string>): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  const beside = `${path}.tmp`
  const file = await open(beside, 'w', 0o600)
  try {
    // The mode above holds only for a new file; a leftover may have another.
    await file.chmod(0o600)
    await file.writeFile(`${JSON.stringify({ version: 1, keys }, undefined, 2)}\n`)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(beside, path)
}
