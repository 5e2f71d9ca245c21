import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdir, mkdtemp, readFile, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { createClient } from '@clawdxcraft/sdk'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { eventually } from '../packages/server/test/eventually.ts'
import { ADMIN_TOKEN, createDatabase } from '../packages/server/test/harness.ts'
import { spawnServer } from '../packages/server/test/spawn-server.ts'
import type { SpawnedServer } from '../packages/server/test/spawn-server.ts'
import { checkout } from './npm-start.ts'

const LONG = 60_000
const PACKAGES = ['protocol', 'sdk', 'agent']
const TSC = join(checkout, 'node_modules/typescript/bin/tsc')
// What any shell has, and how npm gets at packages. What else npm tells the tests would lead another npm astray.
const INHERITED = [
  ...['HOME', 'TMPDIR', 'LANG', 'npm_config_cache', 'npm_config_registry'],
  ...['HTTPS_PROXY', 'https_proxy', 'NO_PROXY', 'no_proxy', 'NODE_EXTRA_CA_CERTS'],
]
// What it printed is then told where it failed.
const SUCCESS = { code: 0, output: expect.any(String) }

let folder: string
/** An empty folder into which a user has installed the packages. */
let place: string
/** The agent's program in there. */
let bin: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'clawdx-packed-'))
  place = join(folder, 'place')
  bin = join(place, 'node_modules/.bin/clawdx-agent')
  await mkdir(place)
  const packed = join(folder, 'packed')
  expect(await run('npm', ['run', 'pack', '--', packed], { cwd: checkout })).toEqual(SUCCESS)
  const tarballs = (await readdir(packed)).map((file) => join(packed, file))
  const flags = ['--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline', '--loglevel=error']
  // Where a proxy has a certificate of its own, the system knows it, and the Node of the packages has to be told to ask.
  const env = { NODE_USE_SYSTEM_CA: '1' }
  expect(await run('npm', ['install', ...flags, ...tarballs], { cwd: place, env })).toEqual(SUCCESS)
}, 4 * LONG)
afterAll(() => rm(folder, { recursive: true, force: true }))

interface Where {
  readonly cwd: string
  readonly env?: Record<string, string>
}

function start(program: string, args: readonly string[], { cwd, env = {} }: Where) {
  const inherited = INHERITED.flatMap((name) =>
    process.env[name] === undefined ? [] : [[name, process.env[name]]],
  )
  const path = [dirname(process.execPath), process.env['PATH']].join(delimiter)
  const child = spawn(program, args, {
    cwd,
    env: { ...Object.fromEntries(inherited), PATH: path, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 2 * LONG,
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (output += text))
  }
  const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, output }))
  return { child, ended }
}

const run = (program: string, args: readonly string[], where: Where) => start(program, args, where).ended
const node = (args: readonly string[], env?: Record<string, string>) =>
  run(process.execPath, args, { cwd: place, ...(env && { env }) })
const agent = (...args: string[]) => run(bin, args, { cwd: place })

const installed = (name: string) => join(place, 'node_modules/@clawdxcraft', name)

async function filesOf(of: string): Promise<string[]> {
  const entries = await readdir(of, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => !entry.isDirectory())
  return files.map((entry) => join(entry.parentPath, entry.name).slice(of.length + 1)).toSorted()
}

interface Manifest {
  readonly dependencies?: Record<string, string>
  readonly files?: string[]
}

async function manifestOf(of: string): Promise<Manifest> {
  return JSON.parse(await readFile(join(of, 'package.json'), 'utf8')) as Manifest
}

/** The first block of that kind on a package's front page. */
async function block(name: string, kind: string): Promise<string> {
  const page = await readFile(join(installed(name), 'README.md'), 'utf8')
  const blocks = [...page.matchAll(/^```(\w*)\n([^]*?)^```$/gm)]
  return blocks.find((match) => match[1] === kind)?.[2] ?? ''
}

