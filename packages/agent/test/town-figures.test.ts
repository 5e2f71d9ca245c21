import { describe, expect, test } from 'vitest'
import { resemblance } from '../src/likeness.ts'
import { createRandom } from '../src/random.ts'
import type { Random } from '../src/random.ts'
import { createEchoes } from '../src/town/echoes.ts'
import { createFigures } from '../src/town/figures.ts'
import type { Note } from '../src/town/figures.ts'
import { figuresTable } from '../src/town/figures-table.ts'
import { gini } from '../src/town/gini.ts'
import { createTies } from '../src/town/ties.ts'
import { seed as testSeed } from './seed.ts'

function stage(bots?: number) {
  let ms = 1_000_000
  const figures = createFigures({ now: () => ms, ...(bots !== undefined && { bots }) })
  return {
    read: figures.read,
    pass: (milliseconds: number) => (ms += milliseconds),
    note: (note: Partial<Note>) =>
      figures.note({ handle: 'ada', kind: 'like', tokens: 0, costUsd: 0, ...note }),
  }
}

function wordsOf(random: Random): string[] {
  const letter = () => String.fromCharCode(97 + random.below(26))
  return Array.from({ length: 500 }, () => Array.from({ length: 3 + random.below(6) }, letter).join(''))
}

describe('figures of a town', () => {
  test('count what was done, of each kind, and how fast it is now', () => {
    const town = stage()
    for (let second = 0; second < 60; second++) {
      for (let each = 0; each < 20; each++) town.note({ kind: each < 5 ? 'follow' : 'like' })
      town.note({ kind: 'nothing' })
      town.pass(1000)
    }
    const { turns, actions, byKind, elapsedMs } = town.read()
    expect({ turns, actions, elapsedMs }).toEqual({ turns: 1260, actions: 1200, elapsedMs: 60_000 })
    expect(byKind).toMatchObject({ follow: 300, like: 900, nothing: 60, post: 0 })
    expect(town.read().actionsPerSecond).toBeCloseTo(18, 5)
    town.pass(5000)
    expect(town.read().actionsPerSecond).toBeCloseTo(8, 5)
    town.pass(5000)
    expect(town.read().actionsPerSecond).toBe(0)
  })

  test('are not misled by the first moments', () => {
    const town = stage()
    town.note({})
    town.pass(10)
    expect(town.read().actionsPerSecond).toBe(1)
    town.pass(1990)
    expect(town.read().actionsPerSecond).toBe(0.5)
  })

  test('know how deep replies are', () => {
    const town = stage()
    for (const depth of [1, 1, 2, 4]) town.note({ kind: 'reply', text: `t${depth}`, toward: 'bob', depth })
    town.note({ kind: 'post', text: 'not a reply', depth: 0 })
    town.note({ kind: 'quote', text: 'nor is this', toward: 'bob', depth: 0 })
    expect(town.read().depth).toEqual({ mean: 2, max: 4, deepShare: 0.5 })
  })

  test('know who answers whom', () => {
    const town = stage()
    const says = (handle: string, toward: string, kind: Note['kind'] = 'reply') =>
      town.note({ handle, toward, kind, ...(kind !== 'like' && { text: `${handle} to ${toward}` }) })
    says('ada', 'bob')
    says('ada', 'bob')
    says('cyd', 'ada', 'quote')
    says('bob', 'cyd', 'like')
    says('ada', 'ada')
    expect(town.read()).toMatchObject({ pairs: 2, reciprocity: 0 })
    says('bob', 'ada', 'quote')
    says('ada', 'bob')
    expect(town.read()).toMatchObject({ pairs: 2, reciprocity: 0.5 })
  })

  test('know who speaks and how evenly, also of those that never do', () => {
    const town = stage(4)
    expect(town.read()).toMatchObject({ bots: 4, speakers: 0, gini: 0 })
    town.note({ handle: 'ada', kind: 'post', text: 'one' })
    town.note({ handle: 'bob', kind: 'like', toward: 'ada' })
    expect(town.read()).toMatchObject({ bots: 4, speakers: 1, gini: 0.75 })
    for (const handle of ['bob', 'cyd', 'dee']) town.note({ handle, kind: 'post', text: 'one each' })
    expect(town.read()).toMatchObject({ bots: 4, speakers: 4, gini: 0 })
  })

  test('add up what was spent, refused and went wrong', () => {
    const town = stage()
    town.note({ kind: 'nothing', tokens: 100, costUsd: 0.25, refusedBy: ['copy', 'crowd'] })
    town.note({ kind: 'nothing', tokens: 20, costUsd: 0.5, refusedBy: ['crowd'] })
    town.note({ kind: 'nothing', fault: 'limited: 429 after 3 s' })
    town.note({ kind: 'nothing', fault: 'limited: 429 after 4 s' })
    town.note({ kind: 'nothing', fault: 'The answer is no object' })
    const { tokens, costUsd, refusals, faults } = town.read()
    expect({ tokens, costUsd }).toEqual({ tokens: 120, costUsd: 0.75 })
    expect(Object.entries(refusals)).toEqual([
      ['crowd', 2],
      ['copy', 1],
    ])
    expect(faults).toEqual({ limited: 2, 'The answer is no object': 1 })
    for (let each = 0; each < 500; each++) town.note({ kind: 'nothing', fault: `fault ${each}` })
    expect(Object.keys(town.read().faults).length).toBeLessThanOrEqual(31)
    expect(Object.values(town.read().faults).reduce((sum, count) => sum + count, 0)).toBe(503)
  })

  test('are lines with a name and what it is', () => {
    const town = stage(500)
    for (let each = 0; each < 1200; each++) town.note({ kind: 'like' })
    town.note({
      kind: 'reply',
      text: 'Yes, and then?',
      toward: 'bob',
      depth: 3,
      tokens: 1234,
      costUsd: 0.0123,
    })
    town.note({ kind: 'nothing', fault: 'a\u001B[31m fault\nof two lines', refusedBy: ['copy'] })
    town.pass(61_000)
    expect(figuresTable(town.read())).toEqual([
      'actions      1,201 in 1m 1s, 19.7 a second',
      '  reply          1',
      '  like       1,200',
      '  nothing        1',
      'reply depth  3.00 on average, 3 at most, 100 % answer a reply',
      'reciprocity  0 % of 1 pairs spoke to each other both ways',
      'duplicates   0 % of the last 1 texts',
      'speakers     1 of 500 bots, Gini of their posts 1.00',
      'spent        1,234 tokens, $0.0123',
      'refused      copy 1',
      'faults       a [31m fault of two lines 1',
    ])
    expect(figuresTable(stage().read())).toContain('faults       none')
  })
})

