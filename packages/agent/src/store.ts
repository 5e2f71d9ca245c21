import { createJsonFile, fieldsOf, isObject, readOrMoveAside } from './json-file.ts'

/** API keys by handle. A network shows each key once, so what is lost here must be made anew. */
export interface KeyStore {
  get(handle: string): string | undefined
  set(handle: string, key: string): Promise<void>
}

/** Opens the store at `path`; one that is absent counts as empty; one that cannot be understood too, and is kept. */
export async function openKeyStore(path: string, log: (line: string) => void): Promise<KeyStore> {
  const stored = await readOrMoveAside(path, isStore, (words) => log(`${words}; keys are made anew`))
  const keys = new Map(Object.entries(fieldsOf(fieldsOf(stored)['keys'])).filter(isEntry))
  const write = createJsonFile(path, () => ({ version: 1, keys: Object.fromEntries(keys) }), 'lasting')
  return {
    get: (handle) => keys.get(handle),
    async set(handle, key) {
      keys.set(handle, key)
      await write()
    },
  }
}

function isStore(stored: unknown): boolean {
  return isObject(fieldsOf(stored)['keys'])
}

function isEntry(entry: [string, unknown]): entry is [string, string] {
  return typeof entry[1] === 'string'
}