describe('what is packed', () => {
  test.each(PACKAGES)('of %s is code, types, data that it reads, front page and licence', async (name) => {
    const files = await filesOf(installed(name))
    const code = files.filter((file) => /^dist\/[\w/-]+\.(js|d\.ts)$/.test(file))
    const others = files.filter((file) => !code.includes(file) && !/^[\w/-]+\.(yaml|json|md)$/.test(file))
    expect(others).toEqual(['LICENSE'])
    expect(files).toEqual(expect.arrayContaining(['README.md', 'dist/index.js', 'dist/index.d.ts']))
    expect(files.filter((file) => /test|\.env/.test(file))).toEqual([])
    const sources = await filesOf(join(checkout, 'packages', name, 'src'))
    const data = sources.filter((file) => !file.endsWith('.ts')).map((file) => `dist/${file}`)
    const own = await manifestOf(join(checkout, 'packages', name))
    for (const path of [...data, ...(own.files ?? [])]) {
      expect(files.some((file) => file === path || file.startsWith(`${path}/`))).toBe(true)
    }
    const tarball = await stat(join(folder, 'packed', `clawdxcraft-${name}-0.1.0.tgz`))
    expect(tarball.size).toBeGreaterThan(5 * 1024)
    expect(tarball.size).toBeLessThan(512 * 1024)
  })

  test.each(PACKAGES)('of %s names exact versions, and no tool of ours', async (name) => {
    const manifest = await manifestOf(installed(name))
    expect(manifest).toMatchObject({
      name: `@clawdxcraft/${name}`,
      license: 'MIT',
      engines: { node: '>=24' },
    })
    for (const field of ['devDependencies', 'scripts', 'private']) expect(manifest).not.toHaveProperty(field)
    for (const version of Object.values(manifest.dependencies ?? {}))
      expect(version).toMatch(/^\d+\.\d+\.\d+$/)
  })

  test.each(PACKAGES)('of %s holds no secret and no path of this machine', async (name) => {
    for (const file of await filesOf(installed(name))) {
      const text = await readFile(join(installed(name), file), 'utf8')
      expect(text, file).not.toMatch(/cl[xh]_[\w-]{20}|\bsk-[\w-]{16}|eyJ[\w-]{16}|PRIVATE KEY-+\s+\w{16}/)
      expect(text.includes(checkout), file).toBe(false)
    }
  })
})

describe('installed alone', { timeout: LONG }, () => {
  test('the agent says how it is used', async () => {
    const { code, output } = await agent('--help')
    expect(code).toBe(0)
    for (const command of ['run', 'town', 'validate', 'dry-run', 'explain', 'import', 'export']) {
      expect(output).toMatch(new RegExp(`^ +${command} `, 'm'))
    }
  })

  test('the agent judges persona files, that of its front page among them', async () => {
    await writeFile(join(place, 'night_owl.yaml'), await block('agent', 'yaml'))
    await writeFile(join(place, 'moody.yaml'), `${await block('agent', 'yaml')}mood: calm\n`)
    expect(await agent('validate', 'night_owl.yaml')).toEqual(SUCCESS)
    expect(await agent('validate', 'moody.yaml')).toEqual({
      code: 6,
      output: expect.stringMatching(/moody\.yaml:\d+:1 mood: Unknown field/),
    })
  })

  test('plain JavaScript can import each package', async () => {
    const script = `
      import { CONTENT_MAX } from '@clawdxcraft/protocol'
      import { createClient } from '@clawdxcraft/sdk'
      import * as agent from '@clawdxcraft/agent'
      console.log(CONTENT_MAX, typeof createClient({ url: 'http://127.0.0.1:1' }).posts.create, typeof agent)`
    expect(await node(['--input-type=module', '-e', script])).toEqual({
      code: 0,
      output: '280 function object\n',
    })
  })

  test('TypeScript sees the types, and finds no fault in the declarations', async () => {
    const source = `
      import { createClient } from '@clawdxcraft/sdk'
      import type { Choice } from '@clawdxcraft/agent'
      export const choice: Choice = { action: 'post', text: 'Hello' }
      export const said: Promise<string> = createClient({ url: '' }).posts.get({ id: '1' }).then((it) => it.content)
      // @ts-expect-error -- the set of actions is closed
      export const shout: Choice = { action: 'shout' }
      // @ts-expect-error -- a post has no such field
      void createClient({ url: '' }).posts.create({ contents: 'Hello' })`
    const options = { module: 'nodenext', target: 'es2024', lib: ['es2024', 'dom'], types: [], strict: true }
    const config = { compilerOptions: { ...options, noEmit: true, skipLibCheck: false }, files: ['use.ts'] }
    await writeFile(join(place, 'use.ts'), source)
    await writeFile(join(place, 'tsconfig.json'), JSON.stringify(config))
    expect(await node([TSC, '-p', place])).toEqual({ code: 0, output: '' })
  })

  test('the example of the protocol prints what its front page says', async () => {
    await writeFile(join(place, 'check.mjs'), await block('protocol', 'js'))
    expect(await node(['check.mjs'])).toEqual({ code: 0, output: await block('protocol', '') })
  })
})

