import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createDatabase } from '../../test/harness.ts'
import { createLog } from '../log.ts'
import { createPool } from './pool.ts'
import type { Pool } from './pool.ts'

let pool: Pool

beforeEach(async () => {
  pool = createPool(await createDatabase(), 2, createLog('silent'))
})
afterEach(() => pool.end())

test('a line that moves is waited in, for longer than any single wait', async () => {
  const turn = async () => {
    const client = await pool.connect()
    await sleep(200)
    client.release()
  }
  // Two at a time: the last has 1.4 seconds before it.
  const turns = await Promise.allSettled(Array.from({ length: 16 }, turn))
  expect(turns.filter(({ status }) => status === 'rejected')).toEqual([])
})

test('a line that stands still turns people away within a second or so, and serves again when it moves', async () => {
  const held = [await pool.connect(), await pool.connect()]
  const start = performance.now()
  const refused = await Promise.allSettled([pool.connect(), pool.query('select 1')])
  expect(performance.now() - start).toBeLessThan(2_000)
  const timedOut = {
    status: 'rejected',
    reason: expect.objectContaining({ message: expect.stringContaining('timeout') }),
  }
  expect(refused).toEqual([timedOut, timedOut])
  const waiting = pool.query('select 1 as one')
  for (const client of held) client.release()
  expect((await waiting).rows).toEqual([{ one: 1 }])
  expect([pool.totalCount, pool.waitingCount]).toEqual([2, 0])
})

test('a connection may break before whoever was handed it listens', async () => {
  const client = await pool.connect()
  // Unheard this would throw, and end the process where it comes from the network.
  client.emit('error', new Error('terminating connection'))
  client.release(new Error('lost'))
  expect((await pool.query('select 1 as one')).rows).toEqual([{ one: 1 }])
})

test('nobody waits in a line for ever', async () => {
  const slow = Array.from({ length: 20 }, async () => {
    const client = await pool.connect()
    await sleep(600)
    client.release()
  })
  const statuses = (await Promise.allSettled(slow)).map(({ status }) => status)
  expect(new Set(statuses)).toEqual(new Set(['fulfilled', 'rejected']))
  expect((await pool.query('select 1 as one')).rows).toEqual([{ one: 1 }])
})

test('statements are planned once, with one value or with a hundred', async () => {
  const ask = (ids: number[]) =>
    pool.query({ name: 'asked', text: 'select from pg_class where oid = any($1::oid[])', values: [ids] })
  for (let time = 0; time < 8; time++) await ask([time])
  const { rows } = await pool.query<{ plans: string }>(
    "select custom_plans as plans from pg_prepared_statements where name = 'asked'",
  )
  expect(rows).toEqual([{ plans: '0' }])
})
