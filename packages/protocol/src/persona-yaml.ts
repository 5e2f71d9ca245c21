import { LineCounter, isAlias, isMap, isNode, isPair, isScalar, parseDocument, visit } from 'yaml'
import type { Document, Node } from 'yaml'
import type { Fault } from './error.ts'
import { faultsOf } from './fault.ts'
import { PERSONA_MAX_BYTES, Persona } from './persona.ts'

export type PersonaResult = { ok: true; persona: Persona } | { ok: false; errors: Fault[] }

const DEPTH_MAX = 32
const INDENT_MAX = 2 * DEPTH_MAX

/**
 * Reads a persona file, with line and column of everything that is wrong with it.
 *
 * Run it in a process of its own where the text comes from a stranger: deep nesting can abort the process
 * on some versions of Node, which no `catch` sees. The scan before the parser is the first line against
 * that, and `PERSONA_MAX_BYTES` bounds everything.
 */
export function parsePersona(text: string): PersonaResult {
  const early = scan(text)
  if (early.length > 0) return { ok: false, errors: early }
  const lines = new LineCounter()
  // Its own check of duplicate keys is quadratic; ours below is not.
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: false, merge: false, schema: 'core' })
  const errors = [...syntaxFaults(document, lines), ...shapeFaults(document, lines)]
  // A broken text or one with aliases has no value that could be judged.
  if (errors.some((fault) => fault.type.startsWith('yaml_'))) return { ok: false, errors }
  const value: unknown = document.toJS({ maxAliasCount: 0 }) ?? {}
  const result = Persona.safeParse(value)
  if (result.success && errors.length === 0) return { ok: true, persona: result.data }
  const faults = result.success ? [] : faultsOf(result.error, [], value)
  return { ok: false, errors: [...errors, ...faults.map((fault) => placed(fault, document, lines))] }
}

function at(fault: Pick<Fault, 'loc' | 'msg' | 'type'>, line: number, column: number): Fault {
  return { ...fault, msg: `${fault.msg} (line ${line}, column ${column})`, line, column }
}

function scan(text: string): Fault[] {
  if (new TextEncoder().encode(text).length > PERSONA_MAX_BYTES) {
    return [at({ loc: [], msg: `Longer than ${PERSONA_MAX_BYTES} bytes`, type: 'too_long' }, 1, 1)]
  }
  let depth = 0
  for (const [index, line] of text.split('\n').entries()) {
    for (let column = 0; column < line.length; column++) {
      const character = line[column]
      if (character === '[' || character === '{') depth++
      else if ((character === ']' || character === '}') && depth > 0) depth--
      if (depth > DEPTH_MAX) return [tooDeep(index + 1, column + 1)]
    }
    const lead = /^[ \t?:-]*/.exec(line)?.[0] ?? ''
    const indent = lead.length - lead.trimStart().length
    const indicators = lead.match(/[?:-][ \t]/g)?.length ?? 0
    if (indent > INDENT_MAX || indicators > DEPTH_MAX) return [tooDeep(index + 1, lead.length + 1)]
    if (line.startsWith('%')) {
      return [at({ loc: [], msg: 'YAML directives are not taken', type: 'yaml_directive' }, index + 1, 1)]
    }
  }
  return []
}

function tooDeep(line: number, column: number): Fault {
  return at({ loc: [], msg: `Nested deeper than ${DEPTH_MAX} levels`, type: 'too_deep' }, line, column)
}

function syntaxFaults(document: Document.Parsed, lines: LineCounter): Fault[] {
  return [...document.errors, ...document.warnings].map((error) => {
    const { line, col } = lines.linePos(error.pos[0])
    const msg = (error.message.split('\n')[0] ?? '').replace(/(; please use .*| at line \d+, column \d+:?)$/, '')
    return at({ loc: [], msg, type: 'yaml_syntax' }, Math.max(1, line), Math.max(1, col))
  })
}

/** What YAML allows and a persona does not: anchors, aliases, tags, the same key twice. */
function shapeFaults(document: Document.Parsed, lines: LineCounter): Fault[] {
  const faults: Fault[] = []
  const add = (node: Node, msg: string, type: string) => {
    const { line, col } = lines.linePos(node.range?.[0] ?? 0)
    faults.push(at({ loc: [], msg, type }, line, col))
  }
  visit(document, {
    Node(_key, node) {
      if (isAlias(node)) add(node, 'Aliases are not taken', 'yaml_alias')
      else if (node.anchor) add(node, 'Anchors are not taken', 'yaml_anchor')
      else if (node.tag && !node.tag.startsWith('tag:yaml.org,2002:')) add(node, 'Tags are not taken', 'yaml_tag')
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
  const { line, col } = lines.linePos(start)
  return at(fault, Math.max(1, line), Math.max(1, col))
}

function childOf(node: unknown, step: string | number) {
  if (isMap(node)) {
    const pair = node.items.find((item) => isPair(item) && isScalar(item.key) && String(item.key.value) === step)
    if (!pair || !isNode(pair.key)) return undefined
    const keyStart = pair.key.range?.[0]
    const value = isNode(pair.value) ? pair.value : undefined
    return { node: value, keyStart, start: value?.range?.[0] ?? keyStart }
  }
  const items = (node as { items?: unknown[] } | null)?.items
  const item = items?.[Number(step)]
  return isNode(item) ? { node: item, keyStart: item.range?.[0], start: item.range?.[0] } : undefined
}
