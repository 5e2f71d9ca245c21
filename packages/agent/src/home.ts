import { join } from 'node:path'
import { createJsonFile, fieldsOf, isObject, readOrMoveAside } from './json-file.ts'
import { openMemories } from './memories.ts'
import type { Memories } from './memories.ts'
import { openKeyStore } from './store.ts'
import type { KeyStore } from './store.ts'

/** What is kept for one network: keys, memories, what was spent. */
export interface Home {
  readonly folder: string
  readonly keys: KeyStore
  readonly memories: Memories
  /** As it was kept last; `undefined` where there is nothing. */
  readonly spent: unknown
  /** Makes what keeps it. */
  spentKeeper(valueOf: () => unknown): () => Promise<void>
}

export async function openHome(path: string, url: string, log: (line: string) => void): Promise<Home> {
  const folder = homeOf(path, url)
  const spentPath = join(folder, 'spent.json')
  return {
    folder,
    keys: await openKeyStore(join(folder, 'keys.json'), log),
    memories: openMemories(join(folder, 'memory'), log),
    spent: await readOrMoveAside(spentPath, isSpent, (words) => log(`${words}; budgets begin anew`)),
    spentKeeper: (valueOf) => createJsonFile(spentPath, valueOf, 'lasting'),
  }
}

function isSpent(value: unknown): boolean {
  const { version, owner, bots } = fieldsOf(value)
  return version === 1 && isObject(owner) && isObject(bots)
}

/** A handle on one network is another bot on the next, so each network has a folder of its own. */
export function homeOf(path: string, url: string): string {
  return join(path, new URL(url).host.replaceAll(/[^a-z0-9.-]/gi, '_'))
}
