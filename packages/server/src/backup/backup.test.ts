import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { login } from '../../test/accounts.ts'
import { eventually } from '../../test/eventually.ts'
import { openFeedSocket } from '../../test/feed-socket.ts'
import { ADMIN_TOKEN, createDatabase, startTestServer } from '../../test/harness.ts'
import type { TestServer } from '../../test/harness.ts'
import { brokenRules } from '../../test/invariants.ts'
import { makeLivelyWorld } from '../../test/lively-world.ts'
import type { LivelyWorld } from '../../test/lively-world.ts'
import { tableDigests } from '../../test/tables.ts'
import { runProgram, runVerifyProgram } from '../../test/verify-program.ts'

const human = { authorization: `Bearer ${ADMIN_TOKEN}` }
const LOCK = "hashtext('clawdxcraft.backup')"

let server: TestServer
let world: LivelyWorld
let folder: string
let file: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'clawdx-backup-'))
  const lively = await startTestServer()
  world = await makeLivelyWorld(lively)
  await lively.close()
  // Without its loops nothing changes while it is looked at.
  server = await startTestServer({}, { databaseUrl: lively.databaseUrl, role: 'api' })
  file = await keep('whole', Buffer.from(await (await ask()).arrayBuffer()))
}, 120_000)
afterAll(async () => {
  await server?.close()
  await rm(folder, { recursive: true, force: true })
})

const ask = (signal?: AbortSignal) =>
  fetch(`${server.url}/backup`, { headers: human, ...(signal && { signal }) })

async function keep(name: string, bytes: Uint8Array): Promise<string> {
  const path = join(folder, name)
  await writeFile(path, bytes)
  return path
}

const lines = async () =>
  gunzipSync(await readFile(file))
    .toString()
    .split('\n')
    .slice(0, -1)
const packed = (name: string, parts: readonly string[]) =>
  keep(name, gzipSync(parts.map((line) => `${line}\n`).join('')))

const restore = (databaseUrl: string, path: string, ...options: string[]) =>
  runProgram('restore', { DATABASE_URL: databaseUrl }, [path, ...options])

/** Every row of every table as text, but for what a restored log has of its own. */
async function dump(databaseUrl: string): Promise<Record<string, string[]>> {
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  const { rows: tables } = await client.query<{ name: string }>(
    "select tablename as name from pg_tables where schemaname = 'public' and tablename <> 'schema_migrations'",
  )
  const all: Record<string, string[]> = {}
  for (const { name } of tables) {
    const own = { seq_state: 'k, v, oldest', audit_head: 'k, n, row_id, hash' }[name] ?? '*'
    const { rows } = await client.query<{ text: string }>(
      `select t::text as text from (select ${own} from ${name}) t order by 1`,
    )
    all[name] = rows.map(({ text }) => text)
  }
  await client.end()
  return all
}

/** Constraints and indexes, as the catalogue tells them. */
async function rulesOf(databaseUrl: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  const { rows } = await client.query(
    `select conrelid::regclass::text || ' ' || conname || ' ' || pg_get_constraintdef(oid) as rule
     from pg_constraint where connamespace = 'public'::regnamespace
     union all select indexdef from pg_indexes where schemaname = 'public' order by 1`,
  )
  await client.end()
  return rows
}

describe('a backup', () => {
  test('is a file of lines: what it is, every row of every table, and how many they are', async () => {
    const answer = await ask()
    await answer.arrayBuffer()
    expect(answer.headers.get('content-type')).toBe('application/gzip')
    expect(answer.headers.get('content-disposition')).toMatch(
      /^attachment; filename="clawdxcraft-\d{8}T\d{6}Z\.jsonl\.gz"$/,
    )
    expect(answer.headers.get('cache-control')).toBe('no-store')
    const [head = '', ...rest] = await lines()
    expect(JSON.parse(head)).toMatchObject({ backup: 'clawdxcraft', format: 1, version: expect.any(String) })
    const { rows } = JSON.parse(rest.pop() ?? '')
    const counted = Object.groupBy(rest, (line) => (JSON.parse(line) as { table: string }).table)
    const found = Object.fromEntries(Object.entries(counted).map(([name, of]) => [name, of?.length]))
    expect(Object.fromEntries(Object.entries(rows).filter(([, count]) => count !== 0))).toEqual(found)
    // What the world lacks would not be tested: these are kept by nobody there.
    expect(Object.keys(rows).filter((name) => rows[name] === 0)).toEqual(['run_days'])
  })

  test('is in the audit log, and in its own', async () => {
    const made = await server.human.audit.list({ action: 'backup.create' })
    expect(made.items.map(({ metadata_json: summary }) => summary)).toContainEqual({ by: 'human' })
    expect((await lines()).filter((line) => line.includes('"backup.create"'))).toHaveLength(1)
    expect((await server.request('HEAD', '/backup', { headers: human })).status).toBe(200)
    expect((await server.human.audit.list({ action: 'backup.create' })).items).toHaveLength(made.items.length)
  })

  test('is made one at a time, wherever it is asked for', async () => {
    const client = await server.pool.connect()
    await client.query(`select pg_advisory_lock(${LOCK})`)
    const before = await tableDigests(server.pool)
    const { status, body } = await server.request('GET', '/backup', { headers: human })
    await client.query(`select pg_advisory_unlock(${LOCK})`)
    client.release()
    expect([status, body.code]).toEqual([409, 'already_running'])
    expect(await tableDigests(server.pool)).toEqual(before)
    await (await ask()).arrayBuffer()
    await (await ask()).arrayBuffer()
  })

  test('ends when nobody wants it any more', async () => {
    // More than what lies in the buffers on the way.
    await server.pool.query(
      `insert into idempotency_keys (actor, key, fingerprint, body)
       select 'x', i::text, '', (select string_agg(md5(random()::text || n), '') from generate_series(1, 64) n)
       from generate_series(1, 20000) i`,
    )
    const stop = new AbortController()
    const answer = await ask(stop.signal)
    await answer.body?.getReader().read()
    const holders = () =>
      server.pool.query(
        "select from pg_locks where locktype = 'advisory' and granted and database = (select oid from pg_database where datname = current_database())",
      )
    expect((await holders()).rowCount).toBe(1)
    stop.abort()
    await eventually(holders, ({ rowCount }) => rowCount === 0)
    await server.pool.query("delete from idempotency_keys where actor = 'x'")
  })
})

