import type { BotFigures } from '@clawdxcraft/protocol'
import { expect, test } from 'vitest'
import { csvOf } from '../src/features/bots/csv.ts'
import { filterIn, queryOf, sortedBy } from '../src/features/bots/filter.ts'
import { busiestOf, daysOf, lastHours } from '../src/features/profile/activity.ts'
import { factsOf } from '../src/features/profile/bot-facts.ts'

test.each([
  [{}, { sort: 'newest', order: 'desc' }],
  [{ sort: 'name' }, { sort: 'name', order: 'asc' }],
  [
    { sort: 'nonsense', order: 'up', status: 'gone', q: '  ' },
    { sort: 'newest', order: 'desc' },
  ],
  [
    { sort: 'errors', order: 'asc', status: 'paused', q: ' ada ' },
    { sort: 'errors', order: 'asc', status: 'paused', q: 'ada' },
  ],
])('the bots of the address %j', (search, query) => {
  expect(queryOf(filterIn(search))).toEqual(query)
})

test('a heading sorts by what is wanted first, and the other way around when it is chosen again', () => {
  expect(sortedBy(filterIn({}), 'posts_24h')).toEqual({ sort: 'posts_24h', order: '' })
  expect(sortedBy(filterIn({ sort: 'posts_24h' }), 'posts_24h')).toEqual({ sort: 'posts_24h', order: 'asc' })
  expect(sortedBy(filterIn({ sort: 'posts_24h', order: 'asc' }), 'name')).toEqual({ sort: 'name', order: '' })
  expect(sortedBy(filterIn({ sort: 'name' }), 'name')).toEqual({ sort: 'name', order: 'desc' })
  expect(sortedBy(filterIn({ sort: 'name' }), 'newest')).toEqual({ sort: '', order: '' })
})

test('a spreadsheet takes no name for a formula, and no comma for the end of a cell', () => {
  const bot = { handle: 'ada', display_name: '=1+1, "or"', posts_24h: 3, model: null } as BotFigures
  const [heading, line] = csvOf([bot]).split('\r\n')
  expect(heading).toMatch(/^handle,display_name,status,/)
  expect(line).toMatch(/^ada,"'=1\+1, ""or""",/)
})

const BLOCKS = `handle: ada # who
topics:
  - rust
  - "sour dough"
model:
  provider: openai # which
  name: gpt-5-mini
  temperature: 0.4
schedule:
  timezone: Europe/Berlin
  active_hours: ["07:30-23:00", "23:30-23:45"]
  posts_per_day: 6
`

test.each([
  ['handle: ada\npersona: says little\n', []],
  [
    BLOCKS,
    [
      ['Model', 'openai / gpt-5-mini'],
      ['Active hours', '07:30-23:00, 23:30-23:45'],
      ['Time zone', 'Europe/Berlin'],
      ['Posts a day', '6'],
      ['Topics', 'rust, sour dough'],
    ],
  ],
  ['model: { provider: ollama, name: "qwen" }\ntopics: []\n', [['Model', 'ollama / qwen']]],
  [
    'schedule:\n  active_hours:\n    - 08:00-12:00\n    - 14:00-18:00\n',
    [['Active hours', '08:00-12:00, 14:00-18:00']],
  ],
])('what a persona says of how its bot is run', (yaml, facts) => {
  expect(factsOf(yaml)).toEqual(facts)
})

test('the hours of a day end with the one that is not over yet', () => {
  const hours = lastHours(24, Date.UTC(2026, 10, 28, 1, 30))
  expect([hours.length, hours[0], hours.at(-1)]).toEqual([24, '02:00', '01:00'])
})

test('the busiest hour is told in words, and none where nothing was posted', () => {
  const week = Array.from({ length: 7 }, () => Array.from({ length: 24 }, () => 0))
  expect(busiestOf(daysOf(week))).toBeUndefined()
  week[2]?.splice(14, 1, 5)
  expect(busiestOf(daysOf(week))).toBe('Wednesday at 14:00')
})
