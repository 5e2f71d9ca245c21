/** Where somebody is in a persona file. */
export interface Place {
  /** The keys around it, from the outermost in; `-` for the item of a list. */
  readonly path: readonly string[]
  readonly part: 'key' | 'value'
  /** Where what stands there begins. */
  readonly from: number
}

/** The field to which a place belongs. */
export interface Field {
  readonly path: readonly string[]
  readonly from: number
}

const LINE = /^(?<indent> *)(?<dash>- +|-$)?(?:(?<key>[\w-]+) *:(?=\s|$))?/
const BLOCK_TEXT = /[:-] +[|>][-+\d]* *(?:#.*)?$/
const QUOTED = /"(?:[^"\\]|\\.)*"?|'[^']*'?/g

/**
 * Reads lines, not a tree: a file that is being written is broken most of the time, and its indentation still says what
 * is meant. Nothing in comments and in free text.
 */
export function placeAt(text: string, at: number): Place | undefined {
  const lines = text.slice(0, at).split('\n')
  const current = lines.pop() ?? ''
  const start = at - current.length
  const masked = current.replaceAll(QUOTED, (quoted) => '"'.repeat(quoted.length))
  if (/(?:^|\s)#/.test(masked)) return undefined
  const { indent, dash, key, length } = partsOf(masked)
  const above = pathAbove(lines, indent, dash !== '')
  if (!above) return undefined
  if (key === undefined && dash === '' && !/^ *[{[]/.test(masked)) {
    return { path: above, part: 'key', from: start + indent }
  }
  const steps = [...above, ...(dash === '' ? [] : ['-']), ...(key === undefined ? [] : [key])]
  const inside = flowPlace(masked.slice(length))
  const path = [...steps, ...inside.steps]
  return { path, part: inside.part, from: start + length + inside.from }
}

/** The field whose key or value is at this place. */
export function fieldAt(text: string, at: number): Field | undefined {
  const place = placeAt(text, at)
  if (!place || place.part === 'value') return place
  const key = /^[\w-]+/.exec(text.slice(place.from))?.[0]
  return key === undefined ? undefined : { path: [...place.path, key], from: place.from }
}

/** The keys that stand beside this place already. */
export function keysBeside(text: string, at: number): string[] {
  const lines = text.split('\n')
  const index = text.slice(0, at).split('\n').length - 1
  const indent = partsOf(lines[index] ?? '').indent
  const before = lines.slice(0, index).toReversed()
  return [before, lines.slice(index + 1)].flatMap((side) => siblingsIn(side, indent))
}

function siblingsIn(lines: readonly string[], indent: number): string[] {
  const keys: string[] = []
  for (const line of lines.filter((each) => each.trim() !== '')) {
    const parts = partsOf(line)
    if (parts.indent < indent) break
    if (parts.indent === indent && parts.key !== undefined) keys.push(parts.key)
  }
  return keys
}

interface LineParts {
  readonly indent: number
  readonly dash: string
  readonly key: string | undefined
  /** How far all of that reaches. */
  readonly length: number
}

function partsOf(line: string): LineParts {
  const match = LINE.exec(line)
  const { indent = '', dash = '', key } = match?.groups ?? {}
  return { indent: indent.length, dash, key, length: match?.[0].length ?? 0 }
}

/** The keys that hold what stands at this indentation; `undefined` inside of free text. */
function pathAbove(lines: readonly string[], indent: number, isItem: boolean): string[] | undefined {
  const path: string[] = []
  let column = isItem ? indent + 1 : indent
  for (const line of lines.toReversed()) {
    const parts = partsOf(line)
    if (line.trim() === '' || parts.indent >= column) continue
    if (BLOCK_TEXT.test(line)) return undefined
    if (parts.key === undefined) continue
    path.unshift(parts.key)
    column = parts.indent
  }
  return path
}

interface Open {
  readonly isMap: boolean
  key: string | undefined
  from: number
}

/** Where the end of a value is, in the brackets that are open there. */
function flowPlace(text: string): { steps: string[]; part: Place['part']; from: number } {
  const open: Open[] = []
  for (const { 0: sign, index } of text.matchAll(/[{}[\],:]/g)) follow(open, text, sign, index)
  const steps = open.flatMap(({ isMap, key }) => (isMap ? (key ?? []) : '-'))
  const top = open.at(-1)
  const begin = top?.from ?? 0
  const from = begin + (/^ */.exec(text.slice(begin))?.[0].length ?? 0)
  return { steps, part: top?.isMap && top.key === undefined ? 'key' : 'value', from }
}

function follow(open: Open[], text: string, sign: string, index: number): void {
  const top = open.at(-1)
  if (sign === '{' || sign === '[') open.push({ isMap: sign === '{', key: undefined, from: index + 1 })
  else if (sign === '}' || sign === ']') open.pop()
  else if (top && sign === ',') Object.assign(top, { key: undefined, from: index + 1 })
  else if (top?.isMap && top.key === undefined) {
    Object.assign(top, { key: text.slice(top.from, index).trim(), from: index + 1 })
  }
}
