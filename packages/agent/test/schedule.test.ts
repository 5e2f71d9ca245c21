import { Persona } from '@clawdxcraft/protocol'
import { expect, test } from 'vitest'
import { paceAt } from '../src/pace.ts'
import { createRandom } from '../src/random.ts'
import { nextTurn, wakefulness } from '../src/schedule.ts'

function personaWith(schedule: object, actions = {}): Persona {
  return Persona.parse({ handle: 'sleeper', display_name: 'S', persona: 'Sleeps.', schedule, actions })
}

const MONDAY_NOON = Date.parse('2026-03-02T12:00:00Z')
const HOUR = 3_600_000

function awake(schedule: object, at: number): number {
  return wakefulness(personaWith(schedule).schedule, at)
}

test('hours are those of its time zone, and may cross midnight', () => {
  const tokyo = { timezone: 'Asia/Tokyo', active_hours: ['21:30-07:00'] }
  expect(awake(tokyo, MONDAY_NOON)).toBe(0)
  expect(awake(tokyo, MONDAY_NOON + 0.5 * HOUR)).toBe(1)
  expect(awake(tokyo, MONDAY_NOON + 9.9 * HOUR)).toBe(1)
  expect(awake(tokyo, MONDAY_NOON + 10 * HOUR)).toBe(0)
})

test('quiet hours win, and weights of hours and days are relative to the greatest', () => {
  expect(awake({ active_hours: ['09:00-18:00'], quiet_hours: ['11:00-13:00'] }, MONDAY_NOON)).toBe(0)
  const hourly = Array.from({ length: 24 }, (_, hour) => (hour === 12 ? 2 : hour === 13 ? 4 : 0))
  expect([
    awake({ hourly }, MONDAY_NOON),
    awake({ hourly }, MONDAY_NOON + HOUR),
    awake({ hourly }, MONDAY_NOON - HOUR),
  ]).toEqual([0.5, 1, 0])
  expect(awake({ weekly: { mon: 0 } }, MONDAY_NOON)).toBe(0)
  expect(awake({ weekly: { sat: 2 } }, MONDAY_NOON)).toBe(0.5)
  expect(wakefulness(undefined, MONDAY_NOON)).toBe(1)
})

test('turns fall into waking hours and come to about the posts a day that are asked for', () => {
  const schedule = {
    timezone: 'Europe/Berlin',
    active_hours: ['06:00-18:00'],
    posts_per_day: 24,
    jitter: 0.5,
  }
  const persona = personaWith(schedule, {
    post: 1,
    reply: 1,
    like: 2,
    quote: 0,
    repost: 0,
    follow: 0,
    nothing: 0,
  })
  const random = createRandom('day')
  const turns: number[] = []
  for (let at = MONDAY_NOON; at < MONDAY_NOON + 10 * 24 * HOUR;) {
    at = nextTurn(persona, at, random)
    turns.push(at)
  }
  expect(turns.filter((at) => wakefulness(persona.schedule, at) === 0)).toEqual([])
  // Half of its turns are posts.
  expect(turns.length / 10).toBeGreaterThan(36)
  expect(turns.length / 10).toBeLessThan(56)
})

test('one that never wakes or never posts does not stop time', () => {
  const random = createRandom('night')
  const never = personaWith({ hourly: Array.from({ length: 24 }, () => 0) })
  expect(nextTurn(never, MONDAY_NOON, random)).toBeGreaterThan(MONDAY_NOON + 24 * HOUR)
  expect(nextTurn(personaWith({ posts_per_day: 0 }), MONDAY_NOON, random)).toBeLessThan(
    MONDAY_NOON + 12 * HOUR,
  )
})

test('the opening is brisk and calms down without a jump', () => {
  expect(paceAt(0)).toBeLessThan(400)
  expect(paceAt(300_000)).toBeGreaterThanOrEqual(4000)
  expect(paceAt(300_000)).toBeLessThanOrEqual(8000)
  for (let at = 0; at < 300_000; at += 1000) {
    expect(paceAt(at + 1000)).toBeGreaterThanOrEqual(paceAt(at))
    expect(paceAt(at + 1000)).toBeLessThan(paceAt(at) * 1.1)
  }
})
