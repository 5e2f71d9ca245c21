// What ssrf.test.ts starts in a network of its own, where a public address, private ones and a name server are at hand:
//   node ssrf-program.ts <client> <folder with key.pem and cert.pem>
// It prints what came of it as JSON.
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import type { ServerResponse } from 'node:http'
import { createServer as createHttps } from 'node:https'
import { lookup } from 'node:dns/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import ipaddr from 'ipaddr.js'
import { createGuard, parseAllowList } from '../src/delivery/guard.ts'
import type { OutboundError } from '../src/delivery/outbound-error.ts'
import { createOutbound, selfTest } from '../src/delivery/outbound.ts'
import { serveNames } from './ssrf-names.ts'
import type { Names } from './ssrf-names.ts'

export const PUBLIC = '93.184.216.34'
/** As public as the other, but this machine has it itself. */
export const OWN = '93.184.216.99'
export const LAN = '10.66.0.1'
export const METADATA = '169.254.169.254'
export const NAME_SERVER = '127.0.0.53'
export const PROXY = '10.66.0.2'

const LOOPBACK = '127.0.0.1'
const LOOPBACK_6 = '0:0:0:0:0:0:0:1'
const MAPPED = '0:0:0:0:0:ffff:7f00:1'
const NAT64 = '64:ff9b:0:0:0:0:7f00:1'
const PORTS = [80, 443, 8443]
const TIMEOUT_MS = 5_000

const names: Names = {
  'sink.example.org': [[PUBLIC]],
  'loopback.example.org': [[LOOPBACK]],
  'loopback6.example.org': [[LOOPBACK_6]],
  'mapped.example.org': [[MAPPED]],
  'nat64.example.org': [[NAT64]],
  'lan.example.org': [[LAN]],
  'metadata.example.org': [[METADATA]],
  'own.example.org': [[OWN]],
  'mixed.example.org': [[PUBLIC, LOOPBACK, LAN]],
  'mixed-last.example.org': [[LOOPBACK, METADATA, PUBLIC]],
  'mixed6.example.org': [[LOOPBACK_6, PUBLIC]],
  'rebinding.example.org': [[PUBLIC], [LOOPBACK]],
  'rebinding-lan.example.org': [[PUBLIC], [LAN]],
  'rebinding-metadata.example.org': [[PUBLIC], [METADATA]],
  'silent.example.org': 'silent',
}

export interface Seen {
  /** Of each request: a status, or the code of why there is none. */
  readonly ends: Readonly<Record<string, string | number>>
  /** What a look at the name said when it was registered. */
  readonly looks: Readonly<Record<string, 'passed' | 'refused'>>
  /** Connections to what must not be reached, by address. */
  readonly knocks: Readonly<Record<string, number>>
  /** What arrived where it should, by path. */
  readonly arrived: readonly string[]
  /** The longest body that was handed on. */
  readonly longest: number
}

const knocks: Record<string, number> = {}
const arrived: string[] = []

async function setTrap(address: string): Promise<void> {
  knocks[address] = 0
  for (const port of PORTS) {
    const trap = createServer((socket) => {
      knocks[address] = (knocks[address] ?? 0) + 1
      socket.on('error', () => {}).destroy()
    }).listen(port, address)
    await once(trap, 'listening')
  }
}

const bomb = gzipSync(Buffer.alloc(32 * 2 ** 20))
const answers: Readonly<Record<string, (response: ServerResponse) => unknown>> = {
  '/': (response) => response.end('thank you'),
  '/301': (response) => response.writeHead(301, { location: `http://${LOOPBACK}/` }).end(),
  '/302': (response) => response.writeHead(302, { location: 'https://lan.example.org/' }).end(),
  '/307': (response) => response.writeHead(307, { location: `http://${METADATA}/latest/meta-data/` }).end(),
  '/308': (response) => response.writeHead(308, { location: `https://[::1]:8443/`, refresh: '0' }).end(),
  '/hang': () => {},
  '/drip': (response) => {
    const timer = setInterval(() => response.write('.'), 1_000)
    response.write('.')
    response.once('close', () => clearInterval(timer))
  },
  '/endless': (response) => {
    const pour = () => {
      while (!response.destroyed && response.write('x'.repeat(65_536)));
    }
    response.on('drain', pour)
    pour()
  },
  '/bomb': (response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb),
}

