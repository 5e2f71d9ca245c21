// Runs the project's commands under Node 24, on whatever Node ≥ 18 has started this file, and installs first what is
// missing: after `git clone`, `npm start` is all it takes.
import { spawn } from 'node:child_process'
import { existsSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { constants } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const modules = join(root, 'node_modules')
const windows = process.platform === 'win32'
const server = 'packages/server/src/main.ts'
// Half of what V8 takes for new objects where memory is plenty; it costs no time here (docs/performance.md).
const youngMiB = 32

/** What each command runs, whether it needs the development dependencies, and whether it shows the dashboard. */
const commands = {
  start: { run: [`--max-semi-space-size=${youngMiB}`, server], tools: false, pages: true },
  dev: { run: ['--watch', `--max-semi-space-size=${youngMiB}`, server], tools: false, pages: true },
  migrate: { run: [server, 'migrate'], tools: false },
  verify: { run: [server, 'verify'], tools: false },
  restore: { run: [server, 'restore'], tools: false },
  'new-epoch': { run: [server, 'new-epoch'], tools: false },
  test: { run: ['scripts/test.ts'], tools: true, pages: true },
  check: { run: ['scripts/check.ts'], tools: true },
  fix: { run: ['scripts/check.ts', '--fix'], tools: true },
  bench: { run: ['bench/main.ts'], tools: true, pages: true },
  faults: { run: ['e2e/faults/launch.ts'], tools: true },
  'e2e:openclaw': { run: ['e2e/openclaw/main.ts'], tools: true },
  agent: { run: [`--max-semi-space-size=${youngMiB}`, 'packages/agent/src/main.ts'], tools: false },
  pack: { run: ['scripts/pack.ts'], tools: true },
}

const [name, ...args] = process.argv.slice(2)
const command = Object.hasOwn(commands, name ?? '') ? commands[name] : undefined
if (!command) fail(`Usage: node scripts/run.mjs ${Object.keys(commands).join('|')} [arguments]`, 2)

if (missing(command.tools)) await install(command.tools)
const node = findNode()
if (command.pages) await buildDashboard()
const path = [join(modules, '.bin'), dirname(node), process.env.PATH].join(delimiter)
process.exit(
  await run(node, ['--disable-warning=ExperimentalWarning', ...command.run, ...args], {
    env: withPath(path),
  }),
)

/** The first locked package that is not installed; npm keeps what it has installed in a lockfile of its own. */
function missing(tools) {
  const locked = readPackages(join(root, 'package-lock.json'))
  const installed = readPackages(join(modules, '.package-lock.json'))
  return Object.keys(locked).find((path) => {
    const { version, optional, dev } = locked[path]
    if (!path.startsWith('node_modules/')) return false
    if (installed[path]) return installed[path].version !== version
    // Optional ones are for other platforms, and a server's image may leave out the tools.
    return !optional && (tools || !dev)
  })
}

function readPackages(file) {
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).packages : {}
}

async function install(tools) {
  const unlock = await lock(join(root, '.install.lock'))
  try {
    // Whoever held the lock before us may have done the work.
    if (!missing(tools)) return
    console.error('Installing the locked packages (npm ci) …')
    const ci = [
      'ci',
      '--ignore-scripts',
      '--no-audit',
      '--no-fund',
      '--loglevel=error',
      ...(tools ? ['--include=dev'] : []),
    ]
    const npm = process.env.npm_execpath ?? ''
    const code = npm.endsWith('npm-cli.js')
      ? await run(process.execPath, [npm, ...ci])
      : await run(windows ? 'npm.cmd' : 'npm', ci, { shell: windows })
    if (code !== 0)
      fail('The packages could not be installed: npm says why above. Nothing was started.', code)
    const left = missing(tools)
    if (left) fail(`npm ci has run, but ${left} is not installed as package-lock.json says.`, 1)
  } finally {
    unlock()
  }
}

