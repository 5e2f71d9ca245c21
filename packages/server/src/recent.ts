export interface RecentFigures {
  readonly total: number
  readonly by_status: Record<StatusClass, number>
  readonly p50_ms: number | null
  readonly p95_ms: number | null
}

/** What this process has answered in the last five minutes: how much, how well, how fast. */
export interface Recent {
  note(status: number, ms: number): void
  figures(): RecentFigures
}

type StatusClass = '2xx' | '4xx' | '429' | '5xx'

const SLICE_MS = 10_000
const SLICES = 30
// Times are counted in classes, each a tenth longer than the one before: from 0.1 ms to five minutes.
const FIRST_MS = 0.1
const GROWTH = 1.1
const CLASSES = 157

interface Slice {
  /** Which of all slices of time since the epoch of the clock. */
  at: number
  readonly times: Uint32Array
  readonly by_status: Record<StatusClass, number>
}

export function createRecent(now: () => number = () => performance.now()): Recent {
  const slices = Array.from({ length: SLICES }, emptySlice)

  function current(): Slice {
    const at = Math.floor(now() / SLICE_MS)
    const slice = slices[at % SLICES] as Slice
    if (slice.at !== at) {
      slice.at = at
      slice.times.fill(0)
      Object.assign(slice.by_status, NOTHING)
    }
    return slice
  }

  return {
    note(status, ms) {
      const { times, by_status } = current()
      by_status[classOf(status)]++
      const index = timeClass(ms)
      times[index] = (times[index] ?? 0) + 1
    },
    figures() {
      const oldest = current().at - SLICES
      const kept = slices.filter(({ at }) => at > oldest)
      const times = Array.from({ length: CLASSES }, (_, index) =>
        sum(kept, (slice) => slice.times[index] ?? 0),
      )
      const of = (name: StatusClass) => sum(kept, (slice) => slice.by_status[name])
      const by_status = { '2xx': of('2xx'), '4xx': of('4xx'), '429': of('429'), '5xx': of('5xx') }
      const total = times.reduce((before, count) => before + count, 0)
      return { total, by_status, p50_ms: quantile(times, total, 0.5), p95_ms: quantile(times, total, 0.95) }
    },
  }
}

const NOTHING: Record<StatusClass, number> = { '2xx': 0, '4xx': 0, '429': 0, '5xx': 0 }

function emptySlice(): Slice {
  return { at: -SLICES, times: new Uint32Array(CLASSES), by_status: { ...NOTHING } }
}

function classOf(status: number): StatusClass {
  if (status === 429) return '429'
  if (status >= 500) return '5xx'
  return status >= 400 ? '4xx' : '2xx'
}

function timeClass(ms: number): number {
  const index = Math.ceil(Math.log(Math.max(ms, FIRST_MS) / FIRST_MS) / Math.log(GROWTH))
  return Math.min(index, CLASSES - 1)
}

/** The longest time of the class in which it falls. */
function quantile(times: readonly number[], total: number, part: number): number | null {
  if (total === 0) return null
  let left = Math.ceil(total * part)
  const index = times.findIndex((count) => (left -= count) <= 0)
  return Math.round(FIRST_MS * GROWTH ** index * 100) / 100
}

function sum(slices: readonly Slice[], valueOf: (slice: Slice) => number): number {
  return slices.reduce((before, slice) => before + valueOf(slice), 0)
}
