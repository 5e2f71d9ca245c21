import { expect, test } from 'vitest'
import { BrainFailure } from '../src/brain/brain.ts'
import type { Brain, Thought } from '../src/brain/brain.ts'
import { createReplayBrains, recording } from '../src/brain/replay.ts'
import { CommandFailure, EXIT } from '../src/command.ts'
import { itemOf, postOf, situationOf } from './situations.ts'

const { signal } = new AbortController()
const NOTHING = { choice: { action: 'nothing' }, tokensIn: 0, tokensOut: 0, costUsd: 0 }
const HASH = 'a'.repeat(64)

function thoughtOf(text: string): Thought {
  return {
    choice: { action: 'post', text },
    model: 'm-1',
    promptHash: HASH,
    tokensIn: 10,
    tokensOut: 5,
    costUsd: 0.01,
  }
}

/** A brain that has these thoughts, one after the other, and throws what is an error. */
function brainOf(...thoughts: (Thought | Error)[]): Brain {
  return {
    name: 'stub',
    async think() {
      const next = thoughts.shift()
      if (!next || next instanceof Error) throw next ?? new Error('No more thoughts')
      return next
    },
  }
}

const scenes = ['Good morning', 'Good day', 'Good night'].map((text) => situationOf([itemOf('ada', text)]))

async function record(brain: Brain, handle = 'keeper', situations = scenes): Promise<string[]> {
  const lines: string[] = []
  const recorded = recording(brain, handle, (line) => lines.push(line))
  expect(recorded.name).toBe(brain.name)
  for (const situation of situations) await recorded.think(situation, signal).catch(() => undefined)
  return lines
}

test('what was thought is thought again, in order, at no cost and without a difference', async () => {
  const thoughts = ['one', 'two\nlines', 'drei — 三'].map(thoughtOf)
  const lines = await record(brainOf(...thoughts))
  expect(lines.map((line) => Object.keys(JSON.parse(line)))).toEqual(
    Array(3).fill(['handle', 'turn', 'scene', 'thought']),
  )
  expect(lines.map((line) => JSON.parse(line).turn)).toEqual([1, 2, 3])
  expect(lines.join('')).not.toContain('\n')
  const brain = createReplayBrains([...lines, ''])('keeper')
  for (const [index, { choice, model, promptHash }] of thoughts.entries()) {
    const again = await brain.think(scenes[index] ?? situationOf([]), signal)
    expect(again).toEqual({ choice, model, promptHash, tokensIn: 0, tokensOut: 0, costUsd: 0 })
  }
  expect(await brain.think(situationOf([]), signal)).toMatchObject(NOTHING)
  expect(brain).toMatchObject({ name: 'replay', differences: 0 })
})

test('what a model was given and said is not written down with its choice', async () => {
  const told = { prompt: [{ role: 'system' as const, parts: ['Private'] }], answer: 'Aloud' }
  const [line] = await record(brainOf({ ...thoughtOf('one'), ...told, tokensCached: 3 }))
  expect(JSON.parse(line ?? '').thought).toEqual(thoughtOf('one'))
})

test('each bot has its own thoughts; who was not there has none', async () => {
  const ada = await record(brainOf(thoughtOf('of Ada')), 'ada', scenes.slice(0, 1))
  const bob = await record(
    brainOf(thoughtOf('of Bob'), thoughtOf('of Bob, later')),
    'bob',
    scenes.slice(0, 2),
  )
  const replay = createReplayBrains([bob[0] ?? '', ada[0] ?? '', bob[1] ?? ''])
  const first = async (handle: string) => (await replay(handle).think(situationOf([]), signal)).choice
  expect(await first('ada')).toEqual({ action: 'post', text: 'of Ada' })
  expect(await first('bob')).toEqual({ action: 'post', text: 'of Bob' })
  expect(await first('cleo')).toEqual({ action: 'nothing' })
  expect(await first('__proto__')).toEqual({ action: 'nothing' })
})

test('a scene differs by words, authors and order, not by ids and times', async () => {
  const [a, b] = [itemOf('ada', 'One'), itemOf('bob', 'Two', { thread: [postOf('cleo', 'Zero')] })]
  const lines = await record(
    brainOf(...Array.from({ length: 8 }, () => thoughtOf('x'))),
    'keeper',
    Array(8).fill(situationOf([a, b])),
  )
  const brain = createReplayBrains(lines)('keeper')
  const later = { created_at: '2026-05-05T05:05:05.000Z', like_count: 7 }
  const same = [
    itemOf('ada', 'One', { post: postOf('ada', 'One', later), source: 'global', inboxId: '77' }),
    itemOf('bob', 'Two', { thread: [postOf('cleo', 'Zero', later)] }),
  ]
  const { scene } = situationOf(same)
  const differing = [
    same.toReversed(),
    [itemOf('ada', 'One!'), b],
    [itemOf('eve', 'One'), b],
    [a, itemOf('bob', 'Two')],
    [
      itemOf('ada', 'One', {
        post: postOf('ada', 'One', { repost_of: { ...postOf('dora', 'Said'), repost_of: null } }),
      }),
      b,
    ],
  ]
  await brain.think(situationOf(same), signal)
  await brain.think(situationOf(same, { scene: { ...scene, trends: ['night'] } }), signal)
  expect(brain.differences).toBe(0)
  for (const [index, items] of differing.entries()) {
    await brain.think(situationOf(items), signal)
    expect(brain.differences).toBe(index + 1)
  }
  await brain.think(situationOf(same, { scene: { ...scene, message: 'Wake up' } }), signal)
  expect(brain.differences).toBe(6)
})

