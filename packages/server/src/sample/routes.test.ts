import { readFile, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Sample } from '@clawdxcraft/protocol'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newAccount, login } from '../../test/accounts.ts'
import { eventually } from '../../test/eventually.ts'
import { ADMIN_TOKEN, createDatabase, send, startTestServer } from '../../test/harness.ts'
import type { TestServer } from '../../test/harness.ts'
import { spawnServer } from '../../test/spawn-server.ts'
import { hindranceOf } from './society.ts'

// Fifteen bots are made and befriended before they live, on two cores that do much else.
const LONG = 300_000
const LIVES = { timeout: 120_000, interval: 100 }

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.close())

const want = (wanted: Sample['wanted'], at = server) => at.human.sample.update({ wanted })
const stateAt = async (at = server) => (await at.human.sample.get()).state
const audited = async () => {
  const { rows } = await server.pool.query(
    "select metadata_json ->> 'wanted' as wanted from audit_log where action = 'sample.update' order by id",
  )
  return rows.map(({ wanted }) => wanted)
}

/** The societies that a process has started and that run now. Read from /proc. */
async function societiesOf(pid: number): Promise<number[]> {
  const threads = await readdir(`/proc/${pid}/task`).catch(() => [])
  const lists = await Promise.all(
    threads.map((id) => readFile(`/proc/${pid}/task/${id}/children`, 'utf8').catch(() => '')),
  )
  const children = lists.flatMap((list) => list.split(' ').filter(Boolean).map(Number))
  const lines = await Promise.all(
    children.map((child) => readFile(`/proc/${child}/cmdline`, 'utf8').catch(() => '')),
  )
  return children.filter((_, index) => lines[index]?.includes('--lively'))
}

const isRunning = async (pid: number) =>
  !/^State:\s+Z/m.test(await readFile(`/proc/${pid}/status`, 'utf8').catch(() => 'State: Z'))

describe.runIf(process.platform === 'linux')('the sample bots', () => {
  test(
    'start living when an admin wants that, post, and stop when it is not wanted any more',
    { timeout: LONG },
    async () => {
      expect(await server.human.sample.get()).toMatchObject({ wanted: 'off', state: 'off', hindrance: null })
      expect(await want('on')).toMatchObject({ wanted: 'on', state: 'starting', reason: null })
      await expect.poll(() => stateAt(), LIVES).toBe('running')
      const feed = async () => (await server.human.feeds.feed({ feed: 'global' })).items.length
      await expect.poll(feed, LIVES).toBeGreaterThan(0)
      expect(await societiesOf(process.pid)).toHaveLength(1)
      const { since } = await server.human.sample.get()
      expect(await want('on')).toMatchObject({ state: 'running', since })

      expect(await want('off')).toMatchObject({ wanted: 'off', state: 'off' })
      await expect.poll(() => societiesOf(process.pid), LIVES).toEqual([])
      expect(await audited()).toEqual(['on', 'off'])
    },
  )

  test('live once, however many ask for it at the same time', { timeout: LONG }, async () => {
    const before = (await audited()).length
    await Promise.all(Array.from({ length: 50 }, () => want('on')))
    expect(await audited()).toHaveLength(before + 1)
    let most = 0
    const counted = async () => {
      const { length } = await societiesOf(process.pid)
      most = Math.max(most, length)
      return length
    }
    await expect.poll(counted, LIVES).toBe(1)
    // Who changes their mind leaves one society or none, whatever comes last.
    await Promise.all([
      ...Array.from({ length: 50 }, (_, index) => want(index % 2 === 0 ? 'off' : 'on')),
      ...Array.from({ length: 20 }, counted),
    ])
    await want('on')
    await expect.poll(counted, LIVES).toBe(1)
    expect(most).toBe(1)
    await want('off')
    await expect.poll(() => societiesOf(process.pid), LIVES).toEqual([])
  })

  test(
    'live in one process of two over one database, and are seen and stopped from both',
    { timeout: LONG },
    async () => {
      const other = await startTestServer({}, { databaseUrl: server.databaseUrl })
      await want('on')
      await expect.poll(() => societiesOf(process.pid), LIVES).toHaveLength(1)
      expect(await stateAt(other)).toBe(await stateAt())
      await want('off', other)
      await expect.poll(() => societiesOf(process.pid), LIVES).toEqual([])
      expect(await stateAt()).toBe('off')
      await other.close()
    },
  )

  test('that cannot live say why, and are tried again by whoever wants them', { timeout: LONG }, async () => {
    const broken = await startTestServer({}, { databaseUrl: await createDatabase() })
    await writeFile(join(broken.server.context.config.dataDir, 'agents'), 'Not a folder')
    await want('on', broken)
    await expect.poll(() => stateAt(broken), LIVES).toBe('failed')
    const { wanted, reason } = await broken.human.sample.get()
    expect(wanted).toBe('on')
    expect(reason).toMatch(/agents/)
    expect(await want('on', broken)).toMatchObject({ state: 'starting', reason: null })
    await expect.poll(() => stateAt(broken), LIVES).toBe('failed')
    await broken.close()
  })

  test(
    'do not outlive a server that is killed, and live again with the next one',
    { timeout: LONG },
    async () => {
      const environment = { DATABASE_URL: await createDatabase() }
      const first = await spawnServer(environment)
      await send(first.url, 'PUT', '/sample', { token: ADMIN_TOKEN, body: { wanted: 'on' } })
      const [child = 0] = await eventually(
        () => societiesOf(first.pid),
        ({ length }) => length === 1,
      )
      first.signal('SIGKILL')
      await first.exited
      await expect.poll(() => isRunning(child), LIVES).toBe(false)
      await first.stop()

      const second = await spawnServer(environment)
      expect(second.output()).toContain('Sample bots  come to life now')
      await expect.poll(() => societiesOf(second.pid), LIVES).toHaveLength(1)
      const [again = 0] = await societiesOf(second.pid)
      second.signal('SIGTERM')
      expect(await second.exited).toEqual({ code: 0, signal: null })
      expect(await isRunning(again)).toBe(false)
      await second.stop()
    },
  )
})

describe('a process that cannot let them live', () => {
  test('says so, refuses to start them, and lets them be stopped', async () => {
    const api = await startTestServer({}, { databaseUrl: server.databaseUrl, role: 'api' })
    const { state, hindrance } = await api.human.sample.get()
    expect({ state, hindrance }).toEqual({
      state: 'off',
      hindrance: expect.stringContaining('only answers requests'),
    })
    const body = { wanted: 'on' }
    const refused = await api.request('PUT', '/sample', { token: ADMIN_TOKEN, body })
    expect([refused.status, refused.body.code, refused.body.detail]).toEqual([
      409,
      'sample_unavailable',
      hindrance,
    ])
    expect(await want('off', api)).toMatchObject({ state: 'off' })
    await api.close()
  })

  test('lacks the folder of the personas', () => {
    expect(hindranceOf({ role: 'all' })).toBeNull()
    expect(hindranceOf({ role: 'all' }, '/nowhere/personas')).toBe('The folder personas/ is not there.')
  })
})

test('a viewer sees whether they live and changes nothing', async () => {
  const { name } = await newAccount(server, 'viewer')
  const headers = { cookie: await login(server, name) }
  expect((await server.request('GET', '/sample', { headers })).status).toBe(200)
  const { status } = await server.request('PUT', '/sample', { headers, body: { wanted: 'on' } })
  expect(status).toBe(403)
})
