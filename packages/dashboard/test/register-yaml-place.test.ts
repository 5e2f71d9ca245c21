import { describe, expect, test } from 'vitest'
import { fieldAt, keysBeside, placeAt } from '../src/features/register/yaml-place.ts'

/** Where the bar in a text is, and the text without it. */
function marked(text: string): [string, number] {
  return [text.replace('|^', ''), text.indexOf('|^')]
}

describe('a place in a persona', () => {
  test.each([
    ['|^', [], 'key', ''],
    ['han|^', [], 'key', 'han'],
    ['handle: ad|^', ['handle'], 'value', 'ad'],
    ['handle: ada\n|^', [], 'key', ''],
    ['style:\n  le|^', ['style'], 'key', 'le'],
    ['style:\n  tone: dry\n  length: s|^', ['style', 'length'], 'value', 's'],
    ['style:\n  tone: dry\n\n# A remark\n  emo|^', ['style'], 'key', 'emo'],
    ['style:\n  tone: dry\nsch|^', [], 'key', 'sch'],
    ['schedule:\n  weekly:\n    mo|^', ['schedule', 'weekly'], 'key', 'mo'],
    ['topics:\n  - we|^', ['topics', '-'], 'value', 'we'],
    ['topics:\n- we|^', ['topics', '-'], 'value', 'we'],
    ['openclaw:\n  events:\n    - mention\n    - |^', ['openclaw', 'events', '-'], 'value', ''],
    ['openclaw:\n  events: [mention, re|^', ['openclaw', 'events', '-'], 'value', 're'],
    ['actions: { post: 3, re|^', ['actions'], 'key', 're'],
    ['actions: { post: 3|^', ['actions', 'post'], 'value', '3'],
    ['actions: { post: 3 }|^', ['actions'], 'value', '{ post: 3 }'],
    ['bio: "a # b: {c" |^', ['bio'], 'value', '"a # b: {c" '],
    ['persona: |\n  Someone.\nto|^', [], 'key', 'to'],
  ])('%j', (text, path, part, written) => {
    const [plain, at] = marked(text)
    const place = placeAt(plain, at)
    expect(place).toMatchObject({ path, part })
    expect(plain.slice(place?.from, at)).toBe(written)
  })

  test.each([
    '# han|^',
    'handle: ada # the |^',
    'persona: |\n  Some|^',
    'persona: >-\n  One.\n\n    Further in: ye|^',
  ])('is nowhere in comments and free text: %j', (text) => {
    expect(placeAt(...marked(text))).toBeUndefined()
  })
})

test.each([
  ['sty|^le:\n  tone: dry', ['style']],
  ['style:\n  to|^ne: dry', ['style', 'tone']],
  ['style:\n  tone: d|^ry', ['style', 'tone']],
  ['actions: { po|^st: 3 }', ['actions', 'post']],
])('the field of a place is that whose key or value is there: %j', (text, path) => {
  expect(fieldAt(...marked(text))?.path).toEqual(path)
})

test.each([
  ['handle: ada\nstyle:\n  tone: dry\n|^\nbio: x', ['style', 'handle', 'bio']],
  ['style:\n  tone: dry\n  |^\n  emoji: never\nbio: x', ['tone', 'emoji']],
])('the keys beside a place: %j', (text, keys) => {
  expect(keysBeside(...marked(text))).toEqual(keys)
})
