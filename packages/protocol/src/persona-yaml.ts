import { CST, Lexer, LineCounter, isAlias, isMap, isNode, isScalar, isSeq, parseDocument, visit } from 'yaml'
import type { Document, Node, YAMLMap } from 'yaml'
import type { Fault } from './error.ts'
import { faultsOf } from './fault.ts'
import { PERSONA_MAX_BYTES, Persona } from './persona.ts'

// Its own check of duplicate keys is quadratic; ours below is not. Pretty errors quote the text for each fault.
const PARSING = {
  schema: 'core',
  merge: false,
  uniqueKeys: false,
  prettyErrors: false,
  logLevel: 'error',
} as const

export type PersonaResult = { ok: true; persona: Persona } | { ok: false; errors: Fault[] }

const DEPTH_MAX = 32
const INDENT_MAX = 2 * DEPTH_MAX
// A persona has some hundred keys, values and signs. 16 KiB of signs alone would keep the parser busy for a second.
const PARTS_MAX = 2_000
// Each of them can be a fault; nobody reads more than the first.
const FAULTS_MAX = 200
const WORDS_MAX = 200
// C0 but for the tab and the ends of lines, DEL, and halves of surrogate pairs: neither YAML nor the database takes them.
// oxlint-disable-next-line no-control-regex -- finding control characters is this expression's purpose
const UNREADABLE = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F]|\p{Surrogate}/gu

/**
 * Reads a persona file, with line and column of everything that is wrong with it.
 *
 * Run it in a process of its own where the text comes from a stranger: deep nesting can abort the process
 * on some versions of Node, which no `catch` sees. The scan before the parser is the first line against
 * that, and `PERSONA_MAX_BYTES` bounds everything.
 */
export function parsePersona(text: string): PersonaResult {
  if (new TextEncoder().encode(text).length > PERSONA_MAX_BYTES) {
    const fault = { loc: [], msg: `Longer than ${PERSONA_MAX_BYTES} bytes`, type: 'too_long' }
    return { ok: false, errors: [at(fault, { line: 1, col: 1 })] }
  }
  const lines = linesOf(text)
  const result = read(text, lines)
  if (result.ok || result.errors.length <= FAULTS_MAX) return result
  const { line = 1, column = 1 } = result.errors[FAULTS_MAX] ?? {}
  return { ok: false, errors: [...result.errors.slice(0, FAULTS_MAX), at(MORE, { line, col: column })] }
}

/** Says where a fault is that was found elsewhere, in a text that `parsePersona` took. */
export function withPlace(fault: Fault, text: string): Fault {
  return placed(fault, parseDocument(text, PARSING), linesOf(text))
}

/** The library's own count of lines misses those inside texts that it takes for errors. */
function linesOf(text: string): LineCounter {
  const lines = new LineCounter()
  lines.addNewLine(0)
  for (const { index } of text.matchAll(/\n/g)) lines.addNewLine(index + 1)
  return lines
}

function read(text: string, lines: LineCounter): PersonaResult {
  const early = scan(text, lines)
  if (early.length > 0) return { ok: false, errors: early }
  const document = parseDocument(text, PARSING)
  const errors = [...syntaxFaults(document, lines), ...shapeFaults(document, lines)]
  // A broken text or one with aliases has no value that could be judged.
  if (errors.some((fault) => fault.type.startsWith('yaml_'))) return { ok: false, errors }
  const value: unknown = document.toJS({ maxAliasCount: 0 }) ?? {}
  const result = Persona.safeParse(value)
  if (result.success && errors.length === 0) return { ok: true, persona: result.data }
  const faults = result.success ? [] : faultsOf(result.error, [], value)
  return { ok: false, errors: [...errors, ...faults.map((fault) => placed(fault, document, lines))] }
}

type Place = ReturnType<LineCounter['linePos']>

function at(fault: Pick<Fault, 'loc' | 'msg' | 'type'>, { line, col }: Place): Fault {
  return { ...fault, msg: `${fault.msg} (line ${line}, column ${col})`, line, column: col }
}

function scan(text: string, lines: LineCounter): Fault[] {
  const unreadable = Array.from(text.matchAll(UNREADABLE), ({ 0: character, index }) => {
    const fault = character < ' ' || character === '\u007F' ? CONTROL : SURROGATE
    return at(fault, lines.linePos(index))
  })
  return unreadable.length > 0 ? unreadable : structureFaults(text, lines)
}

const CONTROL = { loc: [], msg: 'Contains a control character', type: 'control_character' }
const SURROGATE = { loc: [], msg: 'Contains half of a surrogate pair', type: 'lone_surrogate' }
const TOO_DEEP = { loc: [], msg: `Nested deeper than ${DEPTH_MAX} levels`, type: 'too_deep' }
const TOO_MANY = { loc: [], msg: `More than ${PARTS_MAX} keys, values and signs`, type: 'too_many' }
const MORE = { loc: [], msg: `More than ${FAULTS_MAX} faults; the next one`, type: 'more' }
const DIRECTIVE = { loc: [], msg: 'YAML directives are not taken', type: 'yaml_directive' }

