import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  Content,
  Handle,
  handleSkeleton,
  hashtagKey,
  hashtagsIn,
  isHandle,
  mentionsIn,
} from '../src/index.ts'
import { seed } from './seed.ts'

const mark = '\u0301'
const family = '👨\u200D👩\u200D👧\u200D👦'

/** A schema's verdict: the text as it is kept, or the stable words of what is wrong with it. */
function verdict(text: string): string | string[] {
  const result = Content.safeParse(text)
  if (result.success) return result.data
  return result.error.issues.map((issue) =>
    issue.code === 'custom' ? String(issue.params?.['type']) : issue.code,
  )
}

/** Texts that mix what the rules look at: letters of several scripts, marks, digits, signs, spaces, halves of pairs. */
const piece = fc.oneof(
  fc.constantFrom(
    ...'aZ09_-.,:/&#＃@\n \t\0\u007F',
    'é',
    mark,
    '\u0323',
    '日',
    'ि',
    'ह',
    'ß',
    'İ',
    'ﬁ',
    'Ａ',
    '\uFB2C',
    'J',
  ),
  fc.constantFrom(
    '\u200B',
    '\u200D',
    '\u2800',
    '\u3164',
    '\uFEFF',
    '\u202E',
    '😀',
    family,
    '\uD800',
    '\uDC00',
    '\uFE0F',
  ),
  fc.constantFrom('http://x/', '@ada', '#tag', '#'.repeat(3), mark.repeat(8), 'a'.repeat(64)),
  fc.nat(0x10ffff).map((code) => String.fromCodePoint(code)),
)
const anyText = fc.array(piece, { maxLength: 40 }).map((pieces) => pieces.join(''))

describe('content', () => {
  test.each([
    ['one letter', 'a'],
    ['280 letters', 'a'.repeat(280)],
    ['280 emoji, which are 560 UTF-16 units', '😀'.repeat(280)],
    ['newlines', 'a\n\nb'],
    ['eight marks in a row', `q${'\u0332'.repeat(8)}`],
    ['a family of emoji', family],
    ['right to left with direction marks', '\u202Bשלום\u202C עולם'],
    ['a letter among spaces', '\u200B \u3164a\u2800'],
    ['a lone variation selector', '\uFE0F'],
    ['C1 controls, which the contract does not name', 'a\u0085\u009F'],
  ])('takes %s', (_name, text) => {
    expect(verdict(text)).toBe(text.normalize('NFC'))
  })

  test.each([
    ['nothing', '', ['too_small']],
    ['281 letters', 'a'.repeat(281), ['too_big']],
    ['281 emoji', '😀'.repeat(281), ['too_big']],
    ['94 letters that NFC makes three of each', '\uFB2C'.repeat(94), ['too_big']],
    ['nine marks in a row', `q${'\u0332'.repeat(9)}`, ['combining_marks']],
    ['NUL', 'a\0b', ['control_character']],
    ['a tab', 'a\tb', ['control_character']],
    ['a carriage return', 'a\r\nb', ['control_character']],
    ['DEL', 'a\u007F', ['control_character']],
    ['the first half of a pair', 'a\uD83D', ['lone_surrogate']],
    ['the second half of a pair', '\uDE00a', ['lone_surrogate']],
    ['spaces', ' \u00A0\u3000\n', ['invisible']],
    ['what draws nothing', '\u200B\u200C\u200D\u2060\uFEFF\u2800\u3164\u115F\u1160\uFFA0', ['invisible']],
    [
      'everything at once',
      `\0\uD800${mark.repeat(290)}`,
      ['too_big', 'lone_surrogate', 'control_character', 'combining_marks'],
    ],
  ])('refuses %s', (_name, text, types) => {
    expect(verdict(text)).toEqual(types)
  })

  test('is counted and kept in NFC, which may be shorter or longer than what was sent', () => {
    expect(verdict(`e${mark}`.repeat(280))).toBe('é'.repeat(280))
    expect(verdict('\uFB2C'.repeat(93))).toBe('\u05E9\u05BC\u05C1'.repeat(93))
  })

  test('means the same as the contract for any text', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const kept = text.normalize('NFC')
        expect(typeof verdict(text) === 'string').toBe(isPostable(kept))
        if (isPostable(kept)) expect([verdict(text), verdict(kept)]).toEqual([kept, kept])
      }),
      { seed, numRuns: 3_000 },
    )
  })
})

/** The contract's words once more, walked code point by code point. */
function isPostable(text: string): boolean {
  const points = Array.from(text, (character) => character.codePointAt(0) ?? 0)
  let marks = 0
  for (const point of points) {
    if ((point < 0x20 && point !== 0x0a) || point === 0x7f || (point >= 0xd800 && point <= 0xdfff))
      return false
    marks = /^\p{M}$/u.test(String.fromCodePoint(point)) ? marks + 1 : 0
    if (marks > 8) return false
  }
  const hidden = [0x200b, 0x200c, 0x200d, 0x2060, 0xfeff, 0x2800, 0x3164, 0x115f, 0x1160, 0xffa0, 0x85]
  const isSeen = points.some((point) => !hidden.includes(point) && !/^\s$/u.test(String.fromCodePoint(point)))
  return isSeen && points.length <= 280
}

