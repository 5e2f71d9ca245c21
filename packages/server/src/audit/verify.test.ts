import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClient } from '@clawdxcraft/sdk'
import pg from 'pg'
import { beforeAll, describe, expect, test } from 'vitest'
import { newBot } from '../../test/factories.ts'
import { ADMIN_TOKEN, createDatabase, startTestServer } from '../../test/harness.ts'
import { postgresPids } from '../../test/own-postgres.ts'
import { spawnServer } from '../../test/spawn-server.ts'
import { chained, runVerifyProgram } from '../../test/verify-program.ts'

const SECRET = 'words of a stranger'
const INTACT = /^([\d,]+) rows of the audit log verified, 0 not yet chained\. Head (\d+:[0-9a-f]{64})\n$/

/** A database whose audit log many clients have written at once; nothing runs on it any more. */
let written: string
let links: number
let head: string
let rowIds: number[]
const rowAt = (n: number) => rowIds[n - 1] ?? 0

beforeAll(async () => {
  const server = await startTestServer()
  const bots = await Promise.all(Array.from({ length: 12 }, () => newBot(server)))
  await Promise.all(
    bots.map(async (bot) => {
      for (let turn = 0; turn < 6; turn++) await bot.posts.create({ content: `${SECRET} ${turn}` })
    }),
  )
  await chained(server.pool)
  const ran = await runVerifyProgram({ DATABASE_URL: server.databaseUrl })
  expect(ran).toEqual({ code: 0, stderr: '', stdout: expect.stringMatching(INTACT) })
  const [, count, noted] = INTACT.exec(ran.stdout) ?? []
  links = Number(count)
  head = noted ?? ''
  const { rows } = await server.pool.query<{ id: string }>('select row_id as id from audit_chain order by n')
  rowIds = rows.map(({ id }) => Number(id))
  written = new URL(server.databaseUrl.replace('@/', '@socket/')).pathname.slice(1)
  await server.close()
})

/** Does this to a copy of the database, and lets the program look at it. */
async function afterwards(tamper: string, args: readonly string[] = []) {
  const databaseUrl = await createDatabase(written)
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  await client.query(tamper)
  await client.end()
  return runVerifyProgram({ DATABASE_URL: databaseUrl }, args)
}

const faults = (stdout: string) => stdout.trimEnd().split('\n').slice(0, -1)
const at = (n: number) => `(select row_id from audit_chain where n = ${n})`
const described = (id: number) =>
  new RegExp(`^Row ${id} \\([a-z.]+ by bot \\d+, \\d{4}-\\d\\d-\\d\\d [^)]*Z\\) `)

test('every row that was written has its link', () => {
  // Registration, token, and six posts of each bot.
  expect(links).toBe(12 * 8)
})

test('no setting of a database changes what a row is', async () => {
  const settings = Object.entries({
    timezone: 'Asia/Kathmandu',
    datestyle: 'SQL, DMY',
    bytea_output: 'escape',
    extra_float_digits: '-15',
    standard_conforming_strings: 'off',
  }).map(([name, value]) => `alter database %I set ${name} = ${pg.escapeLiteral(value)};`)
  const statements = settings.map(
    (setting) => `execute format('${setting.replaceAll("'", "''")}', current_database());`,
  )
  expect(await afterwards(`do $$ begin ${statements.join(' ')} end $$`)).toMatchObject({ code: 0 })
})

describe('a row that was changed is named, and it alone', () => {
  test.each([
    ['its metadata', `metadata_json = metadata_json || '{"by": "human"}'`],
    ['its time, by a microsecond', `"timestamp" = "timestamp" + interval '1 microsecond'`],
    ['its bot', 'bot_id = (select min(id) from bots where id <> audit_log.bot_id)'],
    ['its action', `action = 'run.create'`],
  ])('%s', async (_what, change) => {
    const { code, stdout } = await afterwards(`update audit_log set ${change} where id = ${at(50)}`)
    expect(code).toBe(1)
    expect(faults(stdout)).toEqual([expect.stringMatching(described(rowAt(50)))])
    expect(stdout).toMatch(
      / was changed after it was written\nThe audit log .*: 1 fault in 96 chained rows\.\n$/,
    )
    expect(stdout).not.toContain(SECRET)
  })

  test('each of several, whatever stands in them now', async () => {
    const { code, stdout } = await afterwards(`
      update audit_log set bot_id = null where id = ${at(10)};
      update audit_log set "timestamp" = 'infinity' where id = ${at(30)};
      update audit_log set action = e'\\x1b[2J' where id = ${at(31)}`)
    expect(code).toBe(1)
    expect(faults(stdout)).toEqual([
      expect.stringMatching(`^Row ${rowAt(10)} \\([a-z.]+ by no bot, .*Z\\) was changed`),
      expect.stringMatching(`^Row ${rowAt(30)} \\([a-z.]+ by bot \\d+, infinityZ\\) was changed`),
      // A terminal would obey it.
      expect.stringMatching(`^Row ${rowAt(31)} \\(of an unknown action by bot \\d+, .*Z\\) was changed`),
    ])
  })

  test('also where a digest was made to fit', async () => {
    const { code, stdout } = await afterwards(
      `update audit_chain set digest = sha256('another') where n = 50`,
    )
    expect(code).toBe(1)
    expect(faults(stdout)).toEqual([
      `Link 50 of the chain, that of row ${rowAt(50)}, does not fit the one before it`,
      expect.stringMatching(described(rowAt(50))),
    ])
  })

  test('both of two that were swapped', async () => {
    const { code, stdout } = await afterwards(
      `update audit_log a set bot_id = b.bot_id, action = b.action, metadata_json = b.metadata_json, "timestamp" = b."timestamp"
       from audit_log b where (a.id, b.id) in ((${at(20)}, ${at(70)}), (${at(70)}, ${at(20)}))`,
    )
    expect(code).toBe(1)
    expect(faults(stdout)).toEqual([
      expect.stringMatching(described(rowAt(20))),
      expect.stringMatching(described(rowAt(70))),
    ])
  })

  test('twenty of very many, and how many more', async () => {
    const { code, stdout } = await afterwards(`update audit_log set "timestamp" = now()`)
    expect(code).toBe(1)
    expect(faults(stdout)).toHaveLength(21)
    expect(faults(stdout).at(-1)).toBe(`… and ${links - 20} more`)
  })
})