describe('what was said before', () => {
  test('is found as well as by comparing with all', () => {
    const random = createRandom(`${testSeed}`)
    const words = wordsOf(random)
    const said: string[] = []
    const echoes = createEchoes()
    let alike = 0
    for (let each = 0; each < 800; each++) {
      const old = random.chance(0.4) ? random.pick(said)?.split(' ') : undefined
      const fresh = Array.from({ length: 12 + random.below(8) }, () => random.pick(words) ?? '')
      if (old) old[random.below(old.length)] = random.pick(words) ?? ''
      const text = (old ?? fresh).join(' ')
      if (said.some((other) => resemblance(text, other) > 0.8)) alike++
      said.push(text)
      echoes.add(text)
    }
    expect(alike).toBeGreaterThan(200)
    expect(echoes.share() * 800).toBeGreaterThan(alike * 0.95)
    expect(echoes.share() * 800).toBeLessThanOrEqual(alike)
  })

  test('is known whatever its case, signs and mentions, and forgotten after two thousand texts', () => {
    const random = createRandom(`${testSeed}`)
    const words = wordsOf(random)
    const echoes = createEchoes()
    const others = (count: number) => {
      for (let each = 0; each < count; each++) echoes.add(random.shuffle(words).slice(0, 15).join(' '))
    }
    const echoed = () => Math.round(echoes.share() * echoes.count())
    echoes.add('The kettle is on, @ada: who wants tea?')
    echoes.add('the KETTLE is on — who wants tea?!')
    expect(echoed()).toBe(1)
    others(1998)
    expect(echoes.count()).toBe(2000)
    expect(echoed()).toBe(1)
    echoes.add('The kettle is on, @bob. Who wants tea?')
    expect(echoed()).toBe(2)
    others(1)
    expect(echoed()).toBe(1)
    others(2000)
    expect({ count: echoes.count(), echoed: echoed() }).toEqual({ count: 2000, echoed: 0 })
    echoes.add('The kettle is on: who wants tea?')
    expect(echoed()).toBe(0)
  })

  test('is nothing where nothing was said', () => {
    const echoes = createEchoes()
    expect(echoes.share()).toBe(0)
    echoes.add('')
    echoes.add(' ')
    expect(echoes.share()).toBe(0)
  })
})

test('of too many pairs a fair sample is kept', () => {
  const random = createRandom(`${testSeed}`)
  const ties = createTies(2000)
  for (let one = 0; one < 20_001; one++) {
    ties.add(`bot${one}`, `other${one}`)
    if (random.chance(0.3)) ties.add(`other${one}`, `bot${one}`)
  }
  expect(ties.mutualShare()).toBeGreaterThan(0.24)
  expect(ties.mutualShare()).toBeLessThan(0.36)
  expect(ties.pairs()).toBeGreaterThan(17_000)
  expect(ties.pairs()).toBeLessThan(23_000)
  // One of each sixteen was kept.
  expect(ties.pairs() % 16).toBe(0)
})

test('Gini is 0 where all have the same and nears 1 where one has all', () => {
  expect(gini([])).toBe(0)
  expect(gini([0, 0])).toBe(0)
  expect(gini([5, 5, 5, 5])).toBeCloseTo(0, 10)
  expect(gini([3, 0, 1])).toBeCloseTo(0.5, 10)
  expect(gini([...Array<number>(999).fill(0), 7])).toBeCloseTo(0.999, 10)
})
