import { Problem, isId } from '@clawdxcraft/protocol'
import type { Page } from '@clawdxcraft/protocol'

/** Cursors are ids (or ids with a sort value before them) in base64url, with the kind of list they belong to. */
export function encodeCursor(kind: string, ...parts: readonly string[]): string {
  return Buffer.from([kind, ...parts].join('.')).toString('base64url')
}

/** The parts of a cursor, `undefined` on the first page; what this kind of list never gave out is refused. */
export function decodeCursor(
  kind: string,
  cursor: string | undefined,
  areValid: readonly ((part: string) => boolean)[],
): string[] | undefined {
  if (cursor === undefined) return undefined
  const [givenKind, ...parts] = Buffer.from(cursor, 'base64url').toString().split('.')
  const isOurs =
    givenKind === kind && parts.length === areValid.length && encodeCursor(kind, ...parts) === cursor
  if (!isOurs || !parts.every((part, index) => areValid[index]?.(part))) {
    const fault = { loc: ['query', 'cursor'], msg: 'Is not a cursor of this list', type: 'invalid_cursor' }
    throw new Problem('validation_failed', 'query.cursor: Is not a cursor of this list', { errors: [fault] })
  }
  return parts
}

/** The id after which a list by id goes on. */
export function decodeIdCursor(kind: string, cursor: string | undefined): string | null {
  return decodeCursor(kind, cursor, [isId])?.[0] ?? null
}

interface Listed {
  readonly kind: string
  readonly limit: number
}

/** Cuts what was read with `limit + 1` to one page whose cursor is the last id on it. */
export function pageOfIds(
  ids: readonly string[],
  { kind, limit }: Listed,
): { ids: string[]; next_cursor: string | null } {
  const kept = ids.slice(0, limit)
  const last = kept.at(-1)
  return { ids: kept, next_cursor: ids.length > limit && last ? encodeCursor(kind, last) : null }
}

export async function pageOf<T>(
  page: { ids: readonly string[]; next_cursor: string | null },
  view: (ids: readonly string[]) => Promise<T[]>,
): Promise<Page<T>> {
  return { items: await view(page.ids), next_cursor: page.next_cursor }
}