describe('a row that was taken out is named', () => {
  test.each([
    ['in the middle', 50],
    ['at the end', 96],
  ])('%s', async (_where, n) => {
    const { code, stdout } = await afterwards(`delete from audit_log where id = ${at(n)}`)
    expect(code).toBe(1)
    expect(faults(stdout)).toEqual([`Row ${rowAt(n)} is missing: it was taken out after it was written`])
  })

  test('with its link, by its neighbours', async () => {
    const { code, stdout } = await afterwards(
      `delete from audit_log where id = ${at(50)}; delete from audit_chain where n = 50`,
    )
    expect(code).toBe(1)
    expect(faults(stdout)).toEqual([
      `Link 50 is missing from the chain, between row ${rowAt(49)} and row ${rowAt(51)}`,
    ])
  })

  test('with its link, at the end, by the head', async () => {
    const { code, stdout } = await afterwards(
      `delete from audit_log where id >= ${at(95)}; delete from audit_chain where n >= 95`,
    )
    expect(code).toBe(1)
    expect(faults(stdout)).toEqual([
      `The end is cut off: the chain stops at link 94 (row ${rowAt(94)}), its head is link 96 (row ${rowAt(96)})`,
    ])
  })

  test('or only its link: the row itself', async () => {
    const { code, stdout } = await afterwards('delete from audit_chain where n = 50')
    expect(code).toBe(1)
    expect(faults(stdout)).toEqual([
      `Link 50 is missing from the chain, between row ${rowAt(49)} and row ${rowAt(51)}`,
      expect.stringMatching(described(rowAt(50))),
    ])
  })
})

describe('a row that was put in is named', () => {
  const insert = (id: string) => `insert into audit_log (id, bot_id, action) overriding system value
    select ${id}, bot_id, 'post.create' from audit_log where id = ${at(50)}`

  test('between the others', async () => {
    const { code, stdout } = await afterwards(insert('-5'))
    expect(code).toBe(1)
    expect(faults(stdout)).toEqual([expect.stringMatching(described(-5))])
    expect(stdout).toContain(' has no link in the chain: the network did not write it')
  })

  test('with a link of its own behind the last', async () => {
    const { code, stdout } = await afterwards(
      `${insert('5000')}; insert into audit_chain select 97, 5000, sha256('a'), sha256('b')`,
    )
    expect(code).toBe(1)
    expect(faults(stdout)).toEqual([
      'Link 97 of the chain, that of row 5000, does not fit the one before it',
      expect.stringMatching(described(5000)),
      `The chain goes on behind its head, link 96 (row ${rowAt(96)}), to link 97 (row 5000): the network did not write that`,
    ])
  })

  test('behind the last it waits for the network, like any write', async () => {
    const { code, stdout } = await afterwards(insert('5000'))
    expect(code).toBe(0)
    expect(stdout).toBe(`${links} rows of the audit log verified, 1 not yet chained. Head ${head}\n`)
  })
})