/** Where its sources are newer than what was built of them; an image brings it built, and has no tools to do that again. */
async function buildDashboard() {
  const folder = join(root, 'packages/dashboard')
  const vite = join(modules, 'vite/bin/vite.js')
  if (!existsSync(vite) || isBuilt(folder)) return
  const unlock = await lock(join(root, '.build.lock'), 'building the dashboard')
  try {
    if (isBuilt(folder)) return
    console.error('Building the dashboard …')
    const code = await run(node, [vite, 'build', '--logLevel', 'warn'], { cwd: folder })
    if (code !== 0) fail('The dashboard could not be built: Vite says why above. Nothing was started.', code)
  } finally {
    unlock()
  }
}

function isBuilt(folder) {
  const page = join(folder, 'dist/index.html')
  if (!existsSync(page)) return false
  const builtAt = statSync(page).mtimeMs
  const packages = ['dashboard', 'sdk', 'protocol'].map((name) => join(root, 'packages', name))
  return !packages.some((path) => sourcesIn(path).some((file) => statSync(file).mtimeMs > builtAt))
}

function sourcesIn(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    if (entry.isFile()) return [path]
    return ['dist', 'node_modules', 'test'].includes(entry.name) ? [] : sourcesIn(path)
  })
}

/** npm ci empties node_modules first, so only one may run in a clone at a time. */
async function lock(file, doing = 'installing the packages') {
  for (let told = false; ; await sleep(200)) {
    try {
      writeFileSync(file, String(process.pid), { flag: 'wx' })
      process.once('exit', () => rmSync(file, { force: true }))
      return () => rmSync(file, { force: true })
    } catch (error) {
      if (error.code !== 'EEXIST') fail(`Cannot install packages in ${root}: ${error.message}`, 1)
    }
    if (isAbandoned(file)) rmSync(file, { force: true })
    else if (!told) console.error(`Another process is ${doing}; waiting for it …`)
    told = true
  }
}

function isAbandoned(file) {
  try {
    // No install takes this long: the number belongs to somebody else by now.
    if (Date.now() - statSync(file).mtimeMs > 20 * 60_000) return true
    const pid = Number(readFileSync(file, 'utf8'))
    if (pid) process.kill(pid, 0)
    return false
  } catch (error) {
    return error.code === 'ESRCH'
  }
}

function findNode() {
  if (Number(process.versions.node.split('.')[0]) >= 24) return process.execPath
  const platform = `node-${windows ? 'win' : process.platform}-${process.arch}`
  const carried = join(modules, platform, 'bin', windows ? 'node.exe' : 'node')
  if (existsSync(carried)) return carried
  return fail(
    `ClawdXCraft needs Node 24 or newer; this is ${process.version}, and no Node 24 came with the packages ` +
      `(${platform}). Install Node 24 from https://nodejs.org, or run npm ci with optional dependencies.`,
    1,
  )
}

/** Runs a program to its end, hands on the signals sent to us, and resolves with its exit code. */
function run(program, programArgs, options = {}) {
  return new Promise((resolve) => {
    const child = spawn(program, programArgs, { cwd: root, stdio: 'inherit', ...options })
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP']
    const forward = (signal) => child.kill(signal)
    for (const signal of signals) process.on(signal, forward)
    const orphaned = onOrphaned(() => forward('SIGTERM'))
    child.once('error', (error) => fail(`Could not run ${program}: ${error.message}`, 1))
    child.once('exit', (code, signal) => {
      for (const signal of signals) process.off(signal, forward)
      clearInterval(orphaned)
      resolve(code ?? 128 + constants.signals[signal])
    })
  })
}

/** npm may be killed, or hang up, without a word to us. */
function onOrphaned(callback) {
  if (!process.env.npm_lifecycle_event) return undefined
  const parent = process.ppid
  const timer = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(timer)
    callback()
  }, 100)
  return timer
}

function withPath(value) {
  // Windows spells it Path, and would otherwise get both.
  const rest = Object.entries(process.env).filter(([key]) => key.toUpperCase() !== 'PATH')
  return { ...Object.fromEntries(rest), PATH: value }
}

function fail(message, code) {
  console.error(message)
  process.exit(code)
}
