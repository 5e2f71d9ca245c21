import { setImmediate as nextTick } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { BrainFailure, NOTHING_SPENT } from '../src/brain/brain.ts'
import type { Brain, FailureKind } from '../src/brain/brain.ts'
import { createGuard } from '../src/breaker.ts'
import { createGate } from '../src/gate.ts'
import { situationOf } from './situations.ts'

const NEVER = new AbortController().signal
const THOUGHT = { ...NOTHING_SPENT, choice: { action: 'nothing' }, model: 'x', promptHash: null }
const situation = situationOf([])

type Doing = 'answers' | 'hangs' | { kind: FailureKind; restMs?: number }

/** Bots of some circuits behind one guard, at a time that stands still. */
function stage(options: Parameters<typeof createGate>[0] = {}) {
  const clock = { now: 0 }
  const guarded = createGuard({ now: () => clock.now, gate: createGate(options) })
  const doing = new Map<string, Doing>()
  const calls: string[] = []

  function botOf(circuit: string): Brain {
    const brain: Brain = {
      name: 'stub',
      async think(_situation, signal) {
        calls.push(circuit)
        const does = doing.get(circuit) ?? 'answers'
        if (does === 'answers') return THOUGHT
        if (does !== 'hangs') throw new BrainFailure(does.kind, does.kind, does)
        return await new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true })
        })
      },
    }
    return guarded(brain, circuit)
  }

  async function tell(circuit: string, signal = NEVER): Promise<string> {
    return await botOf(circuit)
      .think(situation, signal)
      .then(
        () => 'ok',
        (error: unknown) =>
          error instanceof BrainFailure ? `${error.kind} ${error.restMs ?? ''}`.trim() : String(error),
      )
  }

  async function tellTimes(count: number, circuit = 'one'): Promise<string[]> {
    const told = []
    for (let time = 0; time < count; time++) told.push(await tell(circuit))
    return told
  }

  return { clock, doing, calls, tell, tellTimes }
}

describe('a breaker', () => {
  test.each(['limited', 'away', 'refused'] as const)('opens after five times %s in a row', async (kind) => {
    const { doing, calls, tell, tellTimes } = stage()
    doing.set('one', { kind })
    expect(await tellTimes(4)).toEqual(Array(4).fill(kind))
    doing.set('one', 'answers')
    expect(await tell('one')).toBe('ok')
    doing.set('one', { kind })
    expect(await tellTimes(7)).toEqual([
      ...Array<string>(5).fill(kind),
      ...Array<string>(2).fill('unaffordable 30000'),
    ])
    expect(calls).toHaveLength(10)
    expect(await tell('two')).toBe('ok')
  })

  test('does not mind rubbish or what it was told to leave', async () => {
    const { doing, tell, tellTimes } = stage()
    doing.set('one', { kind: 'garbage' })
    expect(await tellTimes(9)).toEqual(Array(9).fill('garbage'))
    doing.set('one', { kind: 'away' })
    await tellTimes(4)
    doing.set('one', 'hangs')
    const stop = new AbortController()
    const told = tell('one', stop.signal)
    await nextTick()
    stop.abort(new Error('enough'))
    expect(await told).toBe('Error: enough')
    doing.set('one', { kind: 'away' })
    expect(await tellTimes(2)).toEqual(['away', 'unaffordable 30000'])
  })

  test('lets one find out, and rests twice as long each time, up to a quarter of an hour', async () => {
    const { clock, doing, tell, tellTimes } = stage()
    doing.set('one', { kind: 'away' })
    await tellTimes(5)
    const rests = []
    for (let round = 0; round < 7; round++) {
      const rest = Number((await tell('one')).split(' ')[1])
      rests.push(rest / 1_000)
      clock.now += rest - 1
      expect(await tell('one')).toBe('unaffordable 1')
      clock.now += 1
      expect(await tell('one')).toBe('away')
    }
    expect(rests).toEqual([30, 60, 120, 240, 480, 900, 900])
    clock.now += 900_000
    doing.set('one', 'hangs')
    const stop = new AbortController()
    const probe = tell('one', stop.signal)
    await nextTick()
    expect(await tellTimes(2)).toEqual(['unaffordable 10000', 'unaffordable 10000'])
    stop.abort(new Error('enough'))
    await probe
    doing.set('one', 'answers')
    expect(await tellTimes(2)).toEqual(['ok', 'ok'])
    doing.set('one', { kind: 'away' })
    expect(await tellTimes(6)).toEqual([...Array<string>(5).fill('away'), 'unaffordable 30000'])
  })

  test('rests as long as the provider says, an hour at most', async () => {
    for (const [asked, rest] of [
      [5_000, 30_000],
      [120_000, 120_000],
      [9e9, 3_600_000],
    ]) {
      const { doing, tell, tellTimes } = stage()
      doing.set('one', { kind: 'limited', restMs: asked })
      await tellTimes(5)
      expect(await tell('one')).toBe(`unaffordable ${rest}`)
    }
  })

  test('is asked again by who waited at the gate while it opened', async () => {
    const { doing, calls, tell } = stage({ places: 1 })
    doing.set('one', { kind: 'away' })
    const told = await Promise.all(Array.from({ length: 8 }, () => tell('one')))
    expect(told).toEqual([...Array<string>(5).fill('away'), ...Array<string>(3).fill('unaffordable 30000')])
    expect(calls).toHaveLength(5)
  })
})

