import { Content } from '@clawdxcraft/protocol'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newBot } from './factories.ts'
import type { TestBot } from './factories.ts'
import { startTestServer } from './harness.ts'
import type { TestServer } from './harness.ts'
import { seed } from './seed.ts'

let server: TestServer
let ada: TestBot

beforeAll(async () => {
  server = await startTestServer()
  ada = await newBot(server, 'ada_x')
  // Inserts a post past every layer of ours and takes it back: the name of what refused it, or nothing.
  await server.pool.query(`
    create function refused_by(bytes bytea) returns text language plpgsql as $$
    declare name text;
    begin
      insert into posts (id, bot_id, content, root_id, depth)
        values (1, ${ada.bot.id}, convert_from(bytes, 'UTF8'), 1, 0);
      raise sqlstate 'ZZ001';
    exception
      when sqlstate 'ZZ001' then return null;
      when check_violation then get stacked diagnostics name = constraint_name; return name;
      when character_not_in_repertoire then return 'encoding';
    end $$`)
})
afterAll(() => server.close())

/** UTF-8, in which half of a pair is written as if it were a character: as a broken client would. */
function bytesOf(text: string): Buffer {
  const points = Array.from(text, (character) => {
    const point = character.codePointAt(0) ?? 0
    const isHalf = point >= 0xd800 && point <= 0xdfff
    return isHalf
      ? Buffer.of(0xe0 | (point >> 12), 0x80 | ((point >> 6) & 0x3f), 0x80 | (point & 0x3f))
      : Buffer.from(character)
  })
  return Buffer.concat(points)
}

async function database(texts: readonly string[]): Promise<(string | null)[]> {
  const { rows } = await server.pool.query<{ name: string | null }>(
    'select refused_by(bytes) as name from unnest($1::bytea[]) with ordinality t(bytes, n) order by n',
    [texts.map(bytesOf)],
  )
  return rows.map((row) => row.name)
}

/** Without those of a newer Unicode than the database's, whose NFC it cannot know. */
async function known(texts: readonly string[]): Promise<string[]> {
  const { rows } = await server.pool.query<{ text: string }>(
    'select text from unnest($1::text[]) text where unicode_assigned(text)',
    [texts],
  )
  return rows.map((row) => row.text)
}

const schema = (text: string) => Content.safeParse(text).success
const shown = (text: string) =>
  Array.from(text, (character) => character.codePointAt(0)?.toString(16)).join(' ')
const nfc = (text: string) => text.normalize('NFC')

/** What the API says to each text, how it is kept, and how it comes back; all must be what the schema says. */
async function api(texts: readonly string[]): Promise<void> {
  const waiting = [...texts]
  const worker = async () => {
    for (let text = waiting.pop(); text !== undefined; text = waiting.pop()) await through(text)
  }
  await Promise.all(Array.from({ length: 8 }, worker))
}

/** What no schema sees: a body is not read beyond this. */
const BODY_MAX = 16 * 1024

function statusOf(text: string): number {
  if (Buffer.byteLength(JSON.stringify({ content: text })) > BODY_MAX) return 413
  return schema(text) ? 201 : 422
}

async function through(text: string): Promise<void> {
  const { status, body } = await server.request('POST', '/posts', {
    token: ada.token,
    body: { content: text },
  })
  expect([shown(text), status]).toEqual([shown(text), statusOf(text)])
  if (status === 413) return
  if (status === 422) {
    expect(body.errors.length).toBeGreaterThan(0)
    return expect(new Set(body.errors.map((fault: { loc: string[] }) => fault.loc.join('.')))).toEqual(
      new Set(['body.content']),
    )
  }
  const { rows } = await server.pool.query<{ bytes: Buffer; length: number; audit: string; event: string }>(
    `select convert_to(content, 'UTF8') as bytes, char_length(content) as length,
            (select metadata_json ->> 'content' from audit_log where metadata_json ->> 'post_id' = $1) as audit,
            (select payload ->> 'content' from events where payload ->> 'id' = $1) as event
     from posts where id = $1::bigint`,
    [body.id],
  )
  const read = await server.request('GET', `/posts/${body.id}`)
  const [row] = rows
  expect(
    [body.content, read.body.content, row?.bytes.toString(), row?.audit, row?.event].map((kept) =>
      shown(kept ?? ''),
    ),
  ).toEqual(Array.from({ length: 5 }, () => shown(nfc(text))))
  expect(row?.length).toBe([...nfc(text)].length)
}

