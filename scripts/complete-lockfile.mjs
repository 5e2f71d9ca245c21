// Completes package-lock.json after `npm install` against a registry that lacks packages for other platforms: npm drops
// such optional packages without a word, and `npm ci` then refuses the lockfile. Their entries have a version and no
// integrity, since nobody here has seen them. Usage: node scripts/complete-lockfile.mjs
import { readFileSync, writeFileSync } from 'node:fs'

const file = new URL('../package-lock.json', import.meta.url)
const lock = JSON.parse(readFileSync(file, 'utf8'))
const systems = /darwin|linux|win32|windows|win|android|freebsd|openharmony|aix|sunos|netbsd|openbsd/
const processors = /arm64|arm|x64|ia32|ppc64|riscv64|s390x|wasm32|loong64|mips64el/

const added = {}
for (const [path, { optionalDependencies = {}, dev }] of Object.entries(lock.packages)) {
  for (const [name, version] of Object.entries(optionalDependencies)) {
    const key = `node_modules/${name}`
    if (lock.packages[key] || lock.packages[`${path}/${key}`]) continue
    const platform = platformOf(name)
    if (platform && /^\d/.test(version))
      added[key] = { version, ...platform, ...(dev && { dev }), optional: true }
    else console.error(`Left out: ${name}@${version}, whose platform or version is not plain`)
  }
}
const packages = Object.entries({ ...lock.packages, ...added }).toSorted(([a], [b]) => (a < b ? -1 : 1))
writeFileSync(file, `${JSON.stringify({ ...lock, packages: Object.fromEntries(packages) }, null, 2)}\n`)
console.log(`Added ${Object.keys(added).length} packages for other platforms`)

function platformOf(name) {
  const os = systems.exec(name)?.[0]
  const cpu = processors.exec(name)?.[0]
  if (!os && !cpu) return undefined
  const libc = name.includes('musl') ? 'musl' : name.includes('gnu') ? 'glibc' : undefined
  return {
    ...(cpu && { cpu: [cpu] }),
    ...(os === 'linux' && libc && { libc: [libc] }),
    ...(os && { os: [os.startsWith('win') ? 'win32' : os] }),
  }
}