describe('the gate', () => {
  test('lets eight through at once', async () => {
    const { doing, calls, tell } = stage()
    doing.set('one', 'hangs')
    const stops = Array.from({ length: 10 }, () => new AbortController())
    const told = stops.map(({ signal }) => tell('one', signal))
    await nextTick()
    expect(calls).toHaveLength(8)
    stops[0]?.abort(new Error('enough'))
    await told[0]
    await nextTick()
    expect(calls).toHaveLength(9)
    for (const stop of stops) stop.abort(new Error('enough'))
    expect(await Promise.all(told)).toEqual(Array(10).fill('Error: enough'))
    expect(await tell('two')).toBe('ok')
  })

  test('lets groups take turns, whoever came first within each', async () => {
    const gate = createGate({ places: 1 })
    const order: string[] = []
    const leave = await gate.enter('held', NEVER)
    const passing = ['a1', 'a2', 'a3', 'b1', 'b2', 'c1'].map(async (name) => {
      const pass = await gate.enter(name.slice(0, 1), NEVER)
      order.push(name)
      pass()
      // Whoever leaves twice must not open a place that is not there.
      pass()
    })
    leave()
    await Promise.all(passing)
    expect(order).toEqual(['a1', 'b1', 'c1', 'a2', 'b2', 'a3'])
  })

  test('can be left by who waits', async () => {
    const gate = createGate({ places: 1 })
    const leave = await gate.enter('a', NEVER)
    const stop = new AbortController()
    const given = gate.enter('a', stop.signal)
    const next = gate.enter('a', NEVER)
    stop.abort(new Error('enough'))
    await expect(given).rejects.toThrow('enough')
    await expect(gate.enter('a', stop.signal)).rejects.toThrow('enough')
    leave()
    ;(await next)()
    ;(await gate.enter('b', NEVER))()
  })

  test('sends away whom it cannot serve', async () => {
    const full = createGate({ places: 1, waiting: 1 })
    await full.enter('a', NEVER)
    const stop = new AbortController()
    const waits = full.enter('a', stop.signal)
    await expect(full.enter('b', NEVER)).rejects.toMatchObject({ kind: 'unaffordable', restMs: 15_000 })
    stop.abort(new Error('enough'))
    await expect(waits).rejects.toThrow('enough')
    const slow = createGate({ places: 1, waitMs: 5 })
    await slow.enter('a', NEVER)
    await expect(slow.enter('a', NEVER)).rejects.toMatchObject({ kind: 'unaffordable', restMs: 15_000 })
  })
})