const times = (text: string, count: number) => text.repeat(count)
const c0 = Array.from({ length: 0x20 }, (_, code) => String.fromCharCode(code))
const fillers = [
  ...' \n\u00A0\u1680\u2003\u2028\u2029\u202F\u205F\u3000\u0085\u200B\u200C\u200D\u2060\uFEFF\u2800\u3164\u115F\u1160\uFFA0',
]
const family = '👩🏽\u200D👩🏻\u200D👧🏿\u200D👦'
const flag = '\u{1F3F4}\u{E0067}\u{E0062}\u{E0065}\u{E006E}\u{E0067}\u{E007F}'

const taken: Record<string, readonly string[]> = {
  'one code point': [
    'a',
    'é',
    '日',
    '😀',
    '.',
    '\u{10FFFF}',
    '\u{E0001}',
    '\uFFFD',
    '\uFFFE',
    '\uE000',
    '\u00AD',
    '\u180E',
    '\u2061',
  ],
  '280 code points': [
    times('a', 280),
    times('日', 280),
    times('😀', 280),
    `${times('\u200B', 279)}a`,
    times('\u202E', 280),
  ],
  'what NFC makes shorter': [times('e\u0301', 280), times('\u1112\u1161\u11AB', 280), times('A\u030A', 280)],
  'what NFC makes longer, but not too long': [
    '\uFB2C',
    times('\uFB2C', 93),
    `${times('\uFB2C', 93)}a`,
    times('\u0958', 140),
  ],
  'eight marks': [
    `q${times('\u0332', 8)}`,
    times('\u0332', 8),
    `${times(`q${times('\u20DD', 8)}`, 31)}`,
    `e${times('\u0301', 9)}`,
  ],
  lines: ['a\nb', '\n\na\n\n', times('a\n', 140)],
  'bidi and right to left': ['שלום עולם', 'مرحبا\u200F بالعالم', '\u202Ea\u202C', '\u2066a\u2069', '\u061C!'],
  emoji: [family, times(family, 28), flag, '🇩🇪', '1\uFE0F\u20E3', '\uFE0F'],
  'scripts with marks': ['हिन्दी', 'ไทยกำ้', 'ཧཱུྃ', 'ମ୍ମ', 'Z\u0336a\u0337l\u0338g\u0335o'],
  'hashtags whose keys are long': [
    `#${times('\uFDFA', 64)}`,
    times(`#${times('\uFDFA', 64)} `, 4),
    times('#a ', 90),
  ],
  'what looks like code': [
    "'; drop table posts; --",
    '<script>alert(1)</script>',
    '\\u0000',
    '%00',
    '${x}',
    '{{x}}',
    '\\',
    '"',
    'null',
  ],
  'something to see among what is not': fillers.map((filler) => `${times(filler, 5)}x${filler}`),
}
const refused: Record<string, readonly string[]> = {
  nothing: [''],
  '281 code points': [times('a', 281), times('😀', 281), `${times('\n', 280)}a`, times('e\u0301', 281)],
  'what NFC makes too long': [times('\uFB2C', 94), times('\uFB2C', 280), times('\u0958', 141)],
  'nine marks': [
    `q${times('\u0332', 9)}`,
    times('\u0332', 9),
    `a${times('\u0301\u0323', 6)}b`,
    `e${times('\u0301', 10)}`,
    times('\u{E0100}', 9),
  ],
  zalgo: [`H${times('\u0336\u0310\u0489', 20)}e`],
  controls: [...c0.filter((control) => control !== '\n'), '\u007F'].map((control) => `a${control}b`),
  'a control at the end': ['a\0', 'a\r\n', '\t'],
  'half of a pair': ['\uD800', 'a\uDC00', '\uDFFF\uD800', `${times('a', 280)}\uD83D`, '😀\uD83D'],
  'nothing visible': [...fillers, ...fillers.map((filler) => times(filler, 280)), fillers.join('')],
}

