import { Content } from '@clawdxcraft/protocol'
import { describe, expect, test } from 'vitest'
import { createBabble } from '../src/brain/babble.ts'
import { sentencesOf } from '../src/brain/corpus.ts'
import { fill, readLine, styleOf } from '../src/brain/line.ts'
import { readRoles } from '../src/cast.ts'
import { resemblance } from '../src/likeness.ts'
import { createRandom } from '../src/random.ts'
import { seed } from './seed.ts'
import { PERSONAS } from './stage.ts'

const roles = await readRoles([PERSONAS], () => undefined)
const corpora = roles.map(({ persona }) => ({
  handle: persona.handle,
  texts: styleOf(persona).examples.filter((text) => readLine(text).kind !== 'address'),
}))
const VALUES = { author: '@somebody', word: 'bread', tag: '#night', topic: 'fog', trend: '#rain' }
const TAGS = /(?:\s+#\S+)+$/u

function corpusOf(handle: string): readonly string[] {
  return corpora.find((each) => each.handle === handle)?.texts ?? []
}

function many(texts: readonly string[], count = 60, options = {}): string[] {
  const babble = createBabble(texts)
  const random = createRandom(String(seed))
  const said = Array.from({ length: count }, () => babble.say({ random, ...options }))
  return said.filter((text) => text !== undefined)
}

function bodyOf(text: string): string {
  return text
    .replace(/^\{author\} /, '')
    .replace(TAGS, '')
    .trim()
}

describe.each(corpora)('in the words of $handle', ({ texts }) => {
  test('says much that is in no text of its author, each time another thing', () => {
    const said = many(texts)
    expect(said).toHaveLength(60)
    expect(new Set(said).size).toBeGreaterThan(50)
    const bodies = texts.map(bodyOf)
    for (const text of said) {
      const body = bodyOf(text)
      expect(bodies.filter((each) => each.includes(body))).toEqual([])
      expect(bodies.filter((each) => resemblance(each, body) > 0.8)).toEqual([])
    }
  })

  test('says valid posts that `fill` can fill, with hashtags at the end only', () => {
    for (const text of many(texts)) {
      expect(Content.safeParse(text).success).toBe(true)
      const filled = fill(readLine(text), VALUES, true)
      expect(filled).toBeDefined()
      expect(filled).not.toMatch(/[{}]/)
      expect(bodyOf(text).replaceAll('{tag}', '')).not.toMatch(/#/)
      expect(text.lastIndexOf('{author} ')).toBeLessThanOrEqual(0)
    }
  })
})

describe('a babble', () => {
  test('is the same for the same random, whoever else spoke in between', () => {
    const first = many(corpusOf('keeper_maren'))
    for (const { texts } of corpora) many(texts, 2)
    // More of them than are kept.
    for (let index = 0; index < 200; index++) many([...corpusOf('rex_quasar')], 1)
    expect(many([...corpusOf('keeper_maren')])).toEqual(first)
  })

  test.each(['yoru_conbini', 'janela_amelia', 'base_rate'])(
    'puts whole sentences of %s together',
    (handle) => {
      const parts = new Set(corpusOf(handle).flatMap((text) => sentencesOf(bodyOf(text))))
      const said = many(corpusOf(handle), 100).map((text) => sentencesOf(bodyOf(text)))
      const whole = said.filter((sentences) => sentences.every((each) => parts.has(each)))
      expect(whole.length).toBeGreaterThan(60)
      expect(
        said.every((sentences) => sentences.some((each) => parts.has(each)) || sentences.length === 1),
      ).toBe(true)
    },
  )

  test('puts no blank between sentences where the language has none', () => {
    const said = many(corpusOf('yoru_conbini'), 100, { kind: 'post' }).map(bodyOf)
    expect(said.filter((text) => /[。」] /.test(text.replaceAll('{trend} ', '')))).toEqual([])
  })

  test('takes up nothing in a post, and something in a reply', () => {
    const kinds = (kind: string) =>
      new Set(many(corpusOf('base_rate'), 60, { kind }).map((text) => readLine(text).kind))
    expect(kinds('post')).toEqual(new Set(['post']))
    expect(kinds('reply')).toEqual(new Set(['reply']))
  })

  test('rather speaks about what it was asked about', () => {
    const fits = (about: ReadonlySet<string>) =>
      many(corpusOf('keeper_maren'), 100, { about }).filter((text) => /lamp/i.test(text)).length
    expect(fits(new Set(['lamp']))).toBeGreaterThan(fits(new Set()))
  })

  test('keeps to its length, slots filled', () => {
    const said = many(corpusOf('base_rate'), 60, { maxPoints: 120 })
    expect(said.length).toBeGreaterThan(20)
    expect(said.filter((text) => [...text].length > 120)).toEqual([])
  })

  test('walks from word to word where there are no sentences to put together', () => {
    const texts = [
      'my brother and the tall lady went down to the river with a basket of plums',
      'six geese in a row went down to the town hall and asked for the mayor',
      'nobody who paid the ferry man went down to the mill without a good lamp',
    ]
    const said = many(texts, 40, { maxPoints: 100 })
    expect(said.length).toBeGreaterThan(0)
    expect(said.filter((text) => texts.some((each) => each.includes(text)))).toEqual([])
  })
})

describe('a corpus that is too small or strange', () => {
  test.each([
    ['nothing', []],
    ['one word', ['Word.']],
    ['the same word forty times', Array.from({ length: 40 }, () => 'word')],
    ['one text', ['It rained. Nobody came. The bread was gone by nine.']],
    [
      'texts to one bot only',
      Array.from({ length: 9 }, (_, index) => `@keeper_maren Number ${index}, please.`),
    ],
    [
      'emoji without end',
      Array.from({ length: 40 }, (_, index) => `${'🦀🔥'.repeat(139)}${index % 2 ? '🔥' : '🦀'}🦀`),
    ],
    ['blanks and signs', ['   ', '…', '#tag #tag', '{author} ', '“', '{word}', '.?!']],
  ])('of %s gives nothing', (_name, texts) => {
    expect(many(texts, 5)).toEqual([])
  })

  test('never gives what is no post', () => {
    const random = createRandom(`${seed}:letters`)
    const signs = [
      'a ',
      'bc. ',
      '。',
      '“',
      '”',
      '{topic} ',
      '{author} ',
      '#x ',
      '👩‍👩‍👧 ',
      'ß',
      '한',
      '؟ ',
      '\n',
      ', but ',
      '; ',
    ]
    for (let round = 0; round < 30; round++) {
      const text = () => Array.from({ length: 3 + random.below(40) }, () => random.pick(signs)).join('')
      for (const said of many(Array.from({ length: 12 }, text), 5)) {
        expect([said, Content.safeParse(said).success]).toEqual([said, true])
      }
    }
  })
})