describe('hashtags', () => {
  test.each([
    ['#rust', ['rust']],
    ['#Rust and #RUST', ['rust']],
    ['(#a) "#b",#c.', ['a', 'b', 'c']],
    ['##a', ['a']],
    ['#a-b', ['a']],
    ['#1a #_a #a_1', ['1a', '_a', 'a_1']],
    ['line\n#two', ['two']],
    ['#日本語', ['日本語']],
    ['#हिन्दी', ['हिन्दी']],
    ['＃全角 ＃Ａｂ', ['全角', 'ab']],
    ['#ﬁn #²a', ['fin', '2a']],
    ['#cafe\u0301', ['café']],
    ['#a😀b', ['a']],
    [`#${'a'.repeat(64)}`, ['a'.repeat(64)]],
    [`#${'日'.repeat(64)}。`, ['日'.repeat(64)]],
  ])('%s', (text, keys) => {
    expect(hashtagsIn(text)).toEqual(keys)
  })

  test.each([
    ['#123 ＃１２３'],
    ['#'],
    ['# a'],
    ['#_ #___1'],
    ['#😀'],
    ['a#b é#b 日#b'],
    [`e${mark}#b`],
    ['1#b _#b'],
    ['&#39; &#b'],
    ['http://x/#y'],
    [`#${'a'.repeat(65)}`],
    [`#${'日'.repeat(100)}`],
    ['#Ⅷ'],
  ])('none in %s', (text) => {
    expect(hashtagsIn(text)).toEqual([])
  })

  test('a tag that touches another is part of a word', () => {
    expect(hashtagsIn('#a#b')).toEqual(['a'])
  })

  test('the first ten count, however often each is repeated', () => {
    const letters = [...'abcdefghijkl']
    expect(hashtagsIn(letters.map((letter) => `#${letter} #${letter.toUpperCase()}`).join(' '))).toEqual(
      letters.slice(0, 10),
    )
  })

  test('are what a walk over the code points finds in any text', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(hashtagsIn(text)).toEqual(tagsByWalk(text))
      }),
      { seed, numRuns: 3_000 },
    )
  })

  test('a key is its own key, so that it can be looked up as it was shown', () => {
    // No capital J with caron exists as one code point; its small letter does.
    expect(hashtagKey('J\u030Cazz')).toBe('\u01F0azz')
    const letter = fc.nat(0x10ffff).map((code) => String.fromCodePoint(code))
    const marked = fc
      .tuple(letter, fc.constantFrom('', '\u030C', '\u0331', '\u0308', '\u030A', '\u0323', '\u0345'))
      .map((pair) => pair.join(''))
    fc.assert(
      fc.property(fc.array(fc.oneof(marked, piece), { minLength: 1, maxLength: 6 }), (letters) => {
        const key = hashtagKey(letters.join(''))
        expect(hashtagKey(key)).toBe(key)
      }),
      { seed, numRuns: 3_000 },
    )
  })
})

function tagsByWalk(text: string): string[] {
  const points = Array.from(text)
  const isWord = (character = '') => /^[\p{L}\p{M}\p{N}_]$/u.test(character)
  const keys: string[] = []
  for (const [index, character] of points.entries()) {
    const before = points[index - 1] ?? ''
    if (!'#＃'.includes(character) || isWord(before) || before === '&' || before === '/') continue
    let end = index + 1
    while (isWord(points[end])) end++
    const tag = points.slice(index + 1, end)
    const key = hashtagKey(tag.join(''))
    const isTag = tag.length <= 64 && tag.some((letter) => /^[\p{L}\p{M}]$/u.test(letter))
    if (isTag && !keys.includes(key) && keys.length < 10) keys.push(key)
  }
  return keys
}

describe('mentions', () => {
  test.each([
    ['@ada', ['ada']],
    ['Hi @Ada, (@bob_1)! cc:@c3p', ['ada', 'bob_1', 'c3p']],
    ['@ada @ADA @Ada', ['ada']],
    ['.@ada @ada.', ['ada']],
    ['日本。@ada', ['ada']],
    ['@ada_', ['ada_']],
    ['see http://x.example/path then @ada', ['ada']],
    [`@${'a'.repeat(15)}`, ['a'.repeat(15)]],
  ])('%s', (text, handles) => {
    expect(mentionsIn(text)).toEqual(handles)
  })

  test.each([
    ['ada@example.org'],
    ['é@ada 日@ada 1@ada _@ada'],
    ['@@ada'],
    ['@ada@example.org'],
    ['http://x.example/@ada'],
    ['HTTPS://x.example/?to=@ada&cc=,@bob'],
    ['x.example/@ada'],
    ['@ab'],
    [`@${'a'.repeat(16)}`],
    ['@123 @___'],
    ['@ada日'],
    ['@ ada'],
  ])('none in %s', (text) => {
    expect(mentionsIn(text)).toEqual([])
  })

  test('are all counted that a post has room for', () => {
    const handles = Array.from(
      { length: 56 },
      (_, index) => `b${String.fromCodePoint(97 + (index % 26), 97 + Math.floor(index / 26))}`,
    )
    const text = handles.map((handle) => `@${handle}`).join(' ')
    expect(text.length).toBeLessThanOrEqual(280)
    expect(mentionsIn(text)).toEqual(handles)
  })

  test('name only what could be a handle, each once, in any text', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const handles = mentionsIn(text)
        expect(new Set(handles).size).toBe(handles.length)
        for (const handle of handles)
          expect([isHandle(handle), text.toLowerCase().includes(`@${handle}`)]).toEqual([true, true])
      }),
      { seed, numRuns: 2_000 },
    )
  })
})

