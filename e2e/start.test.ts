import { spawnSync } from 'node:child_process'
import { chown, mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { checkout, freePort, npmStart, postmasterPid, ready } from './npm-start.ts'
import type { NpmStart, StartOptions } from './npm-start.ts'

const LONG = 120_000
const isRoot = process.getuid?.() === 0
const NOBODY = 65_534

let folder: string
let dataDir: string
let started: NpmStart[]

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'clawdx-start-'))
  dataDir = join(folder, 'data')
})
afterAll(() => rm(folder, { recursive: true, force: true }))

beforeEach(() => {
  started = []
})
afterEach(async () => {
  for (const one of started) await one.kill()
})

async function start(options: Partial<StartOptions> = {}): Promise<NpmStart> {
  const one = npmStart({ dataDir, port: await freePort(), ...options })
  started.push(one)
  return one
}

interface Post {
  readonly id: string
  readonly parent_id: string | null
}

// oxlint-disable-next-line typescript/no-explicit-any -- the tests look into answers of every shape
async function get(server: NpmStart, path: string, token?: string): Promise<any> {
  const response = await fetch(server.url + path, {
    headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
  })
  if (!response.ok) throw new Error(`GET ${path}: ${response.status} ${await response.text()}`)
  return response.json()
}

async function allPosts(server: NpmStart): Promise<Post[]> {
  const posts: Post[] = []
  for (let cursor: string | null = ''; cursor !== null;) {
    const page = await get(server, `/posts/feed?feed=global&limit=100${cursor && `&cursor=${cursor}`}`)
    posts.push(...page.items)
    cursor = page.next_cursor
  }
  return posts
}

const botCount = async (server: NpmStart) => (await get(server, '/bots?limit=100')).items.length

/** How many answers stand on each other in the longest thread. */
function deepest(posts: readonly Post[]): number {
  const byId = new Map(posts.map((post) => [post.id, post]))
  const depth = (post: Post | undefined): number =>
    post?.parent_id ? 1 + depth(byId.get(post.parent_id)) : 0
  return Math.max(0, ...posts.map(depth))
}

const adminTokens = (output: string) => [...output.matchAll(/clh_[\w-]+/g)].map(([token]) => token)

