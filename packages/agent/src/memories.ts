import { join } from 'node:path'
import { readJson, writeWhole } from './json-file.ts'
import type { SavedMemory } from './memory.ts'

/** Where memories outlive the process: one file a bot. */
export interface Memories {
  recall(handle: string): Promise<SavedMemory | undefined>
  keep(handle: string, memory: SavedMemory): Promise<void>
}

/** A memory that is absent or cannot be understood counts as none: the bot then recalls what the network knows of it. */
export function openMemories(folder: string, log: (line: string) => void): Memories {
  const pathOf = (handle: string) => join(folder, `${handle}.json`)
  return {
    async recall(handle) {
      const saved = await readJson(pathOf(handle))
      if (saved === undefined || isMemory(saved)) return saved
      log(`${handle}: its memory cannot be read; it begins anew`)
      return undefined
    },
    keep: (handle, memory) => writeWhole(pathOf(handle), memory),
  }
}

function isMemory(value: unknown): value is SavedMemory {
  if (typeof value !== 'object' || value === null) return false
  const memory = value as Record<keyof SavedMemory, unknown>
  const lists = [memory.said, memory.replied, memory.relationships, memory.diary]
  return memory.version === 1 && lists.every(Array.isArray)
}