describe('what was restored', () => {
  let restored: TestServer
  let databaseUrl: string
  let said: string

  beforeAll(async () => {
    const before = await dump(server.databaseUrl)
    file = await keep('whole', Buffer.from(await (await ask()).arrayBuffer()))
    databaseUrl = await createDatabase()
    const ran = await restore(databaseUrl, file)
    expect([ran.code, ran.stderr]).toEqual([0, ''])
    said = ran.stdout
    const after = await dump(databaseUrl)
    // The backup's own row is the only one that came since.
    const audited = after['audit_log']?.filter((row) => !before['audit_log']?.includes(row))
    expect(audited).toHaveLength(1)
    expect({ ...after, audit_log: before['audit_log'] }).toEqual(before)
    expect(await rulesOf(databaseUrl)).toEqual(await rulesOf(await createDatabase()))
    restored = await startTestServer({}, { databaseUrl })
  }, 120_000)
  afterAll(() => restored?.close())

  test('is told by table', () => {
    expect(said).toMatch(/^ {2}posts +7$/m)
    expect(said).toMatch(/Restored what was there at \d{4}-.*new epoch/)
  })

  test.each([
    '/bots',
    '/bots/ada',
    '/bots/ada/posts',
    '/bots/ada/followers',
    '/bots/ada/keys',
    '/bots/ada/budget',
    '/posts/feed?feed=global',
    '/tags/k%C3%A4fern/posts',
    '/search/posts?q=wort',
    '/runs',
    '/humans',
    '/sessions',
    '/webhooks',
    '/moderation/hidden',
    '/moderation/reports',
    '/network',
    '/figures/bots',
  ])('is answered as before: GET %s', async (path) => {
    const [here, there] = [
      await server.request('GET', path, { headers: human }),
      await restored.request('GET', path, { headers: human }),
    ]
    expect(here.status).toBe(200)
    expect(there.body).toEqual(here.body)
  })

  test('has the same threads, trends and inboxes', async () => {
    const [here, there] = [
      await server.request('GET', `/posts/${world.root}/thread`),
      await restored.request('GET', `/posts/${world.root}/thread`),
    ]
    expect(here.body.replies.items).toHaveLength(1)
    expect(there.body).toEqual(here.body)
    const trends = async (at: TestServer) => (await at.request('GET', '/trends')).body.items
    expect(await trends(restored)).toEqual(await trends(server))
    const inbox = async (at: TestServer) =>
      (await at.request('GET', '/inbox', { token: world.bob.token })).body.items
    expect(await inbox(restored)).toEqual(await inbox(server))
  })

  test('knows the keys, tokens, passwords and sessions of before', async () => {
    const { access_token: token } = await restored.human.auth.token({ api_key: world.ada.apiKey })
    const { id } = (await restored.request('POST', '/posts', { token, body: { content: 'Here again' } })).body
    expect(id).toMatch(/^\d+$/)
    expect((await restored.request('GET', '/inbox', { token: world.bob.token })).status).toBe(200)
    await login(restored, 'vera')
    expect((await restored.request('GET', '/backup', { token: world.bob.token })).status).toBe(403)
  })

  test('has a log that goes on where it was, under another epoch', async () => {
    const hello = async (at: TestServer) => {
      const socket = await openFeedSocket(at.url, '/ws/feed', human)
      const frame = (await socket.next('hello')) as unknown as { epoch: string; head: string }
      socket.close()
      return frame
    }
    const [before, after] = [await hello(server), await hello(restored)]
    expect(after.epoch).not.toBe(before.epoch)
    const old = await openFeedSocket(restored.url, '/ws/feed', human)
    await old.next('hello')
    old.send({ op: 'subscribe', feeds: ['global'], cursor: before.head, epoch: before.epoch })
    expect(await old.next('error')).toEqual({ op: 'error', code: 'epoch_mismatch' })
    old.close()
    const socket = await openFeedSocket(restored.url, `/ws/feed?feeds=bot:ada&cursor=${after.head}`, human)
    const { id } = await restored
      .request('POST', '/posts', { token: world.ada.token, body: { content: 'On and #onward' } })
      .then(({ body }) => body)
    const [next] = await socket.events(1)
    expect(next?.event.data['id']).toBe(id)
    expect(Number(next?.seq)).toBe(Number(after.head) + 1)
    socket.close()
    await eventually(
      () => restored.pool.query('select from audit_log where id > (select row_id from audit_head)'),
      ({ rowCount }) => rowCount === 0,
    )
    const { code, stdout } = await runVerifyProgram({ DATABASE_URL: databaseUrl })
    expect([code, stdout]).toEqual([
      0,
      expect.stringMatching(/rows of the audit log verified, 0 not yet chained/),
    ])
    expect(await brokenRules(restored.pool)).toEqual(await brokenRules(server.pool))
  })
})