async function openSink(folder: string): Promise<void> {
  const [key, cert] = ['key.pem', 'cert.pem'].map((name) => readFileSync(join(folder, name)))
  const sink = createHttps({ key, cert }, (request, response) => {
    arrived.push(request.url ?? '')
    response.on('error', () => {})
    answers[request.url ?? '']?.(response)
  })
  sink.on('tlsClientError', () => {})
  sink.listen(443, PUBLIC)
  await once(sink, 'listening')
}

/** The client of the server, with nothing listed. */
async function tryGuarded(): Promise<Pick<Seen, 'ends' | 'looks' | 'longest'>> {
  await selfTest()
  const guard = createGuard(parseAllowList(''))
  const outbound = createOutbound(guard)
  const ends: Record<string, string | number> = {}
  const looks: Record<string, 'passed' | 'refused'> = {}
  let longest = 0

  async function post(what: string, url = `https://${what}/`, timeoutMs = TIMEOUT_MS): Promise<void> {
    const signal = new AbortController().signal
    try {
      const { status, body } = await outbound.post(url, { headers: {}, body: '{}', timeoutMs, signal })
      ends[what] = status
      longest = Math.max(longest, body.length)
    } catch (error) {
      ends[what] = (error as OutboundError).code
    }
  }

  for (const name of Object.keys(names)) {
    looks[name] = 'url' in (await guard.look(`https://${name}/`)) ? 'passed' : 'refused'
    await post(name)
    await post(`${name}:8443`)
  }
  for (const path of Object.keys(answers)) await post(path, `https://sink.example.org${path}`, 1_000)
  for (const host of [PUBLIC, LOOPBACK, '[::1]', LAN, METADATA, OWN]) await post(host)
  // One who answers stands behind many names of which nobody knows anything.
  const silent = Array.from({ length: 8 }, (_, i) => post(`silent ${i}`, 'https://silent.example.org/'))
  await post('beside the silent', 'https://sink.example.org/')
  ends['silent until then'] = Object.keys(ends).filter((what) => what.startsWith('silent ')).length
  await Promise.all(silent)
  await outbound.close()
  return { ends, looks, longest }
}

/** What many write: resolve the name, check the address, then fetch. */
async function tryNaive(): Promise<Pick<Seen, 'ends' | 'looks' | 'longest'>> {
  const ends: Record<string, string | number> = {}
  for (const [what, url] of [
    ['lan.example.org', 'https://lan.example.org/'],
    ['rebinding.example.org', 'https://rebinding.example.org/'],
    ['/301', 'https://sink.example.org/301'],
    ['/307', 'https://sink.example.org/307'],
  ] as const) {
    const { address } = await lookup(new URL(url).hostname)
    const isFine = ipaddr.process(address).range() === 'unicast'
    const sent = isFine ? fetch(url, { method: 'POST', body: '{}' }) : Promise.reject(new Error('refused'))
    ends[what] = await sent.then(
      ({ status }) => status,
      (error: Error) => error.message,
    )
  }
  return { ends, looks: {}, longest: 0 }
}

async function run([client, folder = '']: string[]): Promise<void> {
  await serveNames(NAME_SERVER, names)
  for (const address of [LOOPBACK, LAN, METADATA, OWN, PROXY, '::1']) await setTrap(address)
  await openSink(folder)
  const found = await (client === 'naive' ? tryNaive() : tryGuarded())
  const seen: Seen = { ...found, knocks, arrived }
  process.stdout.write(JSON.stringify(seen), () => process.exit())
}

if (process.argv[1] === import.meta.filename) await run(process.argv.slice(2))
