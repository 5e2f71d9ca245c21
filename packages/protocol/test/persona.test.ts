import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { PERSONA_MAX_BYTES, parsePersona } from '../src/index.ts'
import type { Fault } from '../src/index.ts'
import { seed } from './seed.ts'

const minimal = 'handle: ada\ndisplay_name: Ada\npersona: Counts things.\n'

const full = `# Everything that a persona may say.
version: 1
handle: ada_l
display_name: "Ada L."
bio: 'Notes on engines: {not a map} [nor a list]'
persona: |
  First programmer. Likes - in this order -
  engines, music: and mathematics.
  She says "[sic]" & *often* [{[{[{[{ : ? -
topics: [engines, music, "日本語"]
style:
  tone: dry
  language: en-GB
  length: short
  emoji: never
  hashtags: rarely
  quirks: [never guesses]
  examples:
    - The engine has no pretensions.
    - >-
      It can do whatever we know
      how to order it to perform.
schedule: {timezone: Europe/London, active_hours: ["07:30-23:00"], quiet_hours: ["23:00-07:30"], posts_per_day: 3,
  weekly: {mon: 1, sun: 0.5}, hourly: [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1], jitter: 0.1}
actions: {post: 5, reply: 3, nothing: 1}
model: {provider: ollama, name: small, base_url: "http://127.0.0.1:11434", api_key_env: OLLAMA_KEY, temperature: 0.7}
budgets: {actions_per_hour: 60, tokens_per_day: 100000, usd_per_day: 1.5}
openclaw: {url: "http://127.0.0.1:18789/hooks/agent", token_env: HOOK_TOKEN, events: [mention], session: thread}
`

/** Each kind of YAML once, small enough to be broken in thousands of ways. */
const small = `# Small
handle: ada_l
display_name: "Ada L."
persona: |
  First programmer: [sic]
  - and last
topics: [engines, 'music']
style:
  tone: >-
    dry
  quirks:
    - never guesses
schedule: {jitter: 0.1, posts_per_day: 3}
`

function faultsOf(text: string): Fault[] {
  const result = parsePersona(text)
  return result.ok ? [] : result.errors
}

/** Where each fault is and what it is, short enough to compare. */
function places(text: string): string[] {
  return faultsOf(text).map(({ loc, type, line, column }) =>
    `${line}:${column} ${type} ${loc.join('.')}`.trim(),
  )
}

describe('a persona that is right', () => {
  test('needs three fields', () => {
    const persona = {
      version: 1,
      handle: 'ada',
      display_name: 'Ada',
      bio: '',
      persona: 'Counts things.',
      topics: [],
    }
    expect(parsePersona(minimal)).toEqual({ ok: true, persona })
  })

  test('may have every field, with brackets and signs in its texts', () => {
    expect(faultsOf(full)).toEqual([])
    expect(parsePersona(full)).toMatchObject({
      ok: true,
      persona: { handle: 'ada_l', style: { examples: { length: 2 } }, openclaw: { timeout_seconds: 180 } },
    })
  })

  test.each([
    ['with CRLF', full.replaceAll('\n', '\r\n')],
    ['after a byte order mark', `\uFEFF${full}`],
    ['between document marks', `---\n${full}...\n`],
    ['with tabs in its texts and after its values', `${minimal}bio: a # \tcomment\t\n`],
    ['as JSON', '{"handle": "ada", "display_name": "Ada", "persona": "Counts things."}'],
    ['of 16 KiB', `${minimal}# `.padEnd(PERSONA_MAX_BYTES, 'x')],
    ['with many lonely brackets in a text', `${minimal}bio: "${':[ {'.repeat(50)}"\n`],
    ['with many dashes and colons in a text', `${minimal}bio: "${'a - b: '.repeat(30)}"\n`],
    ['with art that is indented far', `${minimal}style: |\n  a\n${' '.repeat(90)}b\n`],
    ['with a long comment far to the right', `${minimal}${' '.repeat(100)}# - - - ? ? : [[[\n`],
  ])('%s', (_name, text) => {
    expect(faultsOf(text)).toEqual([])
  })
})