/** Nothing runs any more that the command had started. */
async function expectNothingLeft(server: NpmStart, before: readonly number[]): Promise<void> {
  await server.exited
  const alive = async () => [...new Set([...(await server.processes()), ...before.filter(isRunning)])]
  await expect.poll(alive, { timeout: 15_000 }).toEqual([])
  await expect(stat(join(dataDir, 'postgres', 'postmaster.pid'))).rejects.toThrow('ENOENT')
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

// What is left behind is read from /proc.
const isLinux = process.platform === 'linux'
if (!isLinux) console.warn('npm start is NOT tested here: that needs Linux')

describe.runIf(isLinux)('npm start', () => {
  let token: string
  let posts: Post[]
  let bots: number

  test(
    'brings up a network that lives, says where it is, and leaves nothing behind after Ctrl-C',
    { timeout: LONG },
    async () => {
      const server = await start()
      console.log(`npm start on an empty folder: ready after ${await ready(server)} ms`)
      const output = server.output()
      expect(output).toContain(`  Dashboard    ${server.url}\n`)
      expect(output).toContain(`  API          ${server.url}\n`)
      expect(output).toContain(`  API docs     ${server.url}/docs\n`)
      expect((await fetch(`${server.url}/docs`)).status).toBe(200)
      const shown = adminTokens(output)
      expect(shown).toHaveLength(1)
      token = shown[0] ?? ''
      expect((await get(server, '/audit', token)).items).toBeInstanceOf(Array)
      const file = join(dataDir, 'admin-token')
      expect((await readFile(file, 'utf8')).trim()).toBe(token)
      expect((await stat(file)).mode & 0o777).toBe(0o600)
      expect((await stat(dataDir)).mode & 0o777).toBe(0o700)

      const life = async () => {
        const seen = await allPosts(server)
        return { bots: (await botCount(server)) >= 10, posts: seen.length >= 40, thread: deepest(seen) >= 3 }
      }
      // The promise to the newcomer: a town to look at before the coffee is ready.
      await expect
        .poll(life, { timeout: 45_000, interval: 250 })
        .toEqual({ bots: true, posts: true, thread: true })

      const processes = await server.processes()
      expect(processes).toContain(await postmasterPid(dataDir))
      posts = await allPosts(server)
      bots = await botCount(server)
      server.interrupt()
      await expectNothingLeft(server, processes)
      expect(server.output()).not.toMatch(/error|unhandled|warn.*exit/i)
    },
  )

  test(
    'again finds everything, shows no token, and is soon there; SIGTERM to npm alone ends all of it',
    { timeout: LONG },
    async () => {
      const server = await start()
      const ms = await ready(server)
      console.log(`npm start on existing data: ready after ${ms} ms`)
      expect(ms).toBeLessThan(10_000)
      expect(adminTokens(server.output())).toEqual([])
      const ids = new Set((await allPosts(server)).map(({ id }) => id))
      expect(posts.filter(({ id }) => !ids.has(id))).toEqual([])
      expect(await botCount(server)).toBe(bots)
      expect((await get(server, '/audit', token)).items.length).toBeGreaterThan(0)
      const processes = await server.processes()
      server.terminate()
      await expectNothingLeft(server, processes)
    },
  )

  test(
    'twice on one folder: the second is refused with a reason and does the first no harm',
    { timeout: LONG },
    async () => {
      const first = await start({ environment: { CLAWDX_SAMPLE: 'off' } })
      await ready(first)
      const postmaster = await postmasterPid(dataDir)
      const second = await start()
      expect((await second.exited).code).toBe(1)
      expect(second.output()).toContain(
        'ClawdXCraft could not start: another ClawdXCraft is running on this data folder',
      )
      expect(await postmasterPid(dataDir)).toBe(postmaster)
      expect((await get(first, '/readyz')).status).toBe('ok')

      // Its port is taken for anyone else, too.
      const port = Number(new URL(first.url).port)
      const elsewhere = join(folder, 'elsewhere')
      const third = await start({ port, dataDir: elsewhere })
      expect((await third.exited).code).toBe(1)
      expect(third.output()).toContain(
        `ClawdXCraft could not start: Port ${port} is in use. Set PORT to another one`,
      )
      expect(third.output()).not.toContain('is running')
      await expect.poll(() => third.processes(), { timeout: 15_000 }).toEqual([])
      expect((await get(first, '/readyz')).status).toBe('ok')
      const processes = await first.processes()
      first.interrupt()
      await expectNothingLeft(first, processes)
    },
  )

  test(
    'survives the death of its PostgreSQL, and the next one the death of its server',
    { timeout: LONG },
    async () => {
      const first = await start({ environment: { CLAWDX_SAMPLE: 'off' } })
      await ready(first)
      process.kill(await postmasterPid(dataDir), 'SIGKILL')
      await expect.poll(() => allPosts(first).catch(() => []), { timeout: 30_000 }).not.toEqual([])
      expect((await get(first, '/audit', token)).items.length).toBeGreaterThan(0)
      const postmaster = await postmasterPid(dataDir)
      process.kill(-first.pid, 'SIGKILL')
      await first.exited
      const second = await start({ environment: { CLAWDX_SAMPLE: 'off' } })
      await ready(second)
      expect(await postmasterPid(dataDir)).toBe(postmaster)
      expect((await allPosts(second)).length).toBeGreaterThanOrEqual(posts.length)
      const processes = await second.processes()
      second.interrupt()
      await expectNothingLeft(second, processes)
    },
  )
})

const identity = [`--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups']
const cannotBeNobody = whyNot()
if (cannotBeNobody) console.warn(`npm start is NOT tested as an ordinary user: ${cannotBeNobody}`)

function whyNot(): string {
  if (!isLinux) return 'that needs Linux'
  if (!isRoot) return 'the tests themselves run as one, and cannot become another'
  const { status, error } = spawnSync('setpriv', [...identity, 'test', '-r', join(checkout, 'package.json')])
  if (error) return 'setpriv is not installed'
  return status === 0 ? '' : `user ${NOBODY} cannot read ${checkout}`
}

test.runIf(!cannotBeNobody)('npm start works for an ordinary user', { timeout: LONG }, async () => {
  const home = await mkdtemp(join(tmpdir(), 'clawdx-nobody-'))
  await chown(home, NOBODY, NOBODY)
  dataDir = join(home, 'data')
  const server = await start({ prefix: ['setpriv', ...identity], environment: { CLAWDX_SAMPLE: 'off' } })
  await ready(server)
  expect(adminTokens(server.output())).toHaveLength(1)
  for (const [name, mode] of Object.entries({ '.': 0o700, 'admin-token': 0o600, postgres: 0o700 })) {
    const found = await stat(join(dataDir, name))
    expect({ name, uid: found.uid, mode: found.mode & 0o777 }).toEqual({ name, uid: NOBODY, mode })
  }
  const status = await readFile(`/proc/${await postmasterPid(dataDir)}/status`, 'utf8')
  expect(status).toMatch(new RegExp(`^Uid:\\s+${NOBODY}\\s`, 'm'))
  const processes = await server.processes()
  server.interrupt()
  await expectNothingLeft(server, processes)
  await rm(home, { recursive: true, force: true })
})
