import type { Graph, GraphNode } from '@clawdxcraft/protocol'
import { describe, expect, test } from 'vitest'
import { between, fitted, moved, onPage, zoomed } from '../src/features/graph/camera.ts'
import { communitiesOf } from '../src/features/graph/communities.ts'
import { csvOf, gexfOf } from '../src/features/graph/exports.ts'
import { layoutOf, startPositions } from '../src/features/graph/layout.ts'
import { matching } from '../src/features/graph/matching.ts'
import { ALONE, degreesOf, densityOf, modularityOf, reciprocityOf } from '../src/features/graph/metrics.ts'
import { communitiesIn, rosterOf, sorted } from '../src/features/graph/roster.ts'
import { neighboursOf, pairsOf, tiesOf } from '../src/features/graph/ties.ts'
import { viewStateOf } from '../src/features/graph/view-state.ts'

function node(handle: string, followers = 0, display_name = handle): GraphNode {
  return { id: handle, handle, display_name, followers, status: 'active' }
}

function networkOf(order: number, edges: number[][]): Pick<Graph, 'nodes' | 'edges'> {
  return { nodes: Array.from({ length: order }, (_, place) => node(`bot_${place}`)), edges }
}

const tied = (order: number, edges: number[][]) => tiesOf(networkOf(order, edges))

/** Two triangles with one tie between them: by hand, 7 ties of which 6 are inside. */
const TRIANGLES = tied(6, [
  [0, 1],
  [1, 2],
  [2, 0],
  [3, 4],
  [4, 5],
  [5, 3],
  [2, 3],
])
const TWO = Int32Array.of(0, 0, 0, 1, 1, 1)

describe('figures', () => {
  test('density is the part of all ties that could be', () => {
    expect(densityOf(tied(3, [[0, 1]]))).toBeCloseTo(1 / 6)
    expect(densityOf(TRIANGLES)).toBeCloseTo(7 / 30)
    expect([densityOf(tied(1, [])), densityOf(tied(0, []))]).toEqual([0, 0])
  })

  test('reciprocity is the part of ties that are returned', () => {
    const degrees = degreesOf(
      tied(4, [
        [0, 1],
        [1, 0],
        [0, 2],
        [3, 0],
      ]),
    )
    expect(reciprocityOf(degrees)).toBe(0.5)
    expect([[...degrees.out], [...degrees.in], [...degrees.mutual]]).toEqual([
      [2, 1, 0, 1],
      [2, 1, 1, 0],
      [1, 1, 0, 0],
    ])
    expect(reciprocityOf(degreesOf(tied(2, [])))).toBe(0)
  })

  test('modularity is what communities hold beyond chance', () => {
    // 6/7 inside, and each community has 7 of 14 ends.
    expect(modularityOf(TRIANGLES, TWO)).toBeCloseTo(6 / 7 - 0.5)
    expect(modularityOf(TRIANGLES, new Int32Array(6))).toBeCloseTo(0)
    expect(modularityOf(tied(3, []), new Int32Array(3))).toBe(0)
    // A tie of both directions is twice as strong: 3 of 4 inside; ends 6 and 2 of 8.
    const mutual = tied(4, [
      [0, 1],
      [1, 0],
      [0, 1, 1],
      [2, 3],
    ])
    expect(modularityOf(mutual, Int32Array.of(0, 0, 1, 1))).toBeCloseTo(1 - (36 + 4) / 64)
  })

  test('a tie to oneself counts nowhere', () => {
    const ties = tied(2, [
      [0, 0],
      [0, 1],
    ])
    expect([...ties.list]).toEqual([0, 1, 1])
  })
})

test('pairs have both directions, and what is in them', () => {
  const pairs = pairsOf(
    tied(3, [
      [2, 0, 3],
      [0, 2, 4],
      [1, 2, 1],
    ]),
  )
  expect([...pairs.list]).toEqual([0, 2, 7, 1, 2, 1])
  expect(neighboursOf(TRIANGLES, 2)).toEqual({ out: [0, 3], in: [1] })
})

describe('communities', () => {
  test('are those that keep to each other, the largest first', () => {
    const ties = tied(8, [
      [0, 1],
      [2, 3],
      [3, 4],
      [4, 5],
      [5, 2],
      [2, 4],
      [3, 5],
      [1, 2],
    ])
    expect([...communitiesOf(ties)]).toEqual([1, 1, 0, 0, 0, 0, ALONE, ALONE])
    expect([...communitiesOf(TRIANGLES)]).toEqual([...TWO])
    expect([...communitiesOf(tied(2, []))]).toEqual([ALONE, ALONE])
  })

  test('have the name of their most followed bot', () => {
    const measures = {
      degrees: degreesOf(TRIANGLES),
      communities: TWO,
      communityCount: 2,
      density: 0,
      reciprocity: 0,
      modularity: 0,
    }
    const members = rosterOf(networkOf(6, []).nodes, measures)
    expect(communitiesIn(members)).toEqual([
      { number: 0, handle: 'bot_0', size: 3 },
      { number: 1, handle: 'bot_3', size: 3 },
    ])
  })
})

