import { Persona, handleSkeleton, isHandle, isReservedHandle, parsePersona } from '@clawdxcraft/protocol'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { seed } from './seed.ts'
import { csvLine } from '../src/export/csv.ts'
import { readCsv } from '../src/import/csv.ts'
import { createDrafting } from '../src/import/draft.ts'
import { createHandles } from '../src/import/handle.ts'
import { faultIn, readJsonText } from '../src/import/json.ts'
import { cutText, lengthOf, prose } from '../src/import/prose.ts'
import { readPythonList } from '../src/import/python-list.ts'
import { decodeSource } from '../src/import/source.ts'
import { personaYaml } from '../src/import/yaml.ts'

const bytes = (...values: (string | number)[]) =>
  Buffer.concat(
    values.map((value) => (typeof value === 'string' ? Buffer.from(value) : Buffer.from([value]))),
  )

/** What somebody could put anywhere: quotes, ends of lines, controls, directions, emoji, halves of pairs, and YAML's own signs. */
const nasty = fc
  .array(
    fc.oneof(
      fc.string({ unit: 'binary', maxLength: 8 }),
      fc.string({ unit: 'grapheme', maxLength: 12 }),
      fc.constantFrom(
        ...[
          '\n',
          '\r\n',
          '\r',
          '\t',
          '\0',
          '\u001b[31m',
          '\u0085',
          '\u2028',
          '\uFEFF',
          '\u202E',
          '\u{E0041}',
          '\uD800',
        ],
        ...[
          '"',
          "'",
          '""',
          ',',
          ': ',
          ' #',
          '- ',
          '|',
          '>',
          '---',
          '...',
          '%YAML',
          '&a',
          '*a',
          '!!js',
          '{',
          '}',
          '[',
          ']',
        ],
        ...[
          '\\',
          '\\n',
          '   ',
          'null',
          'true',
          '1e5',
          'e\u0301'.repeat(3),
          `a${'\u0301'.repeat(12)}`,
          '👩‍👩‍👧',
          '。',
          'One. Two!',
        ],
      ),
    ),
    { maxLength: 30 },
  )
  .map((parts) => parts.join(''))

describe('CSV', () => {
  test('knows quotes, commas and ends of lines in cells, and the line on which each row begins', () => {
    const rows = readCsv('a,b\r\n"x ""y"", z","1\n2"\n\nplain,\r"",last')
    expect(rows).toEqual([
      { line: 1, cells: ['a', 'b'] },
      { line: 2, cells: ['x "y", z', '1\n2'] },
      { line: 5, cells: ['plain', ''] },
      { line: 6, cells: ['', 'last'] },
    ])
  })

  test.each([
    ['a,b\n"open,1\nmore', 'A quote is opened here and never closed', 2, 1],
    ['a,b\n1,x"y', 'A quote inside a cell', 2, 4],
    ['a\n"x"y\n', 'Something follows a closing quote', 2, 4],
    [`a\n${','.repeat(1000)}`, 'More than 1000 cells', 2, 1001],
    [`a\n${'1\n'.repeat(100_001)}`, 'More than 100000 rows', 100_002, 1],
  ])('says where it is broken (%#)', (text, message, line, column) => {
    expect(() => readCsv(text)).toThrow(
      expect.objectContaining({ message: expect.stringContaining(message), line, column }),
    )
  })

  test('reads what it writes', () => {
    const cell = nasty.filter((text) => !/^[=+\-@\t\r]/.test(text))
    fc.assert(
      fc.property(fc.array(fc.tuple(cell, cell), { minLength: 1, maxLength: 5 }), (rows) => {
        expect(readCsv(rows.map(csvLine).join('')).map(({ cells }) => cells)).toEqual(rows)
      }),
      { seed },
    )
  })

  test('gives a text that a spreadsheet would run an apostrophe, and numbers none', () => {
    expect(csvLine(['=1+1', '+a', '-a', '@b', '\tc', '\rd', -5, null, true, 'a=b'])).toBe(
      `'=1+1,'+a,'-a,'@b,'\tc,"'\rd",-5,,true,a=b\r\n`,
    )
  })
})

describe('an encoding that is not UTF-8', () => {
  test.each([
    [bytes(0xff, 0xfe, 'a', 0), 'UTF-16', 1],
    [bytes('a,b\nok\ncaf', 0xe9, '\n'), 'not UTF-8', 3],
    [bytes('a\nb', 0), 'NUL', 2],
  ])('is refused with its line (%#)', (source, message, line) => {
    expect(() => decodeSource(source)).toThrow(
      expect.objectContaining({ message: expect.stringContaining(message), line }),
    )
  })

  test('a byte order mark is no part of the text, and 16 MiB are enough', () => {
    expect(decodeSource(bytes(0xef, 0xbb, 0xbf, 'username'))).toBe('username')
    expect(() => decodeSource(new Uint8Array(16 * 1024 * 1024 + 1))).toThrow('Longer than')
  })
})

