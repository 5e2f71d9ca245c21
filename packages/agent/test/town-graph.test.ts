import { expect, test } from 'vitest'
import { gini } from '../src/town/gini.ts'
import { townGraph } from '../src/town/graph.ts'
import { seed as testSeed } from './seed.ts'

const COMMUNITIES = 12

function bots(size: number) {
  return Array.from({ length: size }, (_, index) => ({
    handle: `bot${index}`,
    community: `kind${index % COMMUNITIES}`,
  }))
}

function measured(graph: ReadonlyMap<string, readonly string[]>) {
  const followers = new Map([...graph.keys()].map((handle) => [handle, 0]))
  const follows = new Map([...graph].map(([handle, others]) => [handle, new Set(others)]))
  const edges = [...graph].flatMap(([one, others]) => others.map((other) => [one, other] as const))
  for (const [, other] of edges) followers.set(other, (followers.get(other) ?? 0) + 1)
  const sorted = [...followers.values()].toSorted((one, other) => other - one)
  const top = sorted.slice(0, Math.ceil(sorted.length / 100)).reduce((sum, count) => sum + count, 0)
  const mutual = edges.filter(([one, other]) => follows.get(other)?.has(one)).length
  const kindOf = (handle: string) => Number(handle.slice(3)) % COMMUNITIES
  return {
    handles: followers.size,
    mean: edges.length / graph.size,
    fewestFollowers: sorted.at(-1),
    mostFollowers: sorted[0] ?? 0,
    followed: [...graph.values()].map(({ length }) => length),
    unequal: gini(sorted),
    topShare: top / edges.length,
    reciprocity: mutual / edges.length,
    atHome: edges.filter(([one, other]) => kindOf(one) === kindOf(other)).length / edges.length,
    faults: [...graph].filter(
      ([one, others]) => others.includes(one) || new Set(others).size < others.length,
    ),
  }
}

const bounds = [
  { size: 500, gini: 0.4, top: 0.05 },
  { size: 10_000, gini: 0.55, top: 0.18 },
]

test.each(bounds)('in a town of $size few have most of the followers, and nobody is alone', (least) => {
  const { size } = least
  const town = measured(townGraph({ bots: bots(size), seed: `${testSeed}` }))
  expect(town.unequal).toBeGreaterThan(least.gini)
  expect(town.topShare).toBeGreaterThan(least.top)
  expect(town.mostFollowers).toBeGreaterThan(4 * town.mean)
  // One whom all follow would be in every feed.
  expect(town.mostFollowers).toBeLessThan(size / 2)
  expect(town.mean).toBeGreaterThan(9)
  expect(town.mean).toBeLessThan(15.5)
  expect(town.reciprocity).toBeGreaterThan(0.25)
  expect(town.reciprocity).toBeLessThan(0.4)
  expect(town.atHome).toBeGreaterThan(0.36)
  expect(town.atHome).toBeLessThan(0.75)
  expect(town.handles).toBe(size)
  expect(town.fewestFollowers).toBeGreaterThanOrEqual(1)
  expect(Math.min(...town.followed)).toBeGreaterThanOrEqual(3)
  expect(Math.max(...town.followed)).toBeLessThanOrEqual(150)
  expect(town.faults).toEqual([])
})

test('whoever follows along reaches everybody', () => {
  const graph = townGraph({ bots: bots(500), seed: `${testSeed}` })
  const reached = new Set(['bot0'])
  for (const handle of reached) for (const other of graph.get(handle) ?? []) reached.add(other)
  expect(reached.size).toBe(500)
})

test('the same seed gives the same follows, another seed others', () => {
  const graph = (seed: string) => [...townGraph({ bots: bots(200), seed })]
  expect(graph('7')).toEqual(graph('7'))
  expect(graph('7')).not.toEqual(graph('8'))
})

test('in tiny towns everybody follows everybody', () => {
  expect(townGraph({ bots: [], seed: '7' })).toEqual(new Map())
  expect([...townGraph({ bots: bots(1), seed: '7' })]).toEqual([['bot0', []]])
  for (const size of [2, 3, 4]) {
    const graph = townGraph({ bots: bots(size), seed: `${testSeed}` })
    for (const [handle, others] of graph) {
      const all = bots(size).map((bot) => bot.handle)
      expect([...others, handle].toSorted()).toEqual(all)
    }
  }
})

test('the mean is what is asked for, between three and what one may follow', () => {
  const meanOf = (mean: number) => measured(townGraph({ bots: bots(500), seed: '7', mean })).mean
  expect(meanOf(1)).toBeLessThan(4)
  expect(meanOf(24)).toBeGreaterThan(18)
  expect(meanOf(24)).toBeLessThan(28)
  expect(meanOf(5000)).toBeLessThanOrEqual(150)
})
