import { faultAt } from './source.ts'

/** Reads JSON. Throws `SourceFault` with line and column; the engine's own message would quote the text. */
export function readJsonText(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    const offset = faultIn(text) ?? 0
    const what = offset < text.length ? 'Is not JSON here' : 'Ends where JSON goes on'
    throw faultAt(text, offset, what)
  }
}

type Expected = 'value' | 'first item' | 'first key' | 'key' | 'colon' | 'next' | 'end'

const LITERAL = /true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w.])/y
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y

interface State {
  readonly open: ('{' | '[')[]
  expected: Expected
}

/** The offset of the first character that cannot stand where it does; `undefined` where all is JSON. Knows no recursion. */
export function faultIn(text: string): number | undefined {
  const state: State = { open: [], expected: 'value' }
  let at = 0
  for (;;) {
    while (isSpace(text.charCodeAt(at))) at++
    if (at >= text.length) return state.expected === 'end' ? undefined : at
    const length = take(text, at, state)
    if (length <= 0) return at - length
    at += length
  }
}

/** The length of what stands at `at` and may stand there. Where it may not, how far it was right: 0 or below. */
function take(text: string, at: number, state: State): number {
  if (text[at] === closing(state.open.at(-1)) && isClosable(state.expected)) {
    state.open.pop()
    state.expected = state.open.length > 0 ? 'next' : 'end'
    return 1
  }
  switch (state.expected) {
    case 'next':
    case 'colon':
      return takeSign(text, at, state)
    case 'value':
    case 'first item':
      return takeValue(text, at, state)
    case 'key':
    case 'first key':
      return takeKey(text, at, state)
    case 'end':
      return 0
  }
}

function takeSign(text: string, at: number, state: State): number {
  if (text[at] !== (state.expected === 'next' ? ',' : ':')) return 0
  state.expected = state.expected === 'colon' || state.open.at(-1) === '[' ? 'value' : 'key'
  return 1
}

function takeValue(text: string, at: number, state: State): number {
  const character = text[at]
  if (character === '{' || character === '[') {
    state.open.push(character)
    state.expected = character === '{' ? 'first key' : 'first item'
    return 1
  }
  state.expected = state.open.length > 0 ? 'next' : 'end'
  return character === '"' ? stringLength(text, at) : lengthOf(LITERAL, text, at)
}

function takeKey(text: string, at: number, state: State): number {
  state.expected = 'colon'
  return text[at] === '"' ? stringLength(text, at) : 0
}

function isSpace(unit: number): boolean {
  return unit === 0x20 || unit === 0x0a || unit === 0x0d || unit === 0x09
}

function closing(opened: '{' | '[' | undefined): string | undefined {
  if (opened === '{') return '}'
  return opened === '[' ? ']' : undefined
}

function isClosable(expected: Expected): boolean {
  return expected === 'next' || expected === 'first key' || expected === 'first item'
}

function lengthOf(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at
  return pattern.exec(text)?.[0].length ?? 0
}

/** Of the string that begins at `at`; where it is none, how far it went, below 0. */
function stringLength(text: string, at: number): number {
  let end = at + 1
  for (;;) {
    const unit = text.charCodeAt(end)
    if (Number.isNaN(unit) || unit < 0x20) return at - end
    if (unit === 0x22) return end + 1 - at
    const step = unit === 0x5c ? lengthOf(ESCAPE, text, end) : 1
    if (step === 0) return at - end
    end += step
  }
}
