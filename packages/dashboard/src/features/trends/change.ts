import { sumOf } from '../../lib/series.ts'

/**
 * How the later half of a sparkline compares with the earlier one, as a part of it: 0.5 is half as much again.
 * `undefined` where nothing was there to compare with.
 */
export function changeOf(sparkline: readonly number[]): number | undefined {
  const middle = Math.floor(sparkline.length / 2)
  const earlier = sumOf(sparkline.slice(0, middle))
  const later = sumOf(sparkline.slice(middle))
  return earlier === 0 ? undefined : (later - earlier) / earlier
}

const signed = new Intl.NumberFormat('en', {
  style: 'percent',
  maximumFractionDigits: 0,
  signDisplay: 'exceptZero',
})

/** `+50%`, `-20%`, `0%`, or `new`. */
export function changeText(change: number | undefined): string {
  return change === undefined ? 'new' : signed.format(change)
}
