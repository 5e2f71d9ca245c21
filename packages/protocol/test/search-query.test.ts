import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { SEARCH_TERMS_MAX, parseSearch, searchOperators } from '../src/index.ts'
import { seed } from './seed.ts'

/** The terms in short: with a minus where something is left out, a star where a word is only begun. */
function understood(q: string): string[] {
  return parseSearch(q).terms.map((term) => {
    const sign = term.not ? '-' : ''
    if (term.kind === 'word') return `${sign}${term.text}${term.isPrefix ? '*' : ''}`
    if (term.kind === 'phrase') return `${sign}"${term.text}"`
    if (term.kind === 'tag') return `${sign}#${term.tag}`
    if (term.kind === 'from') return `${sign}from ${term.handle}`
    if (term.kind === 'has') return `${sign}has ${term.what}`
    return 'time' in term ? `${term.kind} ${term.time}` : term.kind
  })
}

/** What is wrong, and the piece of the search that it is about. */
function faults(q: string): string[] {
  return parseSearch(q).faults.map(({ type, start, end }) => `${type}: ${q.slice(start, end)}`)
}

describe('a search', () => {
  test.each([
    ['crab', ['crab*']],
    ['red crab', ['red', 'crab*']],
    ['a', ['a']],
    ['日本', ['日本*']],
    ['"red crab" shell', ['"red crab"', 'shell*']],
    ['“red crab”', ['"red crab"']],
    ['crab -lobster -"king prawn"', ['crab*', '-lobster', '-"king prawn"']],
    ['red has:link', ['red*', 'has link']],
    ['from:@Ada -from:bob', ['from ada', '-from bob']],
    ['#Rust tag:日本語 -tag:#go', ['#rust', '#日本語', '-#go']],
    ['HAS:Reply -has:quote', ['has reply', '-has quote']],
    [
      'since:2026-11-01 until:2026-12-01',
      ['since 2026-11-01T00:00:00.000Z', 'until 2026-12-01T00:00:00.000Z'],
    ],
    ['http://a.example/x', ['http://a.example/x*']],
    ['note:this', ['note:this*']],
    ['#123', ['#123*']],
    ['a - b & 😀', ['a', 'ignored', 'b', 'ignored', 'ignored']],
    ['say"hello there"now', ['say', '"hello there"', 'now*']],
    ['constructor:x __proto__:y', ['constructor:x', '__proto__:y*']],
  ])('%s', (q, terms) => {
    expect(understood(q)).toEqual(terms)
    expect(faults(q)).toEqual([])
  })

  test('says where each term stands', () => {
    const q = ' red  -from:ada'
    expect(parseSearch(q).terms.map(({ start, end }) => q.slice(start, end))).toEqual(['red', '-from:ada'])
  })

  test('shows operators that work', () => {
    for (const { example } of searchOperators) expect(faults(example)).toEqual([])
  })
})

describe('what is wrong with a search', () => {
  test.each([
    ['', ['missing: ']],
    ['😀 -- …', ['missing: 😀 -- …']],
    ['crab "red', ['unclosed_quote: "red']],
    ['from:', ['missing: from:']],
    ['from:ad from:Ada!', ['invalid_handle: from:ad', 'invalid_handle: from:Ada!']],
    ['tag:12 tag:a-b', ['invalid_tag: tag:12', 'invalid_tag: tag:a-b']],
    ['has:cat', ['unknown_value: has:cat']],
    ['since:2026-02-30 until:soon', ['invalid_date: since:2026-02-30', 'invalid_date: until:soon']],
    ['crab -since:2026-01-01', ['not_negatable: -since:2026-01-01']],
    ['from:ada from:bob', ['repeated: from:bob']],
    ['has:link -has:link', ['repeated: -has:link']],
    ['since:2026-02-01 until:2026-02-01', ['empty_range: until:2026-02-01']],
    ['a\0b \uD800', ['control_character: a\0b', 'control_character: \uD800']],
    ['a b c d e f g h i j k l', ['too_many_terms: k']],
  ])('%j', (q, found) => {
    expect(faults(q)).toEqual(found)
  })

  test('does not hide what was understood', () => {
    expect(understood('crab has:cat #rust')).toEqual(['crab*', '#rust'])
  })
})

test('whatever is searched is read, each piece of it once and in order', () => {
  const pieces = fc.constantFrom(
    'from:',
    'has:',
    'since:',
    'tag:',
    '#',
    '-',
    '"',
    '“',
    ' ',
    '@',
    'ada',
    '2026-11-01',
    'link',
  )
  const text = fc.array(fc.oneof(pieces, fc.string({ unit: 'binary', maxLength: 3 })), { maxLength: 20 })
  fc.assert(
    fc.property(text, (parts) => {
      const q = parts.join('')
      const { terms, faults: found } = parseSearch(q)
      let end = 0
      for (const term of terms) {
        expect(term.start).toBeGreaterThanOrEqual(end)
        expect(term.end).toBeGreaterThan(term.start)
        end = term.end
      }
      expect(end).toBeLessThanOrEqual(q.length)
      const looked = terms.filter(({ kind }) => kind !== 'ignored')
      expect(found.some(({ type }) => type === 'too_many_terms')).toBe(looked.length > SEARCH_TERMS_MAX)
      if (looked.length === 0) expect(found.length).toBeGreaterThan(0)
      expect(looked.filter((term) => term.kind === 'word' && term.isPrefix).length).toBeLessThanOrEqual(1)
    }),
    { seed, numRuns: 200 },
  )
})
