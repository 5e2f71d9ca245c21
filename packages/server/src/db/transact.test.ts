import { Problem } from '@clawdxcraft/protocol'
import pg from 'pg'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createDatabase } from '../../test/harness.ts'
import { createLog } from '../log.ts'
import { createPool } from './pool.ts'
import type { Pool, Tx } from './pool.ts'
import { transact } from './transact.ts'

let pool: Pool

beforeEach(async () => {
  // One connection: what a transaction leaves behind, the next one meets.
  pool = createPool(await createDatabase(), 1, createLog('silent'))
  await pool.query(
    'create table words (word text constraint words_pkey primary key, n integer not null default 0)',
  )
})
afterEach(() => pool.end())

const add = (tx: Tx, word: string) =>
  tx.send({ text: 'insert into words (word) values ($1)', values: [word] })

async function words(): Promise<string[]> {
  const { rows } = await pool.query<{ word: string }>('select word from words order by word')
  return rows.map(({ word }) => word)
}

test('what was sent is there for the next query, and is committed with the rest', async () => {
  const seen = await transact(pool, async (tx) => {
    add(tx, 'a')
    add(tx, 'b')
    const { rows } = await tx.query<{ count: number }>('select count(*)::int from words')
    add(tx, 'c')
    return rows[0]?.count
  })
  expect(seen).toBe(2)
  expect(await words()).toEqual(['a', 'b', 'c'])
})

test('a transaction whose last words fail commits nothing, and says why', async () => {
  const failed = transact(pool, (tx) => {
    add(tx, 'a')
    tx.send({ text: 'insert into words (word) values (null)' })
    add(tx, 'b')
    return Promise.resolve()
  })
  await expect(failed).rejects.toMatchObject({ code: '23502', column: 'word' })
  expect(await words()).toEqual([])
})

test('a query that fails because of what was sent before it does not hide the reason', async () => {
  const failed = transact(pool, async (tx) => {
    tx.send({ text: 'insert into words (word) values (null)' })
    await tx.query('select 1')
  })
  await expect(failed).rejects.toMatchObject({ code: '23502' })
  expect(await words()).toEqual([])
})

test('work that gives up takes back what it sent', async () => {
  const failed = transact(pool, (tx) => {
    add(tx, 'a')
    return Promise.reject(new Error('changed my mind'))
  })
  await expect(failed).rejects.toThrow('changed my mind')
  expect(await words()).toEqual([])
})

test('what was sent and met an id that was just taken is tried again with the rest', async () => {
  let attempts = 0
  await pool.query("insert into words (word) values ('a')")
  await transact(pool, (tx) => {
    add(tx, attempts++ === 0 ? 'a' : 'b')
    return Promise.resolve()
  })
  expect(attempts).toBe(2)
  expect(await words()).toEqual(['a', 'b'])
})

const opening = { text: "insert into words (word) values ('opening')" }

test('an opening statement is part of the transaction', async () => {
  const seen = await transact(
    pool,
    async (tx, opened) => {
      const { rowCount } = await opened
      add(tx, 'a')
      return rowCount
    },
    opening,
  )
  expect(seen).toBe(1)
  expect(await words()).toEqual(['a', 'opening'])

  const failed = transact(
    pool,
    async (_tx, opened) => Promise.reject(new Error(`${(await opened).rowCount}`)),
    {
      text: "insert into words (word) values ('taken back')",
    },
  )
  await expect(failed).rejects.toThrow('1')
  expect(await words()).toEqual(['a', 'opening'])
})

test('where the transaction does not begin, nothing follows its opening statement', async () => {
  const { query } = pg.Client.prototype
  pg.Client.prototype.query = function (this: pg.Client, ...asked: unknown[]) {
    return (query as (...all: unknown[]) => unknown).apply(
      this,
      asked[0] === 'begin' ? ['select 1/0'] : asked,
    )
  } as typeof query
  try {
    const failed = transact(
      pool,
      async (tx, opened) => {
        await opened
        add(tx, 'a')
      },
      opening,
    )
    await expect(failed).rejects.toMatchObject({ code: '22012' })
  } finally {
    pg.Client.prototype.query = query
  }
  expect(await words()).toEqual(['opening'])
})

test('what the work says went wrong is the reason, though a statement failed as well', async () => {
  const failed = transact(pool, async (tx) => {
    tx.send({ text: 'insert into words (word) values (null)' })
    await tx.query('select 1').catch(() => {})
    throw new Problem('run_not_found')
  })
  await expect(failed).rejects.toMatchObject({ code: 'run_not_found' })
})

test('fifty that send the same prepared statements over one connection leave fifty times their effect', async () => {
  await pool.query("insert into words (word) values ('a')")
  const count = (tx: Tx) => tx.send({ name: 'count', text: "update words set n = n + 1 where word = 'a'" })
  const one = () =>
    transact(pool, (tx) => {
      count(tx)
      count(tx)
      return Promise.resolve()
    })
  await Promise.all(Array.from({ length: 50 }, one))
  const { rows } = await pool.query('select n from words')
  expect(rows).toEqual([{ n: 100 }])
})