describe('a persona that is wrong', () => {
  test('is told everything at once, each with its line and column', () => {
    const text = [
      'handle: Ada',
      'display_name: 5',
      'colour: red',
      'topics:',
      '  - 1',
      '  - ok',
      'style: {tone: 3, loudness: 11}',
      'model:',
      '  provider: magic',
      '  api_key: sk-123',
    ].join('\n')
    expect(places(text)).toEqual([
      '1:9 invalid_format handle',
      '2:15 invalid_type display_name',
      '1:1 missing persona',
      '5:5 invalid_type topics.0',
      '7:15 invalid_type style.tone',
      '7:18 unknown_field style.loudness',
      '9:13 invalid_value model.provider',
      '10:3 unknown_field model.api_key',
      '3:1 unknown_field colour',
    ])
    for (const { msg, line, column } of faultsOf(text))
      expect(msg).toContain(`(line ${line}, column ${column})`)
  })

  test.each([
    ['nothing', '', ['1:1 missing handle', '1:1 missing display_name', '1:1 missing persona']],
    ['null', '~', ['1:1 missing handle', '1:1 missing display_name', '1:1 missing persona']],
    ['a list', '- a', ['1:1 invalid_type']],
    ['a number', ' 42', ['1:2 invalid_type']],
    ['an alias', `${minimal}topics: [&a x, *a]\n`, ['4:13 yaml_anchor', '4:16 yaml_alias']],
    ['an alias without anchor', `${minimal}bio: *a\n`, ['4:6 yaml_alias']],
    ['an anchor', `${minimal}bio: &b x\n`, ['4:9 yaml_anchor']],
    ['a merge key', `${minimal}<<: {bio: x}\n`, ['4:1 unknown_field <<']],
    ['two documents', `${minimal}---\n${minimal}`, ['4:1 yaml_syntax']],
    ['a directive', `%YAML 1.2\n---\n${minimal}`, ['1:1 yaml_directive']],
    ['a directive after a byte order mark', `\uFEFF%YAML 1.2\n---\n${minimal}`, ['1:2 yaml_directive']],
    ['a tab as indentation', `${minimal}style:\n\ttone: dry\n`, ['5:1 yaml_syntax']],
    ['a key twice', `${minimal}bio: a\nhandle: bob\nbio: b\n`, ['5:1 duplicate_key', '6:1 duplicate_key']],
    ['a key twice in a flow map', `${minimal}actions: {post: 1, post: 2}\n`, ['4:20 duplicate_key']],
    ['an open bracket', `${minimal}topics: [a, b\n`, ['5:1 yaml_syntax']],
    ['a map as key', `${minimal}? {a: 1}\n: b\n`, ['1:1 unknown_field { a: 1 }']],
    [
      'numbers that are none',
      `${minimal}schedule: {posts_per_day: .inf, jitter: .nan}\n`,
      ['4:27 invalid_type schedule.posts_per_day', '4:41 invalid_type schedule.jitter'],
    ],
    [
      'a secret in the place of its name',
      `${minimal}openclaw: {url: "http://x", token_env: "s3cret!"}\n`,
      ['4:40 invalid_format openclaw.token_env'],
    ],
    [
      'a script as address',
      `${minimal}model: {base_url: "javascript:alert(1)"}\n`,
      ['4:19 invalid_format model.base_url'],
    ],
    [
      'a name that turns text around',
      `${minimal.replace('Ada', '"Ada\\u202E"')}`,
      ['2:15 invalid display_name'],
    ],
    ['escaped NUL', `${minimal}bio: "a\\0b"\n`, ['4:6 control_character bio']],
    ['escaped half of a pair', `${minimal}bio: "a\\ud800b"\n`, ['4:6 lone_surrogate bio']],
    ['an escaped NUL in a key', `${minimal}"a\\0b": c\n`, ['4:1 unknown_field a\0b']],
    ['too much', `${minimal}# `.padEnd(PERSONA_MAX_BYTES + 1, 'x'), ['1:1 too_long']],
    ['too much in UTF-8', `${minimal}# `.padEnd(6_000, '日'), ['1:1 too_long']],
    ['one scalar of a megabyte', `${minimal}bio: ${'x'.repeat(1_000_000)}`, ['1:1 too_long']],
  ])('%s', (_name, text, expected) => {
    expect(places(text)).toEqual(expected)
  })

  test.each([
    ['NUL', '\0'],
    ['a bell', '\x07'],
    ['an escape', '\x1B'],
    ['the unit separator', '\x1F'],
    ['DEL', '\x7F'],
    ['half of a pair', '\uD800'],
    ['the other half', '\uDFFF'],
  ])('%s is refused wherever it stands, for the text is kept as it is', (_name, character) => {
    const type = character >= '\uD800' ? 'lone_surrogate' : 'control_character'
    expect(places(`${minimal}# ${character}\nbio: a${character}\n`)).toEqual([`4:3 ${type}`, `5:7 ${type}`])
    expect(places(`${character}${minimal}`)).toEqual([`1:1 ${type}`])
    expect(faultsOf(`${minimal}bi${character}o: x\n`)).toMatchObject([{ type }])
  })

  test.each(['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'valueOf'])(
    'the key %s is an unknown field like any other',
    (key) => {
      const before = Object.getOwnPropertyNames(Object.prototype)
      expect(places(`${minimal}${key}: {polluted: yes}\nstyle: {${key}: {polluted: yes}}\n`)).toEqual([
        `5:9 unknown_field style.${key}`,
        `4:1 unknown_field ${key}`,
      ])
      expect(Object.getOwnPropertyNames(Object.prototype)).toEqual(before)
      expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
    },
  )

  test.each([
    '!secret',
    '!!binary',
    '!!set',
    '!!omap',
    '!!timestamp',
    '!<tag:x.example,2026:y>',
    '!!js/function',
    '!!python/object/apply:os.system',
  ])('the tag %s', (tag) => {
    const faults = faultsOf(`${minimal}bio: ${tag} aGk=\n`)
    expect(faults.length).toBeGreaterThan(0)
    expect(faults.every(({ line }) => line === 4)).toBe(true)
  })
})

/** Texts whose nesting has brought parsers, or the regular expressions inside them, to their end. */
const shapes: Record<string, (depth: number) => string> = {
  'flow sequences': (depth) => '['.repeat(depth) + ']'.repeat(depth),
  'open flow sequences': (depth) => '['.repeat(depth),
  'flow maps': (depth) => '{a: '.repeat(depth) + '}'.repeat(depth),
  'flow sequences on lines of their own': (depth) => '[\n'.repeat(depth),
  'flow below a key': (depth) => `${minimal}topics: ${'['.repeat(depth)}${']'.repeat(depth)}`,
  'block maps': (depth) =>
    Array.from({ length: Math.min(depth, 180) }, (_, level) => `${' '.repeat(level)}a:`).join('\n'),
  'block sequences': (depth) =>
    Array.from({ length: Math.min(depth, 170) }, (_, level) => `${' '.repeat(level)}-`).join('\n'),
  'compact sequences': (depth) => '- '.repeat(depth),
  'compact keys': (depth) => '? '.repeat(depth),
  'compact maps': (depth) => 'a: '.repeat(depth),
  'quoted compact maps': (depth) => '"a": '.repeat(depth),
  'maps and sequences on one line': (depth) => 'a: - '.repeat(depth),
  'sequences with tabs': (depth) => '-\t'.repeat(depth),
  'sequences after a line': (depth) => `${minimal}topics:\n  ${'- '.repeat(depth)}`,
}

describe('a bomb', () => {
  const depths = [700, 900, 1_200, 2_000, 3_000]
  test.each(Object.keys(shapes))('of %s is refused, however often it comes', (name) => {
    for (const depth of depths) {
      const text = shapes[name]?.(depth) ?? ''
      for (const faults of [faultsOf(text), faultsOf(text)]) {
        expect([depth, faults.length, faults[0]?.type]).toEqual([
          depth,
          1,
          text.length > PERSONA_MAX_BYTES ? 'too_long' : 'too_deep',
        ])
        expect(faults[0]?.line).toBeGreaterThan(0)
      }
    }
  })

  test.each([
    ['of anchored sequences', '- &a '.repeat(3_000)],
    ['of tagged sequences', '- !t '.repeat(3_000)],
    ['of closing brackets', ']'.repeat(16_000)],
    ['of closing braces', '}\n'.repeat(8_000)],
    ['of quotes', '"\n'.repeat(8_000)],
    ['of quotes and letters', '"a" '.repeat(4_000)],
    ['of one key', 'a:\n'.repeat(5_000)],
    ['of many keys', Array.from({ length: 1_500 }, (_, number) => `k${number}: 1`).join('\n')],
    ['of many keys that open', Array.from({ length: 1_500 }, (_, number) => `k${number}: [`).join('\n')],
    ['of document ends', '...\n'.repeat(4_000)],
    ['of document starts', '--- a\n'.repeat(2_500)],
    [
      'of laughter',
      `a: &a [x, x]\n${Array.from({ length: 9 }, (_, n) => `${'bcdefghij'[n]}: &${'bcdefghij'[n]} [*${'abcdefghi'[n]}, *${'abcdefghi'[n]}]`).join('\n')}\n`,
    ],
  ])('%s is told no more faults than anyone reads', (_name, text) => {
    for (const faults of [faultsOf(text), faultsOf(text)]) {
      expect(faults.length).toBeGreaterThan(0)
      expect(faults.length).toBeLessThanOrEqual(201)
      expect(JSON.stringify(faults).length).toBeLessThan(100_000)
    }
  })

  test('of 20,000 keys is too long before anyone parses it', () => {
    expect(places(Array.from({ length: 20_000 }, (_, number) => `k${number}: 1`).join('\n'))).toEqual([
      '1:1 too_long',
    ])
  })
})

/** Faults whose place is not in the text, or not in their words. */
function misplaced(faults: readonly Fault[], text: string): Fault[] {
  const lengths = text.split('\n').map((line) => line.length)
  return faults.filter(({ line = 0, column = 0, msg, type }) => {
    const isInText =
      line >= 1 && line <= lengths.length && column >= 1 && column <= (lengths[line - 1] ?? 0) + 1
    return !isInText || type === '' || !msg.includes(`(line ${line}, column ${column})`)
  })
}

test('5,000 broken variants of a persona are each read or refused with a place in the text', () => {
  const scrap = fc.oneof(
    fc.constantFrom(
      ...'[]{},:-?|>&*!%@`"\'#\t\n\r \\~.0',
      '- ',
      ': ',
      '? ',
      '---\n',
      '...\n',
      '\n  ',
      '<<: ',
      '!!',
      '&a ',
      '*a ',
      '\0',
      '\uD800',
      '\uFEFF',
    ),
    fc.constantFrom(
      '__proto__: 1\n',
      '- - - ',
      '[[[[',
      '{a: {',
      '"\n',
      '|+2\n',
      '>-\n\n',
      'null',
      '.inf',
      '0x1F',
      '1e999',
      '\u2028',
      '😀',
    ),
    fc.string({ maxLength: 8 }),
  )
  const edit = fc.record({
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    cut: fc.nat(30),
    put: scrap,
    times: fc.nat(3),
  })
  let read = 0
  // The parser makes an error of every fault, and most of the time would go into their stacks.
  Error.stackTraceLimit = 0
  fc.assert(
    fc.property(fc.array(edit, { minLength: 1, maxLength: 4 }), (edits) => {
      let text = small
      for (const { at, cut, put, times } of edits) {
        const from = Math.floor(at * text.length)
        text = text.slice(0, from) + put.repeat(times) + text.slice(from + cut)
      }
      const faults = faultsOf(text)
      if (faults.length === 0) read++
      expect(misplaced(faults, text)).toEqual([])
    }),
    { seed, numRuns: 5_000 },
  )
  // Neither everything nor nothing, or the edits would say little.
  expect(read).toBeGreaterThan(50)
  expect(read).toBeLessThan(4_000)
})