const BRACKETS: Record<string, number> = {
  'flow-seq-start': 1,
  'flow-map-start': 1,
  'flow-seq-end': -1,
  'flow-map-end': -1,
}
const BLOCK_INDICATORS = new Set(['seq-item-ind', 'explicit-key-ind', 'map-value-ind'])
const BLANK = new Set(['space', 'comment', 'newline'])

/** What no persona needs and parsers have died of. Knows no recursion. */
function structureFaults(text: string, lines: LineCounter): Fault[] {
  const nesting = { brackets: 0, indicators: 0, indent: 0, lineStart: 0 }
  let parts = 0
  for (const token of tokensOf(text)) {
    const { type, offset } = token
    if (type === 'directive-line') return [at(DIRECTIVE, lines.linePos(offset))]
    follow(nesting, token)
    if (BLANK.has(type)) continue
    if (nesting.indent > INDENT_MAX || nesting.brackets + nesting.indicators > DEPTH_MAX) {
      return [at(TOO_DEEP, lines.linePos(offset))]
    }
    if (++parts > PARTS_MAX) return [at(TOO_MANY, lines.linePos(offset))]
  }
  return []
}

interface Nesting {
  /** Flow collections that are open. */
  brackets: number
  /** Block collections that begin on this line, each inside the one before it. */
  indicators: number
  indent: number
  lineStart: number
}

function follow(nesting: Nesting, { type, offset, source }: Token): void {
  nesting.brackets = Math.max(0, nesting.brackets + (BRACKETS[type] ?? 0))
  if (nesting.brackets === 0 && BLOCK_INDICATORS.has(type)) nesting.indicators++
  if (offset === nesting.lineStart) nesting.indent = type === 'space' ? source.length : 0
  if (!source.endsWith('\n')) return
  nesting.lineStart = offset + source.length
  nesting.indicators = 0
}

interface Token {
  readonly type: string
  readonly offset: number
  readonly source: string
}

/** The tokens of a text. A scalar is one, so that what looks like structure inside it does not count. */
function* tokensOf(text: string): Generator<Token> {
  let offset = 0
  let isScalarNext = false
  for (const source of new Lexer().lex(text)) {
    const type: string = isScalarNext ? 'text' : (CST.tokenType(source) ?? '')
    isScalarNext = type === 'scalar'
    // Marks of the lexer that are not in the text.
    if (isScalarNext || type === 'doc-mode' || type === 'flow-error-end') continue
    yield { type, offset, source }
    offset += source.length
  }
}

function syntaxFaults(document: Document.Parsed, lines: LineCounter): Fault[] {
  return [...document.errors, ...document.warnings].slice(0, FAULTS_MAX + 1).map((error) => {
    const msg = error.message
      .replace(/; please use .*$/s, '')
      .slice(0, WORDS_MAX)
      .toWellFormed()
    return at({ loc: [], msg, type: 'yaml_syntax' }, lines.linePos(error.pos[0]))
  })
}

/** What YAML allows and a persona does not: anchors, aliases, tags, the same key twice. */
function shapeFaults(document: Document.Parsed, lines: LineCounter): Fault[] {
  const faults: Fault[] = []
  const add = (node: Node, msg: string, type: string) => {
    faults.push(at({ loc: [], msg, type }, lines.linePos(node.range?.[0] ?? 0)))
  }
  visit(document, {
    Node(_key, node) {
      if (isAlias(node)) add(node, 'Aliases are not taken', 'yaml_alias')
      else if (node.anchor) add(node, 'Anchors are not taken', 'yaml_anchor')
      else if (node.tag && !node.tag.startsWith('tag:yaml.org,2002:'))
        add(node, 'Tags are not taken', 'yaml_tag')
    },
    Map(_key, map) {
      const seen = new Set<unknown>()
      for (const { key } of map.items) {
        if (!isScalar(key)) continue
        if (seen.has(key.value)) add(key, `The key "${String(key.value)}" stands here twice`, 'duplicate_key')
        seen.add(key.value)
      }
    },
  })
  return faults
}

/** Finds the place of a fault in the text: the value, the key of an unknown field, or what should hold it. */
function placed(fault: Fault, document: Document.Parsed, lines: LineCounter): Fault {
  let node: unknown = document.contents
  let start = isNode(node) ? (node.range?.[0] ?? 0) : 0
  for (const [index, step] of fault.loc.entries()) {
    const isLast = index === fault.loc.length - 1
    const child = childOf(node, step)
    if (!child) break
    start = (isLast && fault.type === 'unknown_field' ? child.keyStart : child.start) ?? start
    node = child.node
  }
  return at(fault, lines.linePos(start))
}

interface Child {
  readonly node: Node | undefined
  readonly keyStart: number | undefined
  readonly start: number | undefined
}

function childOf(node: unknown, step: string | number): Child | undefined {
  if (isMap(node)) return memberOf(node, step)
  const item = isSeq(node) ? node.items[Number(step)] : undefined
  return isNode(item) ? { node: item, keyStart: item.range?.[0], start: item.range?.[0] } : undefined
}

function memberOf(map: YAMLMap, name: string | number): Child | undefined {
  const pair = map.items.find(({ key }) => isScalar(key) && String(key.value) === name)
  if (!isNode(pair?.key)) return undefined
  const keyStart = pair.key.range?.[0]
  const value = isNode(pair.value) ? pair.value : undefined
  return { node: value, keyStart, start: value?.range?.[0] ?? keyStart }
}