describe('JSON', () => {
  test.each([
    ['{\n  "a": tru\n}', 2, 8],
    ['[1,\n2,]', 2, 3],
    ['{"a" 1}', 1, 6],
    ['{"a": "x\ny"}', 1, 9],
    ['{"a": NaN}', 1, 7],
    ['{"a": 1', 1, 8],
    ['', 1, 1],
  ])('has a place for its fault (%#)', (text, line, column) => {
    expect(() => readJsonText(text)).toThrow(expect.objectContaining({ name: 'SourceFault', line, column }))
  })

  test('a secret in a broken file is not quoted', () => {
    expect(() => readJsonText('{"key": "sk-secret-123" oops}')).toThrow(/^Is not JSON here$/)
  })

  test('a fault is found exactly where the engine finds one', () => {
    const broken = fc
      .tuple(
        fc.json({ maxDepth: 4 }),
        fc.nat(),
        fc.constantFrom('', ',', '"', '}', ']', '1', ' ', '\\', ':', 'tru'),
      )
      .map(
        ([text, at, put]) =>
          `${text.slice(0, at % (text.length + 1))}${put}${text.slice((at % (text.length + 1)) + 1)}`,
      )
    fc.assert(
      fc.property(fc.oneof(broken, nasty, fc.json()), (text) => {
        let isRight = true
        try {
          JSON.parse(text)
        } catch {
          isRight = false
        }
        expect(faultIn(text) === undefined).toBe(isRight)
      }),
      { seed, numRuns: 2_000 },
    )
  })

  test('depth is no danger', () => {
    expect(faultIn('['.repeat(1_000_000))).toBe(1_000_000)
  })
})

test('a list as Python writes it is read, and nothing else', () => {
  expect(readPythonList(`['it\\'s', "so \\"x\\"", 3, -4, '\\u00e9\\U0001F600\\x41\\n', ]`)).toEqual([
    ...["it's", 'so "x"', 3, -4, 'é😀A\n'],
  ])
  expect(readPythonList('(1, 2)')).toEqual([1, 2])
  expect(readPythonList('[]')).toEqual([])
  for (const text of [
    '',
    '1',
    '[1',
    "['a]",
    '[1 2]',
    '[a]',
    '[[1]]',
    "['a' 'b']",
    '[1.5]',
    '[,]',
    "{'a': 1}",
  ])
    expect(readPythonList(text), text).toBeUndefined()
  fc.assert(
    fc.property(fc.array(fc.oneof(nasty, fc.integer())), (items) => {
      expect(readPythonList(JSON.stringify(items).replaceAll('\\/', '/'))).toEqual(items)
    }),
    { seed },
  )
})

describe('texts', () => {
  test('are cut at the end of a sentence, of a word where there is none, and anywhere at last', () => {
    expect(cutText('One is here. Two is there. Three is', 30)).toBe('One is here. Two is there.')
    expect(cutText('one two three four five six', 18)).toBe('one two three…')
    expect(cutText('x'.repeat(30), 10)).toBe(`${'x'.repeat(9)}…`)
    expect(cutText('一つ目です。二つ目です。三つ目', 13)).toBe('一つ目です。二つ目です。')
    expect(lengthOf(cutText('😀'.repeat(30), 10))).toBe(10)
  })

  test('lose keys, controls and what is hidden, and say so without quoting it', () => {
    const notes: string[] = []
    const key = 'sk-proj-abcdefghijkl0123456789'
    const text = prose(
      `Hello\u0007 \u202Eworld ${key} eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl`,
      { field: 'bio', max: 280 },
      (field, why) => notes.push(`${field}: ${why}`),
    )
    expect(text).toBe('Hello world [secret] [secret]')
    expect(notes).toEqual([
      'bio: control or hidden characters are left out',
      'bio: what looks like a key is left out',
    ])
    expect(
      prose('A sk-eptical-minded-thinker, risk-averse-and-slow.', { field: 'bio', max: 280 }, () => {}),
    ).toContain('eptical')
  })
})

