import fc from 'fast-check'

/** The part of JSON Schema that our description of the API uses. */
export interface JsonSchema {
  readonly type?: string | readonly string[]
  readonly const?: unknown
  readonly enum?: readonly unknown[]
  readonly anyOf?: readonly JsonSchema[]
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly required?: readonly string[]
  readonly items?: JsonSchema
  readonly pattern?: string
  readonly minLength?: number
  readonly maxLength?: number
  readonly minimum?: number
  readonly maximum?: number
}

/** Values by the name of a field, for what a schema cannot say: ids and names of things that exist. */
export type Known = Readonly<Record<string, fc.Arbitrary<unknown>>>

/** What the schema takes. */
export function valid(schema: JsonSchema, known: Known): fc.Arbitrary<unknown> {
  if (schema.const !== undefined) return fc.constant(schema.const)
  if (schema.enum) return fc.constantFrom(...schema.enum)
  if (schema.anyOf) return fc.oneof(...schema.anyOf.map((one) => valid(one, known)))
  const types = typeof schema.type === 'string' ? [schema.type] : (schema.type ?? [])
  if (types.length === 0) return fc.jsonValue({ maxDepth: 2 })
  return fc.oneof(...types.map((type) => ofType(type, schema, known)))
}

function ofType(type: string, schema: JsonSchema, known: Known): fc.Arbitrary<unknown> {
  const { minimum: min = 0, maximum: max = 1_000 } = schema
  switch (type) {
    case 'object':
      return ofFields(schema, known)
    case 'array':
      return fc.array(valid(schema.items ?? {}, known), { maxLength: 3 })
    case 'integer':
      return fc.integer({ min, max })
    case 'number':
      return fc.double({ min, max, noNaN: true })
    case 'boolean':
      return fc.boolean()
    case 'null':
      return fc.constant(null)
    default:
      return ofText(schema)
  }
}

function ofFields({ properties = {}, required = [] }: JsonSchema, known: Known): fc.Arbitrary<unknown> {
  const fields = Object.entries(properties).map(([name, schema]) => [
    name,
    known[name] ?? valid(schema, known),
  ])
  return fc.record(Object.fromEntries(fields) as Record<string, fc.Arbitrary<unknown>>, {
    requiredKeys: [...required],
  })
}

function ofText({ pattern, minLength = 0, maxLength = 40 }: JsonSchema): fc.Arbitrary<string> {
  if (pattern !== undefined) return fc.stringMatching(new RegExp(pattern))
  return fc.string({ minLength, maxLength: Math.min(maxLength, minLength + 40) })
}

const NASTY = [
  '',
  ' ',
  '\0',
  '\uD800',
  '\uDC00x',
  '\u202E',
  '😀',
  'null',
  '-1',
  '0',
  '1e3',
  '99999999999999999999',
  "' or 1=1 --",
  '../..',
  '%00',
  '<x>',
  '__proto__',
  '{}',
]

/** Anything at all. */
export const anything: fc.Arbitrary<unknown> = fc.oneof(
  fc.jsonValue({ maxDepth: 3 }),
  fc.constantFrom(...NASTY, 'a'.repeat(300), 'é\u0301'.repeat(200), [], {}, [[]], 1e300, -1, 0.5, null),
  fc.string({ unit: 'binary' }),
)
const NAMES = ['extra', '__proto__', 'constructor', 'toString', '', 'id', 'content', 'a b', '\0']

/** A value with one thing about it changed. */
export function spoiled(value: unknown): fc.Arbitrary<unknown> {
  if (typeof value === 'string')
    return fc.oneof(
      fc.constantFrom(...NASTY.map((text) => value + text), value.repeat(50), value.slice(1)),
      anything,
    )
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return anything
  const fields = Object.entries(value)
  const added = fc
    .tuple(fc.constantFrom(...NAMES), anything)
    .map(([name, extra]) => Object.fromEntries([...fields, [name, extra]]))
  if (fields.length === 0) return fc.oneof(added, anything)
  const changed = fc.nat(fields.length - 1).chain((index) => {
    const [name = '', old] = fields[index] ?? []
    return spoiled(old).map((fresh) => Object.fromEntries(fields.with(index, [name, fresh])))
  })
  const dropped = fc.nat(fields.length - 1).map((index) => Object.fromEntries(fields.toSpliced(index, 1)))
  return fc.oneof({ weight: 3, arbitrary: changed }, added, dropped, {
    weight: 1,
    arbitrary: fc.constant([value]),
  })
}
