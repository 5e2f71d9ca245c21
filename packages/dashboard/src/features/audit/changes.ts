import type { AuditEntry } from '@clawdxcraft/protocol'
import { lineDiff } from './line-diff.ts'
import type { DiffLine } from './line-diff.ts'

/** A field that was changed; `undefined` where there was none, or is none now. */
export interface Change {
  readonly field: string
  readonly before: string | undefined
  readonly after: string | undefined
  /** Line by line, where one of them has more than one. */
  readonly lines: readonly DiffLine[] | undefined
}

type Fields = Readonly<Record<string, unknown>>

/** The fields that an entry of the audit log says were changed, by name. */
export function changesIn({ metadata_json: summary }: Pick<AuditEntry, 'metadata_json'>): Change[] {
  const [before, after] = sidesOf(summary)
  const names = new Set([...Object.keys(before), ...Object.keys(after)])
  return [...names].toSorted().map((field) => changeOf(field, textOf(before[field]), textOf(after[field])))
}

function sidesOf(summary: Fields): readonly [Fields, Fields] {
  const { before, after } = summary
  if (isFields(before) || isFields(after))
    return [isFields(before) ? before : {}, isFields(after) ? after : {}]
  // A budget is one figure, and stands by itself.
  if ('before' in summary && 'usd_a_day' in summary)
    return [{ usd_a_day: before }, { usd_a_day: summary['usd_a_day'] }]
  return [{}, {}]
}

function changeOf(field: string, before: string | undefined, after: string | undefined): Change {
  const isLong = [before, after].some((text) => text?.includes('\n'))
  return { field, before, after, lines: isLong ? lineDiff(before ?? '', after ?? '') : undefined }
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A value as it is read: words as they are, lists with commas, everything else as JSON. */
export function textOf(value: unknown): string | undefined {
  if (value === undefined) return undefined
  if (value === null) return 'none'
  if (typeof value === 'string') return value === '' ? '(empty)' : value
  const isPlainList = Array.isArray(value) && value.every((item) => typeof item === 'string')
  return isPlainList ? value.join(', ') : JSON.stringify(value)
}