describe('handles', () => {
  test('are made of any name, none like another, none reserved', () => {
    const handleOf = createHandles()
    expect(
      [
        'Ana María!',
        'ana_maria',
        'ANA MARIA',
        'bob',
        'b0b',
        'Zoë Ærø Łódź',
        'root',
        '小林',
        '小林',
        'x',
        '12345',
      ].map(handleOf),
    ).toEqual([
      ...[
        'ana_maria',
        'ana_maria_2',
        'ana_maria_3',
        'bob',
        'b0b_2',
        'zoe_aero_lodz',
        'root_2',
        'bot',
        'bot_2',
        'bot_x',
      ],
      'bot_12345',
    ])
  })

  test('hold for whatever names come', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(nasty, fc.constantFrom('12345678901234a', '0000000000000oo', 'rnrnrnrn')), {
          maxLength: 60,
        }),
        (names) => {
          const handles = names.map(createHandles())
          expect(handles.every((handle) => isHandle(handle) && !isReservedHandle(handle))).toBe(true)
          expect(new Set(handles.map(handleSkeleton)).size).toBe(names.length)
        },
      ),
      { seed },
    )
  })

  test('a hundred thousand of one name all get one of their own', () => {
    const handleOf = createHandles()
    const handles = Array.from({ length: 100_000 }, () => handleOf('The Same Name'))
    expect(new Set(handles).size).toBe(100_000)
    expect(handles.at(-1)).toMatch(/^the_sam\w*_\d+$/)
  })
})

describe('YAML', () => {
  test('whatever a source says, the file is a persona, and means what it says', () => {
    const texts = fc.array(nasty, { maxLength: 50 })
    const source = fc.record({
      where: fc.constant('row'),
      ...{ handle: nasty, displayName: nasty, bio: nasty, persona: nasty, tone: nasty },
      ...{ topics: texts, quirks: texts, examples: texts },
      losses: fc.constant([]),
    })
    fc.assert(
      fc.property(source, (draft) => {
        const outcome = createDrafting()(draft)
        if (outcome.kind === 'refused') {
          expect(outcome.why).toBe('says nowhere who it is')
          return
        }
        expect(parsePersona(outcome.yaml)).toEqual({ ok: true, persona: outcome.persona })
        expect(personaYaml(outcome.persona)).toBe(outcome.yaml)
      }),
      { seed, numRuns: 500 },
    )
  })

  test('the longest of all texts are fitted into 16 KiB, and what that took is told', () => {
    const long = (letter: string, length: number) =>
      Array.from({ length: 60 }, (_, index) => `${index} ${letter.repeat(length)}`)
    const outcome = createDrafting()({
      where: 'row 1',
      handle: 'long',
      displayName: '長'.repeat(200),
      bio: '長'.repeat(5_000),
      persona: '長い文です。'.repeat(20_000),
      topics: long('題', 100),
      quirks: long('癖', 400),
      examples: long('例', 500),
      losses: [],
    })
    if (outcome.kind === 'refused') throw new Error(outcome.why)
    expect(Buffer.byteLength(outcome.yaml)).toBeLessThanOrEqual(16 * 1024)
    expect(outcome.persona.persona).toMatch(/。$/)
    expect(outcome.losses.map(({ field }) => field)).toEqual(
      expect.arrayContaining(['display_name', 'bio', 'persona', 'topics', 'style.quirks', 'style.examples']),
    )
  })

  test('a persona that nobody has tidied up means the same after it was written', () => {
    let valid = 0
    fc.assert(
      fc.property(nasty, nasty, fc.array(nasty, { maxLength: 5 }), (text, bio, quirks) => {
        const written = {
          handle: 'some_one',
          display_name: 'Some',
          persona: `x${text}`,
          bio,
          style: { quirks },
        }
        const parsed = Persona.safeParse(written)
        if (!parsed.success) return
        valid++
        expect(parsePersona(personaYaml(parsed.data))).toEqual({ ok: true, persona: parsed.data })
      }),
      { seed, numRuns: 2_000, examples: [['\n', ' \n a', [' b\n c\u0085', 'd\u2028e\nf', '\ng']]] },
    )
    expect(valid).toBeGreaterThan(20)
  })

  test('every field of a persona can be written', () => {
    const persona: Persona = {
      version: 1,
      handle: 'whole_one',
      display_name: '"Whole": #1',
      bio: '- no list',
      persona: 'First line.\n\n  Indented line.\n   \n# no comment\nLast line.',
      topics: [],
      style: 'In a sentence',
      schedule: {
        timezone: 'Europe/Vienna',
        active_hours: ['07:30-23:00'],
        posts_per_day: 2.5,
        weekly: { mon: 2 },
        jitter: 0,
      },
      actions: { post: 1, nothing: 0 },
      model: { provider: 'ollama', name: 'llama3' },
      budgets: { usd_per_day: 0.5 },
    }
    expect(parsePersona(personaYaml(persona))).toEqual({ ok: true, persona })
  })
})