describe('on a network', { timeout: LONG }, () => {
  let server: SpawnedServer
  let env: Record<string, string>
  beforeAll(async () => {
    server = await spawnServer({ DATABASE_URL: await createDatabase() })
    env = { CLAWDX_URL: server.url, CLAWDX_ADMIN_TOKEN: ADMIN_TOKEN }
  }, LONG)
  afterAll(() => server.stop())

  test('the agent lets a bot live, and keeps its secrets', async () => {
    const home = join(folder, 'home')
    await writeFile(join(place, 'night_owl.yaml'), await block('agent', 'yaml'))
    const { child, ended } = start(bin, ['run', 'night_owl.yaml', '--lively'], {
      cwd: place,
      env: { ...env, CLAWDX_AGENT_HOME: home },
    })
    onTestFinished(() => void child.kill('SIGKILL'))
    const human = createClient({ url: server.url, token: ADMIN_TOKEN })
    const firstTurn = async () => (await human.runs.list({ bot: 'night_owl' })).items.at(-1)
    await expect
      .poll(() => firstTurn().catch(() => undefined), { timeout: 45_000 })
      .toMatchObject({ brain: 'scripted', error: null })
    child.kill('SIGTERM')
    const { code, output } = await ended
    expect(code).toBe(0)
    expect(output).not.toMatch(/cl[xh]_/)
    expect(output).not.toContain(ADMIN_TOKEN)
    const keys = (await filesOf(home)).filter((file) => file.endsWith('keys.json'))
    expect(keys).toHaveLength(1)
    expect((await stat(join(home, keys[0] ?? ''))).mode & 0o777).toBe(0o600)
  })

  test('the example of the SDK prints what its front page says', async () => {
    await writeFile(join(place, 'hello.mjs'), await block('sdk', 'js'))
    expect(await node(['hello.mjs'], env)).toEqual({ code: 0, output: await block('sdk', '') })
  })
})

describe('npm run pack', { timeout: LONG }, () => {
  let copy: string
  let temporary: string
  beforeAll(async () => {
    copy = join(folder, 'copy')
    temporary = join(folder, 'temporary')
    await mkdir(temporary)
    const kept = ['scripts', 'tsconfig.json', 'LICENSE', ...PACKAGES.map((name) => `packages/${name}`)]
    for (const path of kept) {
      const filter = (file: string) => !file.includes('node_modules')
      await cp(join(checkout, path), join(copy, path), { recursive: true, filter })
    }
    await symlink(join(checkout, 'node_modules'), join(copy, 'node_modules'))
  })

  const pack = () =>
    start(process.execPath, [join(copy, 'scripts/pack.ts')], { cwd: copy, env: { TMPDIR: temporary } })

  test('ends with a signal, and leaves nothing behind', async () => {
    const before = await filesOf(join(copy, 'packages'))
    const { child, ended } = pack()
    await eventually(
      () => readdir(temporary),
      (folders) => folders.length > 0,
    )
    child.kill('SIGTERM')
    expect(await ended).toEqual({ code: 143, output: expect.stringContaining('nothing was packed') })
    expect(await readdir(temporary)).toEqual([])
    expect(await filesOf(join(copy, 'packages'))).toEqual(before)
    await expect(stat(join(copy, 'dist'))).rejects.toThrow('ENOENT')
  })

  test('fails where types are wrong, and leaves nothing behind', async () => {
    await writeFile(join(copy, 'packages/sdk/src/broken.ts'), `export const broken: number = 'text'\n`)
    const before = await filesOf(join(copy, 'packages'))
    expect(await pack().ended).toEqual({
      code: 1,
      output: expect.stringMatching(/^packages\/sdk\/src\/broken\.ts\(1,14\): error TS2322/),
    })
    expect(await readdir(temporary)).toEqual([])
    expect(await filesOf(join(copy, 'packages'))).toEqual(before)
    await expect(stat(join(copy, 'dist'))).rejects.toThrow('ENOENT')
  })
})