describe('the layout', () => {
  const laidOut = () => {
    const layout = layoutOf(TRIANGLES, TWO)
    for (let step = 0; step < layout.steps; step++) layout.step()
    return layout.positions()
  }

  test('is the same each time, and everybody has a place', () => {
    const positions = laidOut()
    expect([...positions]).toEqual([...laidOut()])
    expect(positions.every(Number.isFinite)).toBe(true)
    expect([...startPositions(TWO)]).toEqual([...startPositions(TWO)])
  })

  test('has those together that belong together', () => {
    const positions = laidOut()
    const distance = (one: number, other: number) =>
      Math.hypot(
        positions[one * 2]! - positions[other * 2]!,
        positions[one * 2 + 1]! - positions[other * 2 + 1]!,
      )
    expect(distance(0, 1)).toBeLessThan(distance(0, 5))
  })

  test('of one bot or none needs no work', () => {
    expect(layoutOf(tied(1, []), Int32Array.of(ALONE)).steps).toBe(0)
    expect([...layoutOf(tied(0, []), new Int32Array()).positions()]).toEqual([])
  })
})

describe('the list', () => {
  const members = [
    { place: 0, node: node('bob', 5), out: 1, in: 3, community: 0, reciprocity: 1 },
    { place: 1, node: node('ada', 5), out: 0, in: 2, community: ALONE, reciprocity: undefined },
    { place: 2, node: node('eve', 1), out: 4, in: 0, community: 1, reciprocity: 0.25 },
  ]

  test.each([
    ['followers', 'desc', 'bob ada eve'],
    ['followers', 'asc', 'eve bob ada'],
    ['handle', 'asc', 'ada bob eve'],
    ['out', 'desc', 'eve bob ada'],
    ['community', 'asc', 'bob eve ada'],
    ['community', 'desc', 'eve bob ada'],
    ['reciprocity', 'asc', 'eve bob ada'],
    ['reciprocity', 'desc', 'bob eve ada'],
  ] as const)('by %s, %s', (by, order, handles) => {
    expect(
      sorted(members, by, order)
        .map(({ node: { handle } }) => handle)
        .join(' '),
    ).toBe(handles)
  })

  test('as CSV has no formula and no broken row', () => {
    const strange = { ...members[0]!, node: node('bob', 5, '=SUM(A1),"\r\nx') }
    expect(csvOf([strange]).slice(1)).toEqual([`bob,"'=SUM(A1),""\r\nx",active,5,1,3,0,1.0000\r\n`])
    expect(csvOf([members[1]!])[1]).toBe('ada,ada,active,5,0,2,-1,\r\n')
  })

  test('as GEXF escapes what it has to', () => {
    const strange = { ...members[0]!, node: node('bob', 5, '<b>&"\0\uD800') }
    const graph: Graph = {
      kind: 'follows',
      nodes: [strange.node],
      edges: [],
      as_of: '2026-11-01T00:00:00.000Z',
      total_bots: 1,
      total_follows: 0,
    }
    const file = gexfOf(graph, [strange], Float32Array.of(1.5, -2)).join('')
    expect(file).toContain('value="&lt;b&gt;&amp;&quot;\uFFFD"')
    expect(file).toContain('<viz:position x="1.50" y="-2.00"/>')
  })
})

test('bots are offered by the beginning of their handle, then by any part of a name', () => {
  const nodes = [node('crab_ada'), node('ada'), node('bob', 0, 'Ada the second'), node('adam')]
  expect(matching(nodes, ' @AD').map(({ handle }) => handle)).toEqual(['ada', 'adam', 'crab_ada', 'bob'])
  expect(matching(nodes, '  ')).toEqual([])
})

test('an address that says nothing that is known means what is usual', () => {
  const usual = viewStateOf({})
  expect(
    viewStateOf({ kind: 'x', bots: '7', view: 'y', sort: 'z', order: 'w', around: '<', bot: '' }),
  ).toEqual(usual)
  expect(viewStateOf({ sort: 'handle' }).order).toBe('asc')
  expect(viewStateOf({ bots: '5000', view: 'list', bot: 'ada' })).toMatchObject({
    bots: '5000',
    view: 'list',
    bot: 'ada',
  })
})

describe('the camera', () => {
  const size = { width: 400, height: 300 }
  const positions = Float32Array.of(0, 0, 100, 50)
  const whole = fitted(positions, size)

  test('sees all of it', () => {
    for (const at of [
      { x: 0, y: 0 },
      { x: 100, y: 50 },
    ]) {
      const { x, y } = onPage(whole, size, at)
      expect(x >= 0 && x <= 400 && y >= 0 && y <= 300).toBe(true)
    }
    expect(onPage(whole, size, { x: 50, y: 25 })).toEqual({ x: 200, y: 150 })
    expect(fitted(new Float32Array(), size)).toEqual({ x: 0, y: 0, scale: 1 })
    expect(Number.isFinite(fitted(Float32Array.of(7, 7), size).scale)).toBe(true)
  })

  test('keeps what somebody points at where it is while it comes closer', () => {
    const at = { x: 333, y: 44 }
    const closer = zoomed(whole, 2, at, { ...size, whole })
    expect(closer.scale).toBe(whole.scale * 2)
    const before = { x: whole.x + (at.x - 200) / whole.scale, y: whole.y + (at.y - 150) / whole.scale }
    const { x, y } = onPage(closer, size, before)
    expect([x, y]).toEqual([expect.closeTo(333), expect.closeTo(44)])
    expect(zoomed(whole, 1e9, at, { ...size, whole }).scale).toBe(whole.scale * 40)
    expect(zoomed(whole, 1e-9, at, { ...size, whole }).scale).toBe(whole.scale / 3)
  })

  test('goes with the hand, and from one place to another', () => {
    const there = moved(whole, { x: 10, y: -20 })
    expect(onPage(there, size, { x: 50, y: 25 })).toEqual({ x: expect.closeTo(210), y: expect.closeTo(130) })
    expect(between(whole, there, 0)).toEqual(whole)
    expect(between(whole, there, 1)).toEqual(there)
  })
})
