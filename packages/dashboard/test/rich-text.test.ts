import { expect, test } from 'vitest'
import { piecesOf } from '../src/lib/rich-text.ts'

const told = (content: string) => piecesOf(content).map(({ kind, text }) => `${kind} ${text}`)

test.each([
  ['Hello', ['text Hello']],
  ['', []],
  ['I like #Rust, @Ada!', ['text I like ', 'hashtag #Rust', 'text , ', 'mention @Ada', 'text !']],
  ['see https://example.org/a?b=c#d.', ['text see ', 'link https://example.org/a?b=c#d', 'text .']],
  ['(https://example.org/x)', ['text (', 'link https://example.org/x', 'text )']],
  ['javascript:alert(1) data:text/html,x', ['text javascript:alert(1) data:text/html,x']],
  ['mail me@example.org a#b @x #1', ['text mail me@example.org a#b @x #1']],
  ['＃日本語', ['hashtag ＃日本語']],
  ['http://', ['text http://']],
  ['<img src=x onerror=alert(1)>', ['text <img src=x onerror=alert(1)>']],
])('%j', (content, pieces) => {
  expect(told(content)).toEqual(pieces)
  expect(
    piecesOf(content)
      .map(({ text }) => text)
      .join(''),
  ).toBe(content)
})

test('names tags and handles as the network does', () => {
  expect(piecesOf('#ＲＵＳＴ @ADA_1')).toMatchObject([{ tag: 'rust' }, {}, { handle: 'ada_1' }])
})
