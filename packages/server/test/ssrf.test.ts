import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findNamespaces } from '../../../e2e/faults/launch.ts'
import { LAN, METADATA, NAME_SERVER, OWN, PROXY, PUBLIC } from './ssrf-program.ts'
import type { Seen } from './ssrf-program.ts'

const program = fileURLToPath(new URL('ssrf-program.ts', import.meta.url))
const namespaces = spawnSync('openssl', ['version']).status === 0 ? findNamespaces() : undefined
const isRequired = process.env['CI'] === 'true' && process.getuid?.() === 0
const LIMIT_MS = 120_000

if (!namespaces) {
  console.warn(
    '\n!!! No network of our own (unshare, ip, openssl): that webhooks reach no private address is NOT tested !!!\n',
  )
}

test.runIf(isRequired)('there is a network to play the Internet in', () => {
  expect(namespaces).toBeDefined()
})

// The first address is not on an interface, as one of the Internet would not be; packets for it come back all the same.
const network = `
set -e
ip link set lo up
ip route add local ${PUBLIC}/32 dev lo
for address in ${OWN} ${LAN} ${METADATA} ${PROXY}; do ip addr add $address/32 dev lo; done
mount --bind "$FOLDER/resolv.conf" /etc/resolv.conf
[ ! -e /etc/nsswitch.conf ] || mount --bind "$FOLDER/nsswitch.conf" /etc/nsswitch.conf
exec "$@"`

describe.runIf(namespaces)('in a network with a public sink and private traps', () => {
  const folder = mkdtempSync(join(tmpdir(), 'clawdx-ssrf-'))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  function run(client: string, environment: Record<string, string> = {}): Seen {
    const [command = '', ...way] = namespaces ?? []
    const node = [process.execPath, '--disable-warning=ExperimentalWarning', program, client, folder]
    const { stdout, stderr } = spawnSync(command, [...way, 'sh', '-c', network, 'sh', ...node], {
      encoding: 'utf8',
      timeout: LIMIT_MS,
      env: {
        PATH: process.env['PATH'],
        FOLDER: folder,
        NODE_EXTRA_CA_CERTS: join(folder, 'cert.pem'),
        ...environment,
      },
    })
    if (!stdout.startsWith('{')) throw new Error(`${stdout}${stderr}`)
    return JSON.parse(stdout) as Seen
  }

  beforeAll(() => {
    writeFileSync(join(folder, 'resolv.conf'), `nameserver ${NAME_SERVER}\n`)
    writeFileSync(join(folder, 'nsswitch.conf'), 'hosts: files dns\n')
    const names = `subjectAltName=DNS:*.example.org,IP:${PUBLIC}`
    const kind = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2']
    const files = ['-keyout', join(folder, 'key.pem'), '-out', join(folder, 'cert.pem')]
    const made = spawnSync('openssl', ['req', ...kind, ...files, '-subj', '/CN=sink', '-addext', names])
    expect(made.status, made.stderr.toString()).toBe(0)
  })

  describe('the client of webhooks, with nothing listed', () => {
    let seen: Seen
    beforeAll(() => {
      // A proxy would look up names by itself, behind the back of the guard.
      const proxy = `http://${PROXY}:80`
      seen = run('guarded', {
        NODE_USE_ENV_PROXY: '1',
        HTTP_PROXY: proxy,
        HTTPS_PROXY: proxy,
        https_proxy: proxy,
      })
    }, LIMIT_MS)

    test('reaches the sink', () => {
      expect(seen.ends).toMatchObject({ 'sink.example.org': 200, [PUBLIC]: 200, '/': 200 })
      expect(seen.arrived).toContain('/')
    })

    test('knocks at no other door', () => {
      const traps = ['127.0.0.1', '::1', LAN, METADATA, OWN, PROXY]
      expect(seen.knocks).toEqual(Object.fromEntries(traps.map((address) => [address, 0])))
    })

    test.each([
      'loopback',
      'loopback6',
      'mapped',
      'nat64',
      'lan',
      'metadata',
      'own',
      'rebinding',
      'rebinding-lan',
      'rebinding-metadata',
    ])('is stopped where the name is %s', (name) => {
      expect(seen.ends).toMatchObject({
        [`${name}.example.org`]: 'refused',
        [`${name}.example.org:8443`]: 'refused',
      })
    })

    test.each(['127.0.0.1', '[::1]', LAN, METADATA, OWN])('is stopped where the address is %s', (address) => {
      expect(seen.ends[address]).toBe('refused')
    })

    test.each(['mixed', 'mixed-last', 'mixed6'])('takes the public one of several addresses: %s', (name) => {
      expect(seen.ends[`${name}.example.org`]).toBe(200)
    })

    test('follows no redirect', () => {
      expect(seen.ends).toMatchObject({ '/301': 301, '/302': 302, '/307': 307, '/308': 308 })
    })

    test('is not kept waiting or filled up', () => {
      expect(seen.ends).toMatchObject({ '/hang': 'timeout', '/drip': 200, '/endless': 200, '/bomb': 200 })
      expect(seen.longest).toBeLessThanOrEqual(8_192)
    })

    test('does not wait for name servers that stay silent', () => {
      expect(seen.ends).toMatchObject({ 'silent.example.org': 'dns', 'silent 0': 'dns', 'silent 7': 'dns' })
      expect(seen.ends).toMatchObject({ 'beside the silent': 200, 'silent until then': 0 })
    })

    test('sees at the registration what a name leads to now', () => {
      const passed = Object.keys(seen.looks).filter((name) => seen.looks[name] === 'passed')
      // They show a public address first; and who has none now may get one.
      const patient = ['rebinding', 'rebinding-lan', 'rebinding-metadata', 'silent']
      expect(passed).toEqual(['sink', ...patient].map((name) => `${name}.example.org`))
      expect(Object.keys(seen.looks).length).toBeGreaterThan(12)
    })
  })

  test(
    'a client that looks first and then fetches walks into the traps',
    () => {
      const { knocks, ends } = run('naive')
      expect(ends['lan.example.org']).toBe('refused')
      expect(knocks['127.0.0.1']).toBeGreaterThanOrEqual(2)
      expect(knocks[METADATA]).toBeGreaterThanOrEqual(1)
    },
    LIMIT_MS,
  )
})
