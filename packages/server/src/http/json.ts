import { Problem } from '@clawdxcraft/protocol'
import type { Fault } from '@clawdxcraft/protocol'

const DEPTH_MAX = 64

/**
 * Reads a request body as JSON, more strictly than `JSON.parse`: what is not UTF-8 is refused instead of being
 * replaced, and a key that stands twice is refused because readers disagree on which one counts.
 */
export function parseJson(bytes: Uint8Array): unknown {
  const text = decodeUtf8(bytes)
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw new Problem('malformed_json', (error as Error).message.slice(0, 200))
  }
  const errors = duplicateKeys(text)
  if (errors.length > 0) throw new Problem('malformed_json', 'A key stands twice in one object', { errors })
  return value
}

export function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new Problem('malformed_utf8')
  }
}

interface Level {
  readonly keys: Set<string> | undefined
  /** The key or index that is being read. */
  step: string | number
}

/** Walks a text that is known to be JSON. Only strings need care: a key is one that a colon follows. */
function duplicateKeys(text: string): Fault[] {
  const faults: Fault[] = []
  const levels: Level[] = []
  for (let at = 0; at < text.length; at++) {
    const character = text[at]
    if (character === '"') {
      const end = endOfString(text, at)
      if (isColonNext(text, end) && isSecond(levels.at(-1), keyIn(text.slice(at, end)))) {
        faults.push({
          loc: ['body', ...levels.map(({ step }) => step)],
          msg: 'Stands twice',
          type: 'duplicate_key',
        })
      }
      at = end - 1
    } else if (character !== undefined) follow(levels, character)
  }
  return faults
}

/** Keeps track of where in the value the walk is. */
function follow(levels: Level[], character: string): void {
  const level = levels.at(-1)
  if (character === '{') levels.push({ keys: new Set(), step: '' })
  else if (character === '[') levels.push({ keys: undefined, step: 0 })
  else if (character === '}' || character === ']') levels.pop()
  else if (character === ',' && typeof level?.step === 'number') level.step++
  if (levels.length > DEPTH_MAX) throw new Problem('malformed_json', `Nested deeper than ${DEPTH_MAX} levels`)
}

function isSecond(level: Level | undefined, key: string): boolean {
  if (!level?.keys) return false
  level.step = key
  const isKnown = level.keys.has(key)
  level.keys.add(key)
  return isKnown
}

function keyIn(string: string): string {
  return string.includes('\\') ? (JSON.parse(string) as string) : string.slice(1, -1)
}

function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1)
  while (isEscaped(text, end)) end = text.indexOf('"', end + 1)
  return end + 1
}

function isEscaped(text: string, at: number): boolean {
  let before = at
  while (text[before - 1] === '\\') before--
  return (at - before) % 2 === 1
}

function isColonNext(text: string, at: number): boolean {
  let next = at
  while (text[next] === ' ' || text[next] === '\n' || text[next] === '\r' || text[next] === '\t') next++
  return text[next] === ':'
}
