import type { AuditChain } from '@clawdxcraft/protocol'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { eventually } from '../../test/eventually.ts'
import { newBot } from '../../test/factories.ts'
import { startTestServer } from '../../test/harness.ts'
import type { TestServer } from '../../test/harness.ts'
import { chained } from '../../test/verify-program.ts'

let server: TestServer

beforeEach(async () => {
  server = await startTestServer()
})
afterEach(() => server.close())

const look = () => server.human.audit.chain()
const lookUntil = (holds: (chain: AuditChain) => boolean) => eventually(look, holds)
const isVerified = ({ links, verified }: AuditChain) => verified?.ok === true && verified.up_to === links

test('the chain is told with its head, and verified as far as it goes', async () => {
  const ada = await newBot(server)
  await ada.posts.create({ content: 'Hello' })
  await chained(server.pool)
  const { rows } = await server.pool.query("select n::int, encode(hash, 'hex') as hash from audit_head")
  const first = await look()
  expect(first).toEqual({ links: rows[0].n, head_hash: rows[0].hash, waiting: 0, verified: null })
  expect(first.links).toBeGreaterThan(0)
  expect(await lookUntil(isVerified)).toMatchObject({ verified: { ok: true, up_to: first.links } })
  await ada.posts.create({ content: 'More' })
  await chained(server.pool)
  expect((await lookUntil(isVerified)).links).toBe(first.links + 1)
})

test('what was changed, taken out or put in between is named until it is put right', async () => {
  const ada = await newBot(server)
  for (const content of ['One', 'Two', 'Three']) await ada.posts.create({ content })
  await chained(server.pool)
  const change = (to: string) =>
    server.pool.query(
      `update audit_log set metadata_json = jsonb_set(metadata_json, '{content}', to_jsonb($1::text))
       where id = (select row_id from audit_chain where n = 4)`,
      [to],
    )
  await change('Another')
  const { verified } = await lookUntil((chain) => chain.verified?.ok === false)
  expect(verified).toMatchObject({ up_to: 0, ok: false })
  expect(verified?.fault).toMatch(
    /^Row \d+ \(post\.create by bot \d+, .*Z\) was changed after it was written$/,
  )
  await change('Two')
  await lookUntil(isVerified)

  await ada.posts.create({ content: 'Four' })
  await chained(server.pool)
  await server.pool.query('delete from audit_log where id = (select row_id from audit_head)')
  const missing = await lookUntil((chain) => chain.verified?.ok === false)
  expect(missing.verified).toMatchObject({ up_to: missing.links - 1 })
  expect(missing.verified?.fault).toMatch(/^Row \d+ is missing/)
})

test('an end that was cut off is missed', async () => {
  await newBot(server)
  await chained(server.pool)
  await server.pool.query('delete from audit_chain where n = (select n from audit_head)')
  const { verified } = await lookUntil((chain) => chain.verified?.ok === false)
  expect(verified?.fault).toMatch(/^The end is cut off/)
})

test('of a long chain each request has no more than 20,000 links verified', async () => {
  await server.pool.query(
    `insert into audit_log (action) select 'post.create' from generate_series(1, 21000)`,
  )
  await chained(server.pool)
  expect((await look()).verified).toBeNull()
  const part = await lookUntil(({ verified }) => verified !== null)
  expect(part.verified).toMatchObject({ ok: true, up_to: 20_000 })
  expect(await lookUntil(isVerified)).toMatchObject({ links: 21_000 })
})
