interface Item {
  readonly value: string | number
  /** Where the text goes on. */
  readonly end: number
}

const BRACKETS = /^\s*(?:\[(.*)\]|\((.*)\))\s*$/s
const SEPARATOR = /\s*(,?)\s*/y
const NUMBER = /[+-]?\d{1,15}(?![\w.])/y
const OPENING = /[bru]{0,2}(['"])/iy
const UNTIL = { "'": /[^'\\]*/y, '"': /[^"\\]*/y } as const
const ESCAPE =
  /\\(?:([abfnrtv\\'"])|x([\da-fA-F]{2})|u([\da-fA-F]{4})|U([\da-fA-F]{8})|([0-7]{1,3})|(\r?\n))/y
const NAMED: Readonly<Record<string, string>> = {
  ...{ a: '\u0007', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' },
  ...{ '\\': '\\', "'": "'", '"': '"' },
}

/**
 * Reads a flat list of texts and whole numbers as Python writes it: `['it\'s', "so", 3]`. One written as JSON is read too.
 * `undefined` where it is no such list.
 */
export function readPythonList(text: string): (string | number)[] | undefined {
  const body = BRACKETS.exec(text)?.slice(1).join('').trim()
  if (body === undefined) return undefined
  const items: (string | number)[] = []
  for (let at = 0; at < body.length;) {
    const item = readNumber(body, at) ?? readString(body, at)
    if (!item) return undefined
    items.push(item.value)
    const [space = '', comma] = matchAt(SEPARATOR, body, item.end) ?? []
    at = item.end + space.length
    if (at < body.length && comma !== ',') return undefined
  }
  return items
}

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at
  return pattern.exec(text)
}

function readNumber(text: string, at: number): Item | undefined {
  const match = matchAt(NUMBER, text, at)
  return match ? { value: Number(match[0]), end: at + match[0].length } : undefined
}

function readString(text: string, start: number): Item | undefined {
  const opening = matchAt(OPENING, text, start)
  if (!opening) return undefined
  const quote = opening[1] as keyof typeof UNTIL
  const parts: string[] = []
  let at = start + opening[0].length
  for (;;) {
    const plain = matchAt(UNTIL[quote], text, at)?.[0] ?? ''
    parts.push(plain)
    at += plain.length
    if (at >= text.length) return undefined
    if (text[at] === quote) return { value: parts.join(''), end: at + 1 }
    const escape = matchAt(ESCAPE, text, at)
    // Python keeps a backslash that begins nothing it knows.
    parts.push(escape ? unescaped(escape) : '\\')
    at += escape?.[0].length ?? 1
  }
}

function unescaped([, name, byte, short, long, octal, newline]: RegExpExecArray): string {
  if (newline !== undefined) return ''
  if (name !== undefined) return NAMED[name] ?? ''
  if (octal !== undefined) return String.fromCharCode(Number.parseInt(octal, 8))
  const code = Number.parseInt(byte ?? short ?? long ?? '', 16)
  return code <= 0x10ffff ? String.fromCodePoint(code) : '\uFFFD'
}
