import { describe, expect, test } from 'vitest'
import { findInPages, steadyOf } from '../src/lib/steady-list.ts'

const items = (...ids: number[]) => ids.map((id) => ({ id: String(id), text: 'read' }))
const later = (...ids: number[]) => ids.map((id) => ({ id: String(id), text: 'later' }))
const idsOf = (list: readonly { id: string }[]) => list.map(({ id }) => id)

describe('a list that grows while it is read', () => {
  test('keeps what it shows in its place, as it is by now, and counts what is new', () => {
    const { shown, fresh } = steadyOf(items(10, 9, 8), later(12, 11, 10, 9), false)
    expect(shown).toEqual([...later(10, 9), ...items(8)])
    expect(idsOf(fresh)).toEqual(['12', '11'])
  })

  test('leaves to the next page what is older than all that was read', () => {
    expect(steadyOf(items(10, 9), later(10, 9, 8), false).fresh).toEqual([])
    expect(idsOf(steadyOf(items(10, 9), later(10, 9, 8), true).fresh)).toEqual(['8'])
  })

  test('is told by numbers, not by letters', () => {
    expect(idsOf(steadyOf(items(9), later(10), false).fresh)).toEqual(['10'])
  })

  test('that was empty finds all of it new', () => {
    expect(idsOf(steadyOf([], later(2, 1), true).fresh)).toEqual(['2', '1'])
  })
})

describe('one thing in pages', () => {
  const pagesOf = (asked: (string | undefined)[]) => (cursor: string | undefined) => {
    asked.push(cursor)
    const top = 100 - 10 * Number(cursor ?? 0)
    return Promise.resolve({ items: items(top, top - 5), next_cursor: String(Number(cursor ?? 0) + 1) })
  }

  test('is looked for until it is found', async () => {
    const asked: (string | undefined)[] = []
    expect(await findInPages(pagesOf(asked), '85')).toEqual(items(85)[0])
    expect(asked).toEqual([undefined, '1'])
  })

  test('is not looked for behind its place, nor for ever', async () => {
    const asked: (string | undefined)[] = []
    expect(await findInPages(pagesOf(asked), '97')).toBeNull()
    expect(asked).toEqual([undefined])
    expect(await findInPages(pagesOf(asked), '-1000')).toBeNull()
    expect(asked).toHaveLength(11)
  })
})