describe('links and head', () => {
  test('two links that were swapped do not fit', async () => {
    const { code, stdout } = await afterwards(`
      update audit_chain a set row_id = b.row_id, digest = b.digest, hash = b.hash from audit_chain b
      where (a.n, b.n) in ((50, 51), (51, 50))`)
    expect(code).toBe(1)
    expect(faults(stdout).join('\n')).toMatch(/^Link 50 .*\nLink 51 .*\nLink 52 /)
  })

  test.each([
    ['that was changed', `update audit_head set hash = sha256('')`, 'The head of the chain is not its last'],
    ['that was taken out', 'delete from audit_head', 'The head of the chain is missing'],
  ])('a head %s is missed', async (_what, tamper, fault) => {
    const { code, stdout } = await afterwards(tamper)
    expect(code).toBe(1)
    expect(faults(stdout)).toEqual([expect.stringContaining(fault)])
  })

  test('a chain that was written anew does not have the head that was noted; by itself it looks whole', async () => {
    const anew = `
      update audit_log set action = 'like.create' where id = ${at(1)};
      delete from audit_chain;
      update audit_head set n = 0, row_id = 0, hash = decode(repeat('00', 32), 'hex');`
    const databaseUrl = await createDatabase(written)
    const server = await startTestServer({}, { databaseUrl })
    await server.pool.query(anew)
    await chained(server.pool)
    await server.close()
    const alone = await runVerifyProgram({ DATABASE_URL: databaseUrl })
    expect(alone).toMatchObject({ code: 0, stdout: expect.stringMatching(INTACT) })
    const { code, stdout } = await runVerifyProgram({ DATABASE_URL: databaseUrl }, ['--expect', head])
    expect(code).toBe(1)
    expect(faults(stdout)).toEqual([
      `Link 96 (row ${rowAt(96)}) is not the one that was noted: the chain was written anew`,
    ])
  })

  test('a noted head is found while the chain grows, and missed where the chain ends before it', async () => {
    expect(await afterwards('', ['--expect', head])).toMatchObject({ code: 0 })
    expect(await afterwards('', [`--expect=0:${'0'.repeat(64)}`])).toMatchObject({ code: 0 })
    const { code, stdout } = await afterwards('', ['--expect', head.replace('96:', '97:')])
    expect(code).toBe(1)
    expect(faults(stdout)).toEqual(['The chain stops at link 96, before the one that was noted, 97'])
  })
})

describe('the program', () => {
  test('says how it is used where it is not used so', async () => {
    const wrong = [
      ['--expect', '12'],
      ['--expect', `12:${'g'.repeat(64)}`],
      ['--expect'],
      ['--all'],
      ['more'],
    ]
    for (const args of wrong) {
      const { code, stdout, stderr } = await runVerifyProgram({ DATABASE_URL: 'postgres://unused' }, args)
      expect({ args, code, stdout }).toEqual({ args, code: 2, stdout: '' })
      expect(stderr).toMatch(/^Usage: npm run verify/)
    }
  })

  test('says so where it cannot read, and keeps the password to itself', async () => {
    const away = await runVerifyProgram({ DATABASE_URL: 'postgres://eve:pass-word@127.0.0.1:1/none' })
    expect(away).toMatchObject({ code: 3, stdout: '' })
    expect(away.stderr).toMatch(/^The audit log could not be verified: .*ECONNREFUSED/)
    expect(away.stderr).not.toContain('pass-word')
    const old = await runVerifyProgram({ DATABASE_URL: await createDatabase('template1') })
    expect(old).toMatchObject({ code: 3, stdout: '', stderr: expect.stringContaining('npm run migrate') })
  })

  test('can be interrupted', async () => {
    const databaseUrl = await createDatabase(written)
    const pool = new pg.Pool({ connectionString: databaseUrl, max: 2 })
    const holder = await pool.connect()
    await holder.query('begin; lock table audit_chain')
    const program = await spawnServer({ DATABASE_URL: databaseUrl }, { role: 'verify' })
    const waiting = `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`
    await expect.poll(async () => (await pool.query(waiting)).rowCount, { timeout: 20_000 }).toBe(1)
    program.signal('SIGINT')
    expect(await program.exited).toEqual({ code: 130, signal: null })
    expect(program.output()).toBe('')
    await program.stop()
    await holder.query('rollback')
    holder.release()
    await pool.end()
  })

  test('reads the embedded database while the network runs, and starts it where nothing does', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'clawdx-verify-'))
    const environment = { CLAWDX_DATA_DIR: folder }
    try {
      const none = await runVerifyProgram(environment)
      expect(none).toMatchObject({ code: 3, stderr: expect.stringContaining('there is no database in') })
      expect(await readdir(folder)).toEqual([])
      const server = await spawnServer(environment)
      const human = createClient({ url: server.url, token: ADMIN_TOKEN })
      await newBot({ url: server.url, human })
      const verified = () => runVerifyProgram(environment)
      const two = {
        code: 0,
        stderr: '',
        stdout: expect.stringMatching(/^2 rows of the audit log verified, 0 not/),
      }
      await expect.poll(verified, { timeout: 20_000 }).toEqual(two)
      // The network has not noticed.
      await newBot({ url: server.url, human })
      await server.stop()
      expect(await verified()).toMatchObject({
        code: 0,
        // It may have been stopped before it chained the last.
        stdout: expect.stringMatching(
          /^(2 rows .* 2 not|3 rows .* 1 not|4 rows .* 0 not) yet chained\. Head/,
        ),
      })
      expect(await postgresPids(folder)).toEqual([])
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  }, 60_000)
})
