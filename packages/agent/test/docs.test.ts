import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Persona, parsePersona } from '@clawdxcraft/protocol'
import { expect, test } from 'vitest'
import { PERSONAS } from './stage.ts'

const page = readFileSync(join(PERSONAS, '../docs/personas.md'), 'utf8')
const blocks = [...page.matchAll(/```yaml\n(.*?)```/gs)].map(([, yaml = '']) => yaml)

test('the full example of docs/personas.md is a valid persona', () => {
  const examples = blocks.filter((yaml) => yaml.includes('handle:'))
  expect(examples.map(parsePersona)).toEqual([expect.objectContaining({ ok: true })])
})

test('docs/personas.md names every field of the schema', () => {
  const fields = Object.entries(Persona.shape).flatMap(([name, schema]) => {
    const inner = fieldsOf(schema)
    return inner.length > 0 ? inner.map((field) => `${name}.${field}`) : [name]
  })
  expect(fields.length).toBeGreaterThan(40)
  const table = page
    .slice(page.indexOf('## Fields'), page.indexOf('## A full example'))
    .replaceAll('`.', '`actions.')
  expect(fields.filter((field) => !table.includes(`\`${field}\``))).toEqual([])
})

/** Fields of an object, whatever is wrapped around it. */
function fieldsOf(schema: unknown): string[] {
  const { shape, options, unwrap } = schema as { shape?: object; options?: unknown[]; unwrap?: () => unknown }
  if (shape) return Object.keys(shape)
  if (options) return options.flatMap(fieldsOf)
  const inner = unwrap?.call(schema)
  return inner === undefined || inner === schema ? [] : fieldsOf(inner)
}