describe('handles', () => {
  test.each(['ada', 'a_1', '0a0', '___a', 'a'.repeat(15)])('%s is one', (handle) => {
    expect(Handle.safeParse(handle).success).toBe(true)
  })

  test.each([
    ...[
      '',
      'ab',
      'a'.repeat(16),
      '123',
      '___',
      '1_2',
      'Ada',
      'a-b',
      'a.b',
      'a b',
      ' ada',
      'ada\n',
      '\nada',
      'ada\0',
    ],
    ...['adа', 'ａda', 'adé', 'ad\u017F', 'ad\u212A', '@ada', 'ada😀', 'а'.repeat(5)],
  ])('%j is none', (handle) => {
    expect([Handle.safeParse(handle).success, isHandle(handle)]).toEqual([false, false])
  })

  test.each(['admin', 'adm1n', 'ad_min', 'rn0d', 'root', 'r00t', 'nu1l', 'he1p', 'c1awdx'])(
    '%s is reserved',
    (handle) => {
      expect(Handle.safeParse(handle).error?.issues).toMatchObject([{ params: { type: 'reserved' } }])
    },
  )

  test('are ASCII of the right length with a letter, and nothing else', () => {
    const character = fc.oneof(
      fc.constantFrom(...'abz019_AZ-. \n', 'é', 'ı', 'K'),
      fc.nat(0x2fff).map((code) => String.fromCodePoint(code)),
    )
    const almost = fc.array(
      fc.oneof({ weight: 30, arbitrary: fc.constantFrom(...'abcxyz019_') }, character),
      { maxLength: 18 },
    )
    fc.assert(
      fc.property(almost, (characters) => {
        const isOne =
          characters.length >= 3 &&
          characters.length <= 15 &&
          characters.some((one) => one >= 'a' && one <= 'z')
        const isPlain = characters.every((one) => 'abcdefghijklmnopqrstuvwxyz0123456789_'.includes(one))
        expect(isHandle(characters.join(''))).toBe(isOne && isPlain)
      }),
      { seed, numRuns: 3_000 },
    )
  })
})

describe('handles that look alike', () => {
  test.each([
    ['bob', 'b0b'],
    ['ill', '1il'],
    ['lily', '111y'],
    ['modern', 'modem'],
    ['rnodern', 'modem'],
    ['a_d_a', 'ada'],
    ['_ada_', 'ada'],
    ['r_n_x', 'mx_'],
    ['cor_n0', 'c0mo'],
  ])('%s and %s', (one, other) => {
    expect(handleSkeleton(one)).toBe(handleSkeleton(other))
  })

  test.each([
    ['ada', 'ado'],
    ['bob', 'bab'],
    ['nr_x', 'm_x'],
    ['vv_x', 'w_x'],
    ['a5a', 'asa'],
  ])('but not %s and %s', (one, other) => {
    expect(handleSkeleton(one)).not.toBe(handleSkeleton(other))
  })

  test('every way to disguise a handle gives the same skeleton, which is its own', () => {
    const handle = fc
      .array(fc.constantFrom(...'abimnorlx012_'), { minLength: 1, maxLength: 15 })
      .map((letters) => letters.join(''))
    const disguises: readonly ((handle: string) => string)[] = [
      (text) => text.replaceAll('o', '0'),
      (text) => text.replaceAll('0', 'o'),
      (text) => text.replaceAll('l', '1').replaceAll('i', 'l'),
      (text) => text.replaceAll('1', 'i'),
      (text) => text.replaceAll('m', 'rn'),
      (text) => text.replaceAll('m', 'r_n'),
      (text) => [...text].join('_'),
    ]
    fc.assert(
      fc.property(handle, fc.array(fc.constantFrom(...disguises), { maxLength: 4 }), (plain, applied) => {
        const disguised = applied.reduce((text, disguise) => disguise(text), plain)
        expect(handleSkeleton(disguised)).toBe(handleSkeleton(plain))
        expect(handleSkeleton(handleSkeleton(plain))).toBe(handleSkeleton(plain))
      }),
      { seed, numRuns: 3_000 },
    )
  })
})
