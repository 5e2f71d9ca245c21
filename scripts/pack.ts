// Makes of protocol, sdk and agent what npm installs. Node strips no types inside node_modules, so they go out as
// JavaScript with declarations, and nothing of that is made in the source tree. Usage: npm run pack -- [folder]
import { spawn } from 'node:child_process'
import {
  copyFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { constants, tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'

interface Manifest {
  readonly name: string
  readonly version: string
  readonly exports?: Record<string, string>
  readonly bin?: Record<string, string>
  /** What the package reads beside its `src`, by plain paths. */
  readonly files?: string[]
  readonly dependencies?: Record<string, string>
  readonly private?: boolean
  readonly scripts?: object
  readonly devDependencies?: object
}

/** Each comes after those that it imports. */
const PACKAGES = ['protocol', 'sdk', 'agent']
// The suites run on no older one.
const ENGINES = { node: '>=24' }
const EXACT = /^\d+\.\d+\.\d+(-[\w.]+)?$/
const PATIENCE_MS = 120_000

const root = dirname(import.meta.dirname)
const stop = new AbortController()
let interrupted: NodeJS.Signals | undefined

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    interrupted ??= signal
    stop.abort()
  })
}

const staging = mkdtempSync(join(tmpdir(), 'clawdx-pack-'))
try {
  await pack(resolve(root, process.argv[2] ?? 'dist'))
} catch (error) {
  process.exitCode = interrupted ? 128 + constants.signals[interrupted] : 1
  console.error(interrupted ? 'Interrupted: nothing was packed' : (error as Error).message)
} finally {
  rmSync(staging, { recursive: true, force: true, maxRetries: 5 })
}

async function pack(folder: string): Promise<void> {
  // Declarations of one package name types of others, and the compiler looks for those from where they lie.
  symlinkSync(join(root, 'node_modules'), join(staging, 'node_modules'), 'junction')
  const manifests = PACKAGES.map(readManifest)
  for (const manifest of manifests) checkVersions(manifest, manifests)
  for (const [index, name] of PACKAGES.entries()) {
    await compile(name)
    const manifest = manifests[index]
    if (manifest) complete(name, manifest)
  }
  const packed = join(staging, 'packed')
  mkdirSync(packed)
  await npm(
    'pack',
    ...PACKAGES.map((name) => `./${name}`),
    '--ignore-scripts',
    `--pack-destination=${packed}`,
  )
  stop.signal.throwIfAborted()
  mkdirSync(folder, { recursive: true })
  for (const file of readdirSync(packed)) {
    copyFileSync(join(packed, file), join(folder, file))
    console.log(`${join(folder, file)} (${Math.ceil(statSync(join(folder, file)).size / 1024)} KiB)`)
  }
}

function readManifest(name: string): Manifest {
  return JSON.parse(readFileSync(join(root, 'packages', name, 'package.json'), 'utf8')) as Manifest
}

/** Who installs a version gets what was tested with it, so ranges are refused, and other versions of our own. */
function checkVersions({ name, dependencies = {} }: Manifest, manifests: readonly Manifest[]): void {
  for (const [dependency, version] of Object.entries(dependencies)) {
    const own = manifests.find((each) => each.name === dependency)
    if (!EXACT.test(version) || (own && own.version !== version))
      throw new Error(`${name} asks for ${dependency}@${version}, not for ${own?.version ?? 'one version'}`)
  }
}

/** Against the declarations made just before, as whoever installs the packages will have them. */
async function compile(name: string): Promise<void> {
  const source = join(root, 'packages', name, 'src')
  const config = join(staging, `tsconfig.${name}.json`)
  const options = {
    extends: join(root, 'tsconfig.json'),
    compilerOptions: {
      noEmit: false,
      noEmitOnError: true,
      declaration: true,
      rewriteRelativeImportExtensions: true,
      rootDir: source,
      outDir: join(staging, name, 'dist'),
      paths: { '@clawdxcraft/*': [join(staging, '*', 'dist', 'index.d.ts')] },
    },
    include: [source],
    exclude: [join(source, '**', '*.test.ts')],
  }
  writeFileSync(config, JSON.stringify(options))
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc')
  await run(process.execPath, [tsc, '-p', config], { cwd: root })
}

/** Adds all that is no code: manifest, front page, licence, and the files that the code reads. */
function complete(name: string, manifest: Manifest): void {
  const source = join(root, 'packages', name)
  const target = join(staging, name)
  const filter = (path: string) => !/\.[cm]?tsx?$/.test(path)
  cpSync(join(source, 'src'), join(target, 'dist'), { recursive: true, filter })
  for (const file of manifest.files ?? [])
    cpSync(join(source, file), join(target, file), { recursive: true, filter })
  copyFileSync(join(source, 'README.md'), join(target, 'README.md'))
  copyFileSync(join(root, 'LICENSE'), join(target, 'LICENSE'))
  writeFileSync(join(target, 'package.json'), `${JSON.stringify(published(manifest), null, 2)}\n`)
}

function published(manifest: Manifest): object {
  const { private: _, scripts: _scripts, devDependencies: _tools, ...rest } = manifest
  const { exports = {}, bin, files = [] } = manifest
  const entries = Object.entries(exports).map(([path, file]) => [
    path,
    { types: built(file, '.d.ts'), default: built(file, '.js') },
  ])
  const programs = Object.entries(bin ?? {}).map(([program, file]) => [program, built(file, '.js').slice(2)])
  return {
    ...rest,
    engines: ENGINES,
    types: built(exports['.'] ?? '', '.d.ts'),
    exports: Object.fromEntries(entries),
    ...(bin && { bin: Object.fromEntries(programs) }),
    files: ['dist', ...files],
  }
}

function built(file: string, extension: '.js' | '.d.ts'): string {
  const [, path] = /^\.\/src\/(.+)\.ts$/.exec(file) ?? []
  if (path === undefined) throw new Error(`${file || 'Nothing'} is no source file that could be an entry`)
  return `./dist/${path}${extension}`
}

function npm(...args: string[]): Promise<void> {
  const cli = process.env['npm_execpath'] ?? ''
  if (cli.endsWith('npm-cli.js')) return run(process.execPath, [cli, ...args], { cwd: staging })
  const shell = process.platform === 'win32'
  return run(shell ? 'npm.cmd' : 'npm', args, { cwd: staging, shell })
}

/** Rejects with all that the program wrote where it fails. */
function run(program: string, args: string[], options: { cwd: string; shell?: boolean }): Promise<void> {
  stop.signal.throwIfAborted()
  return new Promise((settle, reject) => {
    const child = spawn(program, args, {
      ...options,
      stdio: ['ignore', 'pipe', 'pipe'],
      signal: stop.signal,
      timeout: PATIENCE_MS,
    })
    let output = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text))
    child.stderr.setEncoding('utf8').on('data', (text: string) => (output += text))
    child.once('error', (error) => (output += `${program}: ${error.message}`))
    // Not before it has ended: it would write into the folder that is being removed.
    child.once('close', (code) => (code === 0 ? settle() : reject(new Error(output.trimEnd()))))
  })
}
