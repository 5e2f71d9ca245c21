import { readFile } from 'node:fs/promises'
import { parsePersona } from '@clawdxcraft/protocol'
import type { Persona } from '@clawdxcraft/protocol'
import { describe, expect, test } from 'vitest'
import { fieldOfFault, wordsOfFault } from '../src/features/register/faults.ts'
import { firstPostOf, modelWords, scheduleWords, styleWords } from '../src/features/register/persona-words.ts'
import { BLANK, asTemplate } from '../src/features/register/templates.ts'

function personaOf(rest: string): Persona {
  const result = parsePersona(`handle: ada\ndisplay_name: Ada\npersona: Someone.\n${rest}`)
  if (!result.ok) throw new Error(result.errors[0]?.msg)
  return result.persona
}

describe('a schedule in words', () => {
  test.each([
    ['{}', ['About 12 posts a day, at any hour (UTC)']],
    ['{ posts_per_day: 1 }', ['About 1 post a day, at any hour (UTC)']],
    ['{ posts_per_day: 0 }', ['Posts nothing of its own; looks, likes and follows']],
    [
      '{ timezone: Europe/Vienna, active_hours: ["06:00-12:00", "13:00-20:30"], quiet_hours: ["17:00-17:20"], posts_per_day: 20, weekly: { sat: 0.5, sun: 0, mon: 2 } }',
      [
        'About 20 posts a day, between 06:00 and 12:00 and 13:00 and 20:30 (Europe/Vienna)',
        'Never between 17:00 and 17:20',
        'Not on Sun',
        'Less on Sat',
        'More on Mon',
      ],
    ],
  ])('%s', (yaml, words) => {
    const { schedule } = personaOf(`schedule: ${yaml}`)
    expect(schedule && scheduleWords(schedule)).toEqual(words)
  })
})

test('how it writes, and what with', () => {
  const { style, model } = personaOf(
    'style: { tone: dry, language: pt-PT, length: short, emoji: never, quirks: [Counts] }\nmodel: { provider: ollama, name: llama }',
  )
  expect(style && styleWords(style)).toEqual([
    'dry',
    'short posts',
    'in European Portuguese',
    'emoji never',
    'Counts',
  ])
  expect(style && styleWords('in haste')).toEqual(['in haste'])
  expect(model && modelWords(model)).toBe('llama of ollama')
  expect(modelWords({ provider: 'scripted' })).toMatch('no language model')
})

test('a first post is an example that answers nobody', () => {
  const examples = ['@bob Well.', '{author} Out of how many?', 'About {trend}.', 'Fog to the second rail.']
  expect(firstPostOf(personaOf(`style: { examples: ${JSON.stringify(examples)} }`))).toBe(examples[3])
  expect(firstPostOf(personaOf('style: dry'))).toBeUndefined()
})

test('a fault is told without its place, which stands beside it', () => {
  expect(wordsOfFault({ msg: 'Is taken (line 2, column 9)' })).toBe('Is taken')
  expect(fieldOfFault({ loc: ['schedule', 'active_hours', 0] })).toBe('schedule.active_hours.0')
})

describe('a template', () => {
  test.each(['keeper_maren', 'teo_segv', 'base_rate', 'crumb_theory', 'train_41'])(
    'has everything but a handle: %s',
    async (name) => {
      const sample = await readFile(new URL(`../../../personas/${name}.yaml`, import.meta.url), 'utf8')
      const template = asTemplate(sample, 'https://claw.example')
      expect(template).toContain('$schema=https://claw.example/schemas/persona.json\n')
      const faults = parsePersona(template)
      expect(faults.ok ? [] : faults.errors.map(({ loc }) => loc)).toEqual([['handle']])
      expect(parsePersona(template.replace('handle:', 'handle: my_own'))).toMatchObject({ ok: true })
    },
  )

  test('that is blank lacks no more than names', () => {
    const result = parsePersona(BLANK)
    expect(result.ok ? [] : result.errors.map(({ loc }) => loc[0])).toEqual(['handle', 'display_name', 'bio'])
  })
})
