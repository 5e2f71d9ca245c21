/** What is read of a JSON Schema. */
export interface Schema {
  readonly $ref?: string
  readonly $defs?: Readonly<Record<string, Schema>>
  readonly type?: string
  readonly description?: string
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly items?: Schema
  readonly anyOf?: readonly Schema[]
  readonly enum?: readonly string[]
  readonly const?: string | number | boolean
  readonly default?: unknown
  readonly minimum?: number
  readonly maximum?: number
  readonly minLength?: number
  readonly maxLength?: number
  readonly minItems?: number
  readonly maxItems?: number
}

export interface KeyHelp {
  readonly name: string
  readonly isRequired: boolean
  /** Whether its value is fields of its own. */
  readonly hasFields: boolean
  readonly words: string
}

/** The fields that can stand at a path. */
export function keysAt(schema: Schema, path: readonly string[]): KeyHelp[] {
  return schemasAt(schema, path).flatMap(({ properties = {}, required = [] }) =>
    Object.entries(properties).map(([name, field]) => ({
      name,
      isRequired: required.includes(name),
      hasFields: field.properties !== undefined || field.anyOf?.[0]?.properties !== undefined,
      words: wordsOf(field),
    })),
  )
}

/** The values that can stand at a path, where there are only so many. */
export function valuesAt(schema: Schema, path: readonly string[]): string[] {
  return schemasAt(schema, path).flatMap((field) =>
    field.const === undefined ? (field.enum ?? []) : [String(field.const)],
  )
}

/** What a field is for and what it takes, in words; nothing where there is no such field. */
export function helpAt(schema: Schema, path: readonly string[]): string | undefined {
  const parent = path.at(-1) === '-' ? path.slice(0, -1) : path
  const field = parent.reduce<Schema | undefined>(
    (at, name) =>
      at && alternatives(at, schema).find(({ properties }) => properties?.[name])?.properties?.[name],
    schema,
  )
  return field && parent.length > 0 ? wordsOf(field) : undefined
}

function schemasAt(schema: Schema, path: readonly string[]): Schema[] {
  return path.reduce(
    (schemas, step) =>
      schemas.flatMap((at) => {
        const child = step === '-' ? at.items : at.properties?.[step]
        return child ? alternatives(child, schema) : []
      }),
    alternatives(schema, schema),
  )
}

function alternatives(schema: Schema, root: Schema): Schema[] {
  if (schema.$ref !== undefined) {
    const target = root.$defs?.[schema.$ref.replace('#/$defs/', '')]
    return target ? alternatives(target, root) : []
  }
  return schema.anyOf ? schema.anyOf.flatMap((each) => alternatives(each, root)) : [schema]
}

function wordsOf(field: Schema): string {
  const kinds = (field.anyOf ?? [field]).map(kindOf).join(', or ')
  const { default: unsaid } = field
  const isPlain = typeof unsaid === 'string' ? unsaid !== '' : typeof unsaid === 'number'
  return [field.description, kinds, isPlain && `${String(unsaid)} where nothing is said`]
    .filter((part) => typeof part === 'string' && part !== '')
    .join(' · ')
}

function kindOf(field: Schema): string {
  if (field.enum) return field.enum.join(', ')
  if (field.const !== undefined) return String(field.const)
  switch (field.type) {
    case 'string':
      return `text${boundsOf(field.minLength, field.maxLength, ' characters')}`
    case 'number':
      return `number${boundsOf(field.minimum, field.maximum)}`
    case 'integer':
      return `whole number${boundsOf(field.minimum, field.maximum)}`
    case 'array':
      return `list${boundsOf(field.minItems, field.maxItems)}`
    default:
      return 'fields'
  }
}

function boundsOf(low: number | undefined, high: number | undefined, unit = ''): string {
  if (high === undefined) return low ? `, at least ${low}${unit}` : ''
  if (low === high) return `, ${high}${unit}`
  return low === undefined ? `, up to ${high}${unit}` : `, ${low} to ${high.toLocaleString('en')}${unit}`
}
