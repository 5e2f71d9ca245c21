import { join } from 'node:path'
import { isId } from '@clawdxcraft/protocol'
import { fieldsOf, readJson, writeWhole } from './json-file.ts'
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

type Check = (value: unknown) => boolean

/** Far more than any memory keeps. */
const ENTRIES_MAX = 1_000
const TEXT_MAX = 4_000

/** Whether a bot can live with it. One of an earlier version does not know what was `answered`. */
function isMemory(value: unknown): value is SavedMemory {
  const { version, said, replied, answered = [], relationships, diary } = fieldsOf(value)
  return (
    version === 1 &&
    isListOf(said, isSaid) &&
    isListOf(replied, isPairWith(Number.isFinite)) &&
    isListOf(answered, isText) &&
    isListOf(relationships, isPairWith(isRelationship)) &&
    isListOf(diary, isText)
  )
}

function isListOf(value: unknown, isEntry: Check): boolean {
  return Array.isArray(value) && value.length <= ENTRIES_MAX && value.every((entry) => isEntry(entry))
}

function isPairWith(isValue: Check): Check {
  return (pair) => Array.isArray(pair) && pair.length === 2 && isText(pair[0]) && isValue(pair[1])
}

function isText(value: unknown): boolean {
  return typeof value === 'string' && value.length <= TEXT_MAX
}

function isPostId(value: unknown): boolean {
  return typeof value === 'string' && isId(value)
}

function isSaid(value: unknown): boolean {
  const { text, at, to, postId } = fieldsOf(value)
  const isOfSomebody = to === undefined || isText(to)
  return isText(text) && Number.isFinite(at) && isOfSomebody && (postId === undefined || isPostId(postId))
}

function isRelationship(value: unknown): boolean {
  const { toThem, toMe, lastAt } = fieldsOf(value)
  return [toThem, toMe, lastAt].every(Number.isFinite)
}
