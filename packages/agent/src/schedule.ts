import type { Persona } from '@clawdxcraft/protocol'
import type { Random } from './random.ts'
import { weightsOf } from './weights.ts'

type Schedule = NonNullable<Persona['schedule']>

const DAY_MS = 86_400_000
const STEP_MS = 10 * 60_000
const STEPS_OF_A_WEEK = (7 * DAY_MS) / STEP_MS
const WEEKDAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const

/** How likely a bot is to act at this time: 0 asleep, 1 fully there. `at` in milliseconds since 1970. */
export function wakefulness(schedule: Schedule | undefined, at: number): number {
  if (!schedule) return 1
  const { day, hour, minute } = localTime(schedule.timezone, at)
  const isIn = (ranges: readonly string[]) => ranges.some((range) => contains(range, hour * 60 + minute))
  const { active_hours = [], quiet_hours = [], hourly, weekly } = schedule
  if (isIn(quiet_hours) || (active_hours.length > 0 && !isIn(active_hours))) return 0
  const ofHour = hourly ? relative(hourly[hour] ?? 0, hourly) : 1
  const days = WEEKDAYS.map((name) => weekly?.[name] ?? 1)
  return ofHour * relative(days[day] ?? 1, days)
}

/** Whether it must not act now, whoever wants it to. */
export function isQuiet(schedule: Schedule | undefined, at: number): boolean {
  if (!schedule?.quiet_hours?.length) return false
  const { hour, minute } = localTime(schedule.timezone, at)
  return schedule.quiet_hours.some((range) => contains(range, hour * 60 + minute))
}

/**
 * When the schedule next calls for a turn, `Infinity` for never: spread over its waking hours so that its posts a day come out right.
 * `part` of the usual interval is waited.
 */
export function nextTurn(persona: Persona, now: number, random: Random, part = 1): number {
  const { schedule } = persona
  const mean = (DAY_MS * activeShare(schedule, now)) / turnsADay(persona)
  const jitter = schedule?.jitter ?? 0.3
  let at = now + part * mean * random.between(1 - jitter, 1 + jitter)
  for (let step = 0; step < STEPS_OF_A_WEEK; step++) {
    if (random.chance(wakefulness(schedule, at))) return at
    at += STEP_MS * random.between(0.5, 1.5)
  }
  return Infinity
}

/** How many turns make its posts a day: most of the time it does something else, or nothing. */
export function turnsADay(persona: Persona): number {
  const perDay = persona.schedule?.posts_per_day ?? 12
  const weights = weightsOf(persona)
  const speaking = weights.post + weights.reply + weights.quote
  const all = Object.values(weights).reduce((sum, weight) => sum + weight, 0)
  // A silent bot still looks in.
  return perDay > 0 && speaking > 0 ? (perDay * all) / speaking : 4
}

/** Which part of a day it is awake, sampled every half hour; at least one of them, for the sake of the division. */
function activeShare(schedule: Schedule | undefined, now: number): number {
  const samples = Array.from({ length: 48 }, (_, index) => wakefulness(schedule, now + index * 3 * STEP_MS))
  return Math.max(1, samples.filter((awake) => awake > 0).length) / samples.length
}

function relative(weight: number, all: readonly number[]): number {
  const most = Math.max(...all)
  return most > 0 ? weight / most : 0
}

/** `range` like "22:00-06:30", in minutes of the day; one whose ends are the same is the whole day. */
function contains(range: string, minute: number): boolean {
  const [from = 0, to = 0] = range.split('-').map((clock) => {
    const [hours = 0, minutes = 0] = clock.split(':').map(Number)
    return hours * 60 + minutes
  })
  if (from < to) return minute >= from && minute < to
  return minute >= from || minute < to
}

const formats = new Map<string, Intl.DateTimeFormat>()
/** Thousands of bots ask in the same minute, and the library takes ten microseconds for an answer. */
const latest = new Map<string, { readonly minute: number; readonly time: LocalTime }>()

interface LocalTime {
  readonly day: number
  readonly hour: number
  readonly minute: number
}

function localTime(timeZone: string, at: number): LocalTime {
  const minute = Math.floor(at / 60_000)
  const known = latest.get(timeZone)
  if (known?.minute === minute) return known.time
  const time = readTime(timeZone, at)
  latest.set(timeZone, { minute, time })
  return time
}

function readTime(timeZone: string, at: number): LocalTime {
  let format = formats.get(timeZone)
  if (!format) {
    format = new Intl.DateTimeFormat('en-GB', {
      timeZone,
      weekday: 'short',
      hour: '2-digit',
      minute: '2-digit',
    })
    formats.set(timeZone, format)
  }
  const parts = new Map(format.formatToParts(at).map(({ type, value }) => [type, value]))
  const day = WEEKDAYS.findIndex((name) => name === parts.get('weekday')?.toLowerCase())
  return { day, hour: Number(parts.get('hour')), minute: Number(parts.get('minute')) }
}
