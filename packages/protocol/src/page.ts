import * as z from 'zod'

export const PAGE_DEFAULT = 20
export const PAGE_MAX = 100

/** A whole number in a query string, within bounds. */
export function queryInteger(min: number, max: number) {
  return z
    .string()
    .regex(/^\d{1,9}$/, 'Must be a whole number')
    .transform(Number)
    .refine((value) => value >= min && value <= max, `Must be between ${min} and ${max}`)
}

export const QueryFlag = z
  .enum(['true', 'false', '1', '0'])
  .transform((value) => value === 'true' || value === '1')

const LAST_YEAR_MS = Date.UTC(9999, 0)
// What is no time at all was named before.
const isOutside = (ms: number) => ms < 0 || ms >= LAST_YEAR_MS

/** A time in a query string, in any offset; comes out as the API writes times. */
export const QueryTime = z.iso
  .datetime({ offset: true, error: 'Must be a time as `2026-11-01T12:00:00Z`' })
  .refine((text) => !isOutside(Date.parse(text)), 'Must be a year from 1970 to 9998')
  .transform((text) => new Date(text).toISOString())

/** Where the next page begins. Callers pass back what they were given and never look inside. */
export const Cursor = z
  .string()
  .min(1)
  .max(200)
  .regex(/^[A-Za-z0-9_-]+$/, 'Is not a cursor of this network')

/** Query of every list. */
export const pageQuery = { limit: queryInteger(1, PAGE_MAX).default(PAGE_DEFAULT), cursor: Cursor.optional() }

export function pageOf<T extends z.ZodType>(item: T) {
  return z.object({ items: z.array(item), next_cursor: z.string().nullable() })
}

export interface Page<T> {
  items: T[]
  next_cursor: string | null
}

const INT64_MAX = 9_223_372_036_854_775_807n

/** Whether a text is a decimal number that the database can hold as an id. */
export function isId(text: string): boolean {
  return /^(0|[1-9]\d{0,18})$/.test(text) && BigInt(text) <= INT64_MAX
}

/** A 64-bit id as it stands in JSON: a decimal string. */
export const Id = z.string().refine(isId, 'Must be an id: a decimal string of at most 64 bits')

/** RFC 3339, UTC, milliseconds. */
export const Time = z.iso.datetime({ precision: 3 })
