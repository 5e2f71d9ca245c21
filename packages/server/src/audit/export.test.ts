import { once } from 'node:events'
import { connect } from 'node:net'
import { AuditLine } from '@clawdxcraft/protocol'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { login, newAccount } from '../../test/accounts.ts'
import { eventually } from '../../test/eventually.ts'
import { newBot } from '../../test/factories.ts'
import type { TestBot } from '../../test/factories.ts'
import { ADMIN_TOKEN, startTestServer } from '../../test/harness.ts'
import type { TestServer } from '../../test/harness.ts'
import { statementsOf } from '../../test/plans.ts'
import { chained } from '../../test/verify-program.ts'

const BATCHES = 45
const BATCH = 500
const KILOBYTES = 2

let server: TestServer
let ada: TestBot

beforeAll(async () => {
  server = await startTestServer()
  ada = await newBot(server, 'ada')
  for (const content of ['One', 'Two', 'Three']) await ada.posts.create({ content })
  await login(server, (await newAccount(server, 'viewer', 'grace')).name)
  await chained(server.pool)
})
afterAll(() => server.close())

async function exported(query = '') {
  const headers = { authorization: `Bearer ${ADMIN_TOKEN}` }
  const response = await fetch(`${server.url}/audit/export${query}`, { headers })
  const text = await response.text()
  expect(text === '' || text.endsWith('\n')).toBe(true)
  return {
    response,
    lines: text
      .split('\n')
      .slice(0, -1)
      .map((line) => AuditLine.parse(JSON.parse(line))),
  }
}

const isExport = ({ text }: { text: string }) => text.includes('as link')

describe('an export', () => {
  test('is every entry as a line, oldest first, each with its link of the chain', async () => {
    const { response, lines } = await exported()
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toBe('application/x-ndjson; charset=utf-8')
    expect(response.headers.get('content-disposition')).toMatch(
      /^attachment; filename="audit-\d{8}T\d{6}Z\.ndjson"$/,
    )
    const { items } = await server.human.audit.list({ limit: '100' })
    expect(lines).toEqual(items.toReversed().map((entry, index) => ({ ...entry, link: lines[index]?.link })))
    const { rows } = await server.pool.query(
      "select n::int, encode(hash, 'hex') as hash from audit_chain order by n",
    )
    expect(lines.map(({ link }) => link)).toEqual(rows)
  })

  test('takes the filters of the list', async () => {
    for (const query of [
      'action=post.create,bot.create',
      'by=human',
      'name=grace',
      'bot=ada&action=post.create',
      'since=2026-01-01T00:00:00Z&until=2100-01-01T00:00:00Z',
      'until=2026-01-01T00:00:00Z',
    ]) {
      const { lines } = await exported(`?${query}`)
      const { body } = await server.request('GET', `/audit?${query}&limit=100`, { token: ADMIN_TOKEN })
      const ids = body.items.map(({ id }: { id: string }) => id)
      expect(lines.map(({ id }) => id)).toEqual(ids.toReversed())
    }
    const bad = await server.request('GET', '/audit/export?limit=5&by=me', { token: ADMIN_TOKEN })
    expect(bad.body.errors.map(({ loc }: { loc: string[] }) => loc[1]).toSorted()).toEqual(['by', 'limit'])
    expect(bad.headers.get('content-disposition')).toBeNull()
  })

  test('to whoever asks for nothing but its headers reads nothing', async () => {
    const asked = await statementsOf(async () => {
      const headers = { authorization: `Bearer ${ADMIN_TOKEN}` }
      const { status } = await fetch(`${server.url}/audit/export`, { method: 'HEAD', headers })
      expect(status).toBe(200)
    })
    expect(asked.filter(isExport)).toEqual([])
  })
})

describe('a long export', () => {
  beforeAll(async () => {
    await server.pool.query(
      `insert into audit_log (bot_id, action, metadata_json)
       select $1, 'inbox.read', jsonb_build_object('by', 'bot', 'long', repeat('x', $2)) from generate_series(1, $3::int)`,
      [ada.bot.id, KILOBYTES * 1_024, BATCHES * BATCH],
    )
  })

  /** Asks over a socket of its own and reads nothing but the first bytes. */
  async function askAndWait(url = server.url) {
    const socket = connect(Number(new URL(url).port), '127.0.0.1')
    socket.on('error', () => {})
    socket.write(
      `GET /audit/export?action=inbox.read HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${ADMIN_TOKEN}\r\n\r\n`,
    )
    await once(socket, 'readable')
    const head = String(socket.read(12))
    return { socket, status: Number(head.split(' ')[1]) }
  }

  test('waits for who does not read it, and is whole for who does', async () => {
    const waiting: Awaited<ReturnType<typeof askAndWait>>[] = []
    const asked = await statementsOf(async () => {
      waiting.push(await askAndWait())
      const { lines } = await exported('?action=inbox.read')
      expect(lines).toHaveLength(BATCHES * BATCH)
      expect(new Set(lines.map(({ id }) => id)).size).toBe(BATCHES * BATCH)
    })
    for (const { socket } of waiting) socket.destroy()
    // A megabyte each: those of the other fill what the kernel keeps for a socket, and no more.
    const batches = asked.filter(isExport).length
    expect(batches).toBeGreaterThan(BATCHES)
    expect(batches).toBeLessThan(BATCHES + 30)
  })

  test('ends when its client goes: only so many are under way at once', async () => {
    const open = await Promise.all(Array.from({ length: 8 }, () => askAndWait()))
    expect(open.map(({ status }) => status)).toEqual(Array(8).fill(200))
    const refused = await askAndWait()
    expect(refused.status).toBe(503)
    refused.socket.destroy()
    open[0]?.socket.destroy()
    const status = async () => {
      const next = await askAndWait()
      next.socket.destroy()
      return next.status
    }
    await eventually(status, (last) => last === 200)
    for (const { socket } of open) socket.destroy()
  })

  test('does not keep a server that wants to end, and shows that it is not whole', async () => {
    const { databaseUrl } = server
    const other = await startTestServer({}, { databaseUrl, role: 'api' })
    const { socket, status } = await askAndWait(other.url)
    expect(status).toBe(200)
    await other.close()
    let text = ''
    socket.on('data', (bytes) => (text += bytes))
    await once(socket, 'close')
    expect(text.length).toBeGreaterThan(1_000)
    expect(text.endsWith('0\r\n\r\n')).toBe(false)
  })
})
