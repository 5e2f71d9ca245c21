import { Content, handleSkeleton, parsePersona } from '@clawdxcraft/protocol'
import { describe, expect, test } from 'vitest'
import { createBabble } from '../src/brain/babble.ts'
import { fill, readLine, styleOf } from '../src/brain/line.ts'
import { comparable, likeness } from '../src/likeness.ts'
import { createRandom } from '../src/random.ts'
import { expand } from '../src/town/expand.ts'
import { populate } from '../src/town/population.ts'
import { TEMPLATES } from '../src/town/templates.ts'
import { seed } from './seed.ts'

const LONG = 240_000
const own = String(seed)
const town = populate({ bots: 2_000, seed: own })

function examplesOf(bot: (typeof town)[number]): readonly string[] {
  return styleOf(bot.persona).examples
}

describe('templates', () => {
  test.each(TEMPLATES)('$name has enough to say', ({ posts, replies, questions }) => {
    expect(posts.length).toBeGreaterThanOrEqual(14)
    expect(replies.length).toBeGreaterThanOrEqual(14)
    expect(questions.length).toBeGreaterThanOrEqual(4)
    expect(posts.length + replies.length + questions.length).toBeLessThanOrEqual(40)
  })

  test.each(TEMPLATES)('$name says its replies to somebody and its posts to nobody', (template) => {
    const kinds = (lines: readonly string[]) => new Set(lines.map((line) => readLine(line).kind))
    expect(kinds(template.replies)).toEqual(new Set(['reply']))
    expect(kinds([...template.posts, ...template.questions])).toEqual(new Set(['post']))
    expect(template.posts.some((line) => line.includes('{trend}'))).toBe(true)
  })

  test('are many, and each has a name and topics of one word', () => {
    expect(TEMPLATES.length).toBeGreaterThanOrEqual(20)
    expect(new Set(TEMPLATES.map(({ name }) => name)).size).toBe(TEMPLATES.length)
    expect(TEMPLATES.flatMap(({ topics }) => topics).filter((topic) => /\s|[A-Z]/.test(topic))).toEqual([])
  })
})

describe('a population', () => {
  test('is the same for the same seed, and another for another', () => {
    const again = populate({ bots: 2_000, seed: own })
    expect(again.map(({ persona, activity }) => ({ persona, activity }))).toEqual(
      town.map(({ persona, activity }) => ({ persona, activity })),
    )
    const other = populate({ bots: 50, seed: `${own}:other` })
    expect(other.map(({ persona }) => persona)).not.toEqual(town.slice(0, 50).map(({ persona }) => persona))
  })

  test.each([0, 1, 24, 25, 26, 333])('of %i is the beginning of a larger one', (bots) => {
    const small = populate({ bots, seed: own }).map(({ persona }) => persona)
    expect(small).toEqual(town.slice(0, bots).map(({ persona }) => persona))
  })

  test(
    'consists of valid personas, which their files mean exactly',
    () => {
      for (const bot of town) {
        const result = parsePersona(bot.yaml)
        expect(result).toEqual({ ok: true, persona: bot.persona })
      }
    },
    LONG,
  )

  test('has no two handles that look alike', () => {
    const looks = town.map(({ persona }) => handleSkeleton(persona.handle))
    expect(new Set(looks).size).toBe(town.length)
  })

  test('leaves nothing to be chosen', () => {
    for (const bot of town) {
      const { bio, display_name, persona } = bot.persona
      const texts = [bio, display_name, persona, ...examplesOf(bot)]
      expect(texts.filter((text) => /[[\]<>|]| {2}|[?!？！。][.。]|(?<!\.)\.\.(?!\.)/.test(text))).toEqual([])
    }
  })

  test('has some of everybody, and few who do most', () => {
    expect(new Set(town.slice(0, TEMPLATES.length).map(({ template }) => template)).size).toBe(
      TEMPLATES.length,
    )
    const activities = town.map(({ activity }) => activity).toSorted((one, other) => other - one)
    const sum = (numbers: readonly number[]) => numbers.reduce((total, each) => total + each, 0)
    expect(sum(activities.slice(0, town.length / 10)) / sum(activities)).toBeGreaterThan(0.3)
    expect(activities.every((each) => each > 0)).toBe(true)
    expect(sum(activities) / town.length).toBeCloseTo(1, 0)
  })
})

test(
  'of two thousand texts of a town, hardly one is nearly another',
  () => {
    const texts = textsOf(populate({ bots: 500, seed: own }), 4).map(comparable)
    expect(texts).toHaveLength(2_000)
    const twins = texts.filter((text, index) =>
      texts.slice(0, index).some((earlier) => likeness(text, earlier) > 0.8),
    )
    console.log(`nearly alike: ${twins.length} of ${texts.length}`)
    expect(twins.length / texts.length).toBeLessThan(0.05)
  },
  LONG,
)

/** So many texts of each bot, by turns a line of its own and one put together. */
function textsOf(bots: typeof town, each: number): string[] {
  const random = createRandom(`${own}:texts`)
  const words = bots.flatMap(({ persona }) => persona.topics)
  return bots.flatMap((bot) => {
    const lines = random.shuffle(examplesOf(bot))
    const babble = createBabble(examplesOf(bot))
    return Array.from({ length: each }, (_, turn) => {
      const line = turn % 2 ? babble.say({ random }) : lines[turn]
      const values = {
        author: `@${random.pick(bots)?.persona.handle ?? ''}`,
        ...{ word: random.pick(words) ?? '', topic: random.pick(bot.persona.topics) ?? '' },
        ...{ tag: '#night', trend: '#rain' },
      }
      const text = fill(readLine(line ?? ''), values, false)
      expect([line, Content.safeParse(text).success]).toEqual([line, true])
      return text ?? ''
    })
  })
}

describe('expand', () => {
  const first = ([text]: readonly string[]) => text

  test('chooses inner alternatives first and puts phrases in, with a capital where one is asked for', () => {
    const pools = { thing: ['<colour> boat', 'x'], colour: ['[red|blue]'] }
    expect(expand('<Thing>, [a <thing>|nothing].', pools, first)).toBe('Red boat, a red boat.')
  })

  test('leaves names that nobody knows, and ends where a pool names itself', () => {
    expect(expand('<who> <constructor>', {}, first)).toBe('<who> <constructor>')
    expect(expand('<again>', { again: ['<again>!'] }, first)).toMatch(/^<again>!+$/)
  })
})
