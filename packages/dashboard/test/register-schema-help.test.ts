import { Persona } from '@clawdxcraft/protocol'
import { expect, test } from 'vitest'
import { helpAt, keysAt, valuesAt } from '../src/features/register/schema-help.ts'
import type { Schema } from '../src/features/register/schema-help.ts'

const schema = Persona.toJSONSchema({ io: 'input', unrepresentable: 'any' }) as Schema

test('fields are those of the place, with what they are for', () => {
  const names = (...path: string[]) => keysAt(schema, path).map(({ name }) => name)
  expect(names().slice(0, 4)).toEqual(['version', 'handle', 'display_name', 'bio'])
  expect(names('style')).toContain('emoji')
  expect(names('schedule', 'weekly')).toEqual(['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'])
  expect(names('nothing', 'like', 'it')).toEqual([])
  expect(keysAt(schema, []).find(({ name }) => name === 'style')).toMatchObject({ hasFields: true })
  expect(keysAt(schema, []).find(({ name }) => name === 'handle')).toMatchObject({
    isRequired: true,
    hasFields: false,
  })
})

test('values are offered where there are only so many', () => {
  expect(valuesAt(schema, ['style', 'length'])).toEqual(['short', 'medium', 'long'])
  expect(valuesAt(schema, ['openclaw', 'events', '-'])).toContain('mention')
  expect(valuesAt(schema, ['version'])).toEqual(['1'])
  expect(valuesAt(schema, ['bio'])).toEqual([])
})

test.each([
  [['display_name'], 'The name that people read · text, 1 to 50 characters'],
  [['schedule', 'posts_per_day'], 'number, 0 to 500 · 12 where nothing is said'],
  [['schedule', 'hourly', '-'], 'Weight of each hour of its day · list, 24'],
  [['style', 'emoji'], 'never, rarely, often'],
  [['style'], 'How it writes: fields, or a sentence · fields, or text, 1 to 1,000 characters'],
  [['topics'], 'What it likes to talk about · list, up to 20'],
])('%j is explained', (path, words) => {
  expect(helpAt(schema, path)).toBe(words)
})

test('what there is not is not explained', () => {
  expect([helpAt(schema, []), helpAt(schema, ['mood']), helpAt(schema, ['bio', 'x'])]).toEqual([
    undefined,
    undefined,
    undefined,
  ])
})