describe('the schema, the API and the database agree', () => {
  test.each(Object.entries(taken))('to take %s', async (_name, texts) => {
    expect(texts.map(schema)).toEqual(texts.map(() => true))
    expect(await database(texts.map(nfc))).toEqual(texts.map(() => null))
    await api(texts)
  })

  test.each(Object.entries(refused))('to refuse %s', async (_name, texts) => {
    expect(texts.map(schema)).toEqual(texts.map(() => false))
    expect((await database(texts.map(nfc))).filter((name) => name === null)).toEqual([])
    await api(texts)
  })

  test('about every mark there is, eight and nine times', async () => {
    const marks = Array.from({ length: 0x110000 }, (_, point) => point).filter((point) =>
      /^\p{M}$/u.test(String.fromCodePoint(point)),
    )
    expect(marks.length).toBeGreaterThan(2_400)
    const texts = [8, 9].flatMap((count) =>
      marks.map((point) => nfc(`q${times(String.fromCodePoint(point), count)}`)),
    )
    // NFC writes a few of them as two marks, and two of a few as one.
    const isFew = (text: string) => [...text].length <= 9
    const verdicts = await database(texts)
    expect(verdicts).toEqual(texts.map((text) => (isFew(text) ? null : 'posts_content_marks')))
    expect(texts.map(schema)).toEqual(texts.map(isFew))
    expect(texts.filter(isFew).length).toBeCloseTo(marks.length, -2)
  })

  test('about every code point of the planes that are in use, nine times', async () => {
    const { rows: rules } = await server.pool.query<{ rule: string }>(
      `select pg_get_expr(conbin, conrelid) as rule from pg_constraint
       where conrelid = 'posts'::regclass and conname in ('posts_content_controls', 'posts_content_visible', 'posts_content_marks')`,
    )
    expect(rules.length).toBe(3)
    const { rows } = await server.pool.query<{ point: number }>(
      `select point from (
         select point, normalize(repeat(chr(point), 9), nfc) as content from generate_series(1, x'2ffff'::int) point
         where point not between x'd800'::int and x'dfff'::int) one
       where not (${rules.map(({ rule }) => rule).join(' and ')}) order by point`,
    )
    const points = Array.from({ length: 0x2ffff }, (_, index) => index + 1).filter(
      (point) => point < 0xd800 || point > 0xdfff,
    )
    const ours = points.filter((point) => !schema(times(String.fromCodePoint(point), 9)))
    expect(rows.map(({ point }) => point.toString(16))).toEqual(ours.map((point) => point.toString(16)))
    expect(ours.length).toBeGreaterThan(1_500)
  })
})

const point = fc.oneof(
  fc.nat(0x24f),
  fc.nat(0xffff),
  fc.nat(0x10ffff),
  fc.constantFrom(
    0x300,
    0x323,
    0x345,
    0x5b0,
    0x94d,
    0xfb2c,
    0xac00,
    0x1100,
    0x1161,
    0x11a8,
    0x1acf,
    0x1add,
    0x1f468,
    0x200d,
    0xfe0f,
  ),
)
const cluster = fc.oneof(
  point.map((code) => String.fromCodePoint(code)),
  fc.constantFrom(
    ...fillers,
    'a',
    'e\u0301',
    family,
    '\n',
    times('\u0308', 4),
    times('a', 70),
    times('\uFB2C', 30),
  ),
  fc
    .tuple(point, fc.array(fc.integer({ min: 0x300, max: 0x36f }), { maxLength: 10 }))
    .map((codes) => String.fromCodePoint(...codes.flat())),
  { weight: 3, arbitrary: fc.constantFrom(...'abc xyz#@.é日ह😀') },
)
const anyText = fc.oneof(
  fc.array(cluster, { maxLength: 12 }).map((parts) => parts.join('')),
  fc.array(cluster, { minLength: 60, maxLength: 320 }).map((parts) => parts.join('')),
  fc.tuple(cluster, fc.integer({ min: 90, max: 290 })).map(([part, count]) => times(part, count)),
)

describe('the three agree about generated texts', () => {
  test('2,500 in the schema and in the database, which takes nothing that is not NFC', async () => {
    const texts = fc.sample(anyText, { seed, numRuns: 2_500 })
    const verdicts = await database(texts.map(nfc))
    expect(texts.filter((text, index) => schema(text) !== (verdicts[index] === null)).map(shown)).toEqual([])
    const crooked = await known(texts.filter((text) => schema(text) && text !== nfc(text)))
    // What is not NFC can break another rule as well, and the database names one of them.
    const refusals = new Set(await database(crooked))
    expect(refusals).toContain('posts_content_nfc')
    expect(refusals).not.toContain(null)
    for (const some of [texts.filter(schema), texts.filter((text) => !schema(text)), crooked])
      expect(some.length).toBeGreaterThan(100)
  })

  test('400 through the API, kept and read back in NFC', async () => {
    await api(fc.sample(anyText, { seed, numRuns: 400 }))
  })
})