test('a failure is written down as wanting nothing, and still thrown; an abort is not written down', async () => {
  const failure = new BrainFailure('away', 'The provider is away', {
    spent: { tokensIn: 3, tokensOut: 0, costUsd: 0.1 },
  })
  const lines: string[] = []
  const brain = recording(brainOf(failure, new Error('aborted'), thoughtOf('well')), 'keeper', (line) =>
    lines.push(line),
  )
  await expect(brain.think(situationOf([]), signal)).rejects.toBe(failure)
  await expect(brain.think(situationOf([]), signal)).rejects.toThrow('aborted')
  await brain.think(situationOf([]), signal)
  expect(lines.map((line) => JSON.parse(line).thought)).toEqual([
    { ...NOTHING, model: null, promptHash: null, tokensIn: 3, costUsd: 0.1 },
    thoughtOf('well'),
  ])
})

test('a recording that cannot be written ends, which is told once; the thinking goes on', async () => {
  const lines: string[] = []
  const told: string[] = []
  const full = Object.assign(new Error('no space left at /home/somebody'), { code: 'ENOSPC' })
  const write = (line: string) => {
    if (lines.length === 1) throw full
    lines.push(line)
  }
  const failure = new BrainFailure('away', 'The provider is away')
  const thoughts = () => [thoughtOf('one'), thoughtOf('two'), failure, thoughtOf('four')]
  const brain = recording(brainOf(...thoughts()), 'keeper', write, (line) => told.push(line))
  expect(await brain.think(situationOf([]), signal)).toEqual(thoughtOf('one'))
  expect(await brain.think(situationOf([]), signal)).toEqual(thoughtOf('two'))
  await expect(brain.think(situationOf([]), signal)).rejects.toBe(failure)
  lines.length = 0
  expect(await brain.think(situationOf([]), signal)).toEqual(thoughtOf('four'))
  // A later thought would be replayed in the place of the one that is missing.
  expect(lines).toEqual([])
  expect(told).toEqual(['keeper: its thoughts are written down no more (ENOSPC)'])
  const untold = recording(brainOf(thoughtOf('one')), 'keeper', () => {
    throw full
  })
  expect(await untold.think(situationOf([]), signal)).toEqual(thoughtOf('one'))
})

test('a recording holds no secret that a model said, and no endless line', async () => {
  const key = 'clx_Vq3kT9-hW2mZ8nR4tY7uB1cX6vE0aS5dF_gH3jK9lP2o'
  const lines = await record(
    brainOf(thoughtOf(`My key: ${key}`), thoughtOf([...key].join('\n')), thoughtOf('x'.repeat(100_000))),
  )
  expect(lines.map((line) => JSON.parse(line).thought.choice)).toEqual(Array(3).fill({ action: 'nothing' }))
  expect(lines.join('')).not.toContain('Vq3')
})

test('a replay that is stopped thinks no more', async () => {
  const stopped = AbortSignal.abort(new Error('stop'))
  await expect(createReplayBrains([])('keeper').think(situationOf([]), stopped)).rejects.toThrow('stop')
})

const good = {
  handle: 'keeper',
  turn: 1,
  scene: HASH,
  thought: { choice: null, model: null, promptHash: null },
}

test.each([
  ['no JSON', '{', /line 2: is no JSON object/],
  ['a list', '[]', /line 2: is no JSON object/],
  ['null', 'null', /line 2: is no JSON object/],
  ['deep', '['.repeat(30_000), /line 2: is no JSON object/],
  ['too long', JSON.stringify({ ...good, x: 'x'.repeat(40_000) }), /line 2: longer than 32768 characters/],
  ['no handle', JSON.stringify({ ...good, handle: '../etc' }), /line 2: `handle`/],
  ['a turn before the first', JSON.stringify({ ...good, turn: 0 }), /line 2: `turn`/],
  ['a turn as text', JSON.stringify({ ...good, turn: '1' }), /line 2: `turn`/],
  ['no scene', JSON.stringify({ ...good, scene: 'x' }), /line 2: `scene`/],
  ['no thought', JSON.stringify({ ...good, thought: 'x' }), /line 2: `thought`/],
  ['no choice', JSON.stringify({ ...good, thought: { model: null, promptHash: null } }), /line 2: `thought`/],
  [
    'a model that is a list',
    JSON.stringify({ ...good, thought: { ...good.thought, model: [] } }),
    /line 2: `thought`/,
  ],
  [
    'a hash that is none',
    JSON.stringify({ ...good, thought: { ...good.thought, promptHash: 'x' } }),
    /line 2: `thought`/,
  ],
])('a broken line is named: %s', (_name, line, message) => {
  const make = () => createReplayBrains([JSON.stringify(good), line])
  expect(make).toThrow(CommandFailure)
  expect(make).toThrow(message)
  expect(make).toThrow(expect.objectContaining({ code: EXIT.validation }))
})

test('of many broken lines the first are named, and an endless file is not read to its end', () => {
  let read = 0
  const endless = function* (line: string) {
    for (;;) {
      read++
      yield line
    }
  }
  expect(() => createReplayBrains(endless('{'))).toThrow(/line 1: .*\n.*line 5: [^\n]*$/s)
  expect(read).toBeLessThan(10)
  expect(() => createReplayBrains(endless(''))).toThrow(/more than 200000 lines/)
  expect(read).toBeLessThan(200_100)
})