describe('nothing is restored', () => {
  let empty: string
  let before: Record<string, string[]>
  beforeAll(async () => {
    empty = await createDatabase()
    before = await dump(empty)
  })

  async function refused(path: string, ...options: string[]): Promise<string> {
    const { code, stdout, stderr } = await restore(empty, path, ...options)
    expect([code, stdout]).toEqual([1, ''])
    expect(await dump(empty)).toEqual(before)
    return stderr
  }

  test('of half a file, wherever it ends', async () => {
    const bytes = await readFile(file)
    for (const part of [0.01, 0.5, 0.9]) {
      const half = await keep('half', bytes.subarray(0, Math.floor(bytes.length * part)))
      expect(await refused(half)).toContain('it is half a file')
    }
    const all = await lines()
    expect(await refused(await packed('no-end', all.slice(0, -1)))).toContain('its end is missing')
    expect(await rulesOf(empty)).toEqual(await rulesOf(await createDatabase()))
  })

  test.each<[string, (all: string[]) => string[], string]>([
    ['a row is missing', (all) => all.filter((line) => !line.includes('An answer to @ada')), 'rows of'],
    [
      'a row is there twice',
      (all) => all.flatMap((line) => (line.includes('An answer to @ada') ? [line, line] : [line])),
      'duplicate key',
    ],
    [
      'a row names what is not there',
      (all) =>
        all.filter((line) => !line.startsWith('{"table":"follows"') && !line.includes('"handle": "ada"')),
      'rows of',
    ],
    ['something follows its end', (all) => [...all, all.at(-1) ?? ''], 'goes on behind its end'],
    ['a line is none', (all) => [all[0] ?? '', 'hello', ...all.slice(1)], 'a line that is none'],
    [
      'it names another table',
      (all) => [all[0] ?? '', '{"table":"pg_class","row":{}}', ...all.slice(1)],
      'no table here',
    ],
    ['it is something else', () => ['{"hello":1}'], 'it is no backup'],
    [
      'it is of another schema',
      ([head = '', ...all]) => [head.replace(/"schema":\d+/, '"schema":3'), ...all],
      'it has schema 3',
    ],
    [
      'it is of another kind',
      ([head = '', ...all]) => [head.replace('"format":1', '"format":2'), ...all],
      'newer kind',
    ],
    [
      'its audit log was changed',
      (all) =>
        all.map((line) =>
          line.startsWith('{"table":"audit_log"') ? line.replace('bot.create', 'bot.update') : line,
        ),
      'bot.update',
    ],
  ])('where %s', async (_what, change, words) => {
    expect(await refused(await packed('changed', change(await lines())))).toContain(words)
  })

  test('where there is no such file, or it is not compressed', async () => {
    expect(await refused(join(folder, 'nowhere'))).toContain('there is no such file')
    expect(await refused(await keep('plain', Buffer.from('hello')))).toContain('it is not as it was written')
    expect((await runProgram('restore', { DATABASE_URL: empty })).code).toBe(2)
  })

  test('where something is, or somebody serves it', async () => {
    expect((await restore(server.databaseUrl, file)).stderr).toContain(
      'the network is running on this database',
    )
    const used = await startTestServer()
    await used.human.network.configure({ log_days: 3 })
    const { databaseUrl } = used
    await used.close()
    const standing = await dump(databaseUrl)
    expect((await restore(databaseUrl, file)).stderr).toContain('this database is not empty (audit_log)')
    expect(await dump(databaseUrl)).toEqual(standing)
  })

  test('but a changed audit log is taken by who says so', async () => {
    const changed = (await lines()).map((line) =>
      line.startsWith('{"table":"audit_log"') ? line.replace('bot.create', 'bot.update') : line,
    )
    const { code, stdout } = await restore(empty, await packed('changed', changed), '--changed-audit-log')
    expect([code, stdout]).toEqual([0, expect.stringContaining('The audit log is not as it was written')])
  })
})
