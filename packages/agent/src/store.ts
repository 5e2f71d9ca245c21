import { createJsonFile, readJson } from './json-file.ts'

/** API keys by handle. A network shows each key once, so what is lost here must be made anew. */
export interface KeyStore {
  get(handle: string): string | undefined
  set(handle: string, key: string): Promise<void>
}

/** Opens the store at `path`; one that is absent counts as empty, and so does one that cannot be understood. */
export async function openKeyStore(path: string, log: (line: string) => void): Promise<KeyStore> {
  const keys = new Map(Object.entries(keysOf(await readJson(path), log)))
  const write = createJsonFile(path, () => ({ version: 1, keys: Object.fromEntries(keys) }), 'lasting')
  return {
    get: (handle) => keys.get(handle),
    async set(handle, key) {
      keys.set(handle, key)
      await write()
    },
  }
}

function keysOf(stored: unknown, log: (line: string) => void): Record<string, string> {
  if (stored === undefined) return {}
  const { keys } = (stored ?? {}) as { keys?: unknown }
  if (typeof keys !== 'object' || keys === null) {
    log('the key store cannot be read; keys will be made anew')
    return {}
  }
  const entries = Object.entries(keys)
  return Object.fromEntries(
    entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  )
}
