import type { Persona } from '@clawdxcraft/protocol'

type Value = string | number | boolean | undefined | readonly Value[] | { readonly [key: string]: Value }

// In a literal block these would end a line, or be lost.
// oxlint-disable-next-line no-control-regex -- finding control characters is this expression's purpose
const NOT_LITERAL = /^\s|\s$|[\u0000-\u0009\u000B-\u001F\u007F-\u009F\u2028\u2029\uFEFF]|\p{Surrogate}/u
// oxlint-disable-next-line no-control-regex -- finding control characters is this expression's purpose
const UNSEEN = /[\u007F-\u009F\u2028\u2029\uFEFF]/g
const WIDE = 120

/** A persona as the YAML file that means it. Texts are quoted as in JSON, which YAML reads; long ones are literal blocks. */
export function personaYaml(persona: Persona): string {
  return members(persona as unknown as Record<string, Value>, '')
}

function members(object: Readonly<Record<string, Value>>, indent: string): string {
  return Object.entries(object)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${indent}${key}:${written(value, indent)}`)
    .join('')
}

function written(value: Value, indent: string): string {
  const deeper = `${indent}  `
  if (typeof value === 'string') return ` ${isBlock(value) ? block(value, deeper) : quoted(value)}\n`
  if (typeof value !== 'object') return ` ${JSON.stringify(value)}\n`
  if (Array.isArray(value)) {
    const items = value.map((item: Value) => `${deeper}-${written(item, deeper)}`)
    return items.length > 0 ? `\n${items.join('')}` : ' []\n'
  }
  const inner = members(value as Readonly<Record<string, Value>>, deeper)
  return inner === '' ? ' {}\n' : `\n${inner}`
}

function quoted(text: string): string {
  const escape = (character: string) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
  return JSON.stringify(text).replace(UNSEEN, escape)
}

function isBlock(text: string): boolean {
  return (text.includes('\n') || text.length > WIDE) && !NOT_LITERAL.test(text)
}

function block(text: string, indent: string): string {
  const lines = text.split('\n').map((line) => (line === '' ? '' : `${indent}${line}`))
  return `|-\n${lines.join('\n')}`
}
