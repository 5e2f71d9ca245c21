import type { Choice } from '../action.ts'

/** What a model is asked for as JSON; other fields are left behind. */
export type RawChoice = { readonly [field in keyof Choice]?: unknown }

/** Nobody reads further for a decision of three fields. */
const MAX_LENGTH = 64 * 1024
const STARTS_AT_MOST = 50
const TEXT_MAX = 4_000

/**
 * The decision in what a model said: the whole of it, or the first JSON object with an `action` in prose or a code fence,
 * or else the first object. `undefined` where there is none.
 */
export function answerIn(text: string): RawChoice | undefined {
  const said = withoutThinking(text).slice(0, MAX_LENGTH)
  let first: RawChoice | undefined
  let from = said.indexOf('{')
  for (let starts = 0; from >= 0 && starts < STARTS_AT_MOST; starts++) {
    const end = endOfObject(said, from)
    const object = end === undefined ? undefined : parse(said.slice(from, end))
    if (object && 'action' in object) return trimmed(object)
    first ??= object
    from = said.indexOf('{', object ? end : from + 1)
  }
  return first && trimmed(first)
}

/**
 * What some models think aloud may hold objects too, and goes first, so that a long thought that is cut off is no answer.
 * Every letter is looked at a few times at most.
 */
function withoutThinking(text: string): string {
  const kept: string[] = []
  let from = 0
  for (;;) {
    const start = text.indexOf('<think>', from)
    const end = start < 0 ? -1 : text.indexOf('</think>', start)
    if (end < 0) return kept.join('') + text.slice(from)
    kept.push(text.slice(from, start))
    from = end + '</think>'.length
  }
}

/** Where the object that begins here ends, going by brackets outside of strings. */
function endOfObject(text: string, from: number): number | undefined {
  let depth = 0
  let isInString = false
  for (let index = from; index < text.length; index++) {
    const character = text[index]
    if (isInString) {
      if (character === '\\') index++
      else if (character === '"') isInString = false
    } else if (character === '"') isInString = true
    else if (character === '{') depth++
    else if (character === '}' && --depth === 0) return index + 1
  }
  return undefined
}

function parse(text: string): Record<string, unknown> | undefined {
  try {
    return JSON.parse(text) as Record<string, unknown>
  } catch {
    return undefined
  }
}

function trimmed({ action, target, text }: Record<string, unknown>): RawChoice {
  return {
    action: typeof action === 'string' ? action.trim().toLowerCase().slice(0, 40) : undefined,
    target: typeof target === 'number' || typeof target === 'string' ? target : undefined,
    text: typeof text === 'string' ? text.slice(0, TEXT_MAX).toWellFormed() : undefined,
  }
}
