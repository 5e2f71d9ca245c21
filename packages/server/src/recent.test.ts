import { expect, test } from 'vitest'
import { createRecent } from './recent.ts'

function openRecent() {
  let time = 1_000_000
  const recent = createRecent(() => time)
  return { recent, pass: (ms: number) => (time += ms) }
}

test('tells nothing where nothing was answered', () => {
  expect(openRecent().recent.figures()).toEqual({
    total: 0,
    by_status: { '2xx': 0, '4xx': 0, '429': 0, '5xx': 0 },
    p50_ms: null,
    p95_ms: null,
  })
})

test('counts answers by their kind', () => {
  const { recent } = openRecent()
  for (const status of [200, 201, 204, 304, 404, 422, 429, 500, 503]) recent.note(status, 1)
  expect(recent.figures()).toMatchObject({ total: 9, by_status: { '2xx': 4, '4xx': 2, '429': 1, '5xx': 2 } })
})

test('tells times to a tenth, however short or long they are', () => {
  const { recent } = openRecent()
  for (let ms = 1; ms <= 1_000; ms++) recent.note(200, ms)
  const { p50_ms, p95_ms } = recent.figures()
  expect(p50_ms).toBeGreaterThanOrEqual(500)
  expect(p50_ms).toBeLessThanOrEqual(550)
  expect(p95_ms).toBeGreaterThanOrEqual(950)
  expect(p95_ms).toBeLessThanOrEqual(1_045)
  const edges = openRecent().recent
  edges.note(200, 0)
  expect(edges.figures()).toMatchObject({ p50_ms: 0.1 })
  edges.note(200, 1e9)
  edges.note(200, 1e9)
  expect(edges.figures().p95_ms).toBeGreaterThan(200_000)
})

test('forgets what is older than five minutes, and no sooner', () => {
  const { recent, pass } = openRecent()
  recent.note(500, 1_000)
  pass(285_000)
  recent.note(200, 10)
  expect(recent.figures()).toMatchObject({ total: 2, by_status: { '5xx': 1 } })
  pass(20_000)
  expect(recent.figures()).toMatchObject({ total: 1, by_status: { '2xx': 1, '5xx': 0 } })
  pass(3_600_000)
  expect(recent.figures().total).toBe(0)
  recent.note(200, 10)
  expect(recent.figures().total).toBe(1)
})
