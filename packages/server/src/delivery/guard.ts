import { isIP } from 'node:net'
import type { BlockList } from 'node:net'
import { networkInterfaces } from 'node:os'
import ipaddr from 'ipaddr.js'
import { addressOf, contains, deniedNetworks, numberOf, parseNetwork, toBlockList } from './networks.ts'
import type { Network } from './networks.ts'
import { isLocalhost, resolve } from './resolve.ts'

/** What webhooks may reach although the guard would refuse it. */
export interface AllowList {
  /** Names in lower case, without the dot at the end. */
  readonly hosts: ReadonlySet<string>
  readonly networks: readonly Network[]
}

export type Judgement = { readonly url: URL } | { readonly refusal: string }

/** Decides where webhooks may go, so that nobody makes this server knock at doors that only it can reach. */
export interface Guard {
  /** The address as it will be called, or why it is refused, in words for its owner. Asks no network. */
  judge(url: string): Judgement
  /** The same, after a look at the addresses that the name has now. A name that has none passes: it may get one. */
  look(url: string): Promise<Judgement>
  /** For sockets, which then do not even knock. */
  readonly blockList: BlockList
  /** For a socket that is connected, as the second lock of the same door. */
  mayReach(address: string): boolean
  /** Whether the operator listed this very name, wherever it leads. */
  isListedHost(hostname: string): boolean
}

const LONGEST = 2_048
const PORTS = new Set(['', '8443'])
const LOCAL_NAME = /(^|\.)(local|internal|localhost|home\.arpa)$/
const LABEL = /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/
const LONGEST_NAME = 253
const HINT = 'unless CLAWDX_WEBHOOK_ALLOW lists the host'

/** Reads `127.0.0.0/8,::1,gateway,openclaw.lan`. Throws an error that names everything wrong with it. */
export function parseAllowList(text: string): AllowList {
  const hosts = new Set<string>()
  const networks: Network[] = []
  const faults: string[] = []
  for (const entry of text.split(',').map((part) => part.trim())) {
    if (entry === '') continue
    const network = parseNetwork(entry)
    const host = network ? undefined : parseHost(entry)
    if (network) networks.push(...network)
    else if (host !== undefined) hosts.add(host)
    else faults.push(JSON.stringify(entry))
  }
  if (faults.length > 0) {
    throw new Error(
      `must be addresses, networks like 10.0.0.0/8 and names of hosts, with commas between, and not ${faults.join(', ')}`,
    )
  }
  return { hosts, networks }
}

/** `undefined` also for what a URL would read as an address, such as `127.1` or `0x7f.1`. */
function parseHost(entry: string): string | undefined {
  const hostname = /[/\\:@?#]/.test(entry) ? undefined : URL.parse(`http://${entry}`)?.hostname
  if (hostname === undefined || isIP(hostname) !== 0) return undefined
  const host = withoutDot(hostname)
  return isName(host) ? host : undefined
}

export function createGuard({ hosts, networks }: AllowList): Guard {
  const denied = deniedNetworks(ownAddresses(), networks)
  const isAllowed = (address: string) => contains(networks, numberOf(address))
  const isLoopbackAllowed = isAllowed('127.0.0.1') || isAllowed('::1')

  function mayReach(address: string): boolean {
    if (isIP(address) === 0) return false
    const number = numberOf(address)
    if (contains(networks, number)) return true
    // This machine may have got another address since the guard was made.
    const isOwn = () => ownAddresses().some((own) => numberOf(own) === number)
    return !contains(denied, number) && ipaddr.parse(addressOf(number)).range() === 'unicast' && !isOwn()
  }

  function isListed({ hostname }: URL): boolean {
    if (hosts.has(hostname)) return true
    if (isLocalhost(hostname)) return isLoopbackAllowed
    const literal = literalOf(hostname)
    return literal !== undefined && isAllowed(literal)
  }

  function refusalOfStranger(url: URL): string | undefined {
    const literal = literalOf(url.hostname)
    if (literal !== undefined && !mayReach(literal)) {
      return `${literal} is a private or reserved address, which is not called ${HINT}`
    }
    if (literal === undefined && !isPublicName(url.hostname)) {
      return `${url.hostname} is no public name, and is not called ${HINT}`
    }
    if (url.protocol !== 'https:') return `Only https addresses are called, ${HINT}`
    if (!PORTS.has(url.port)) return `Only the ports 443 and 8443 are called, ${HINT}`
    return undefined
  }

  function judge(text: string): Judgement {
    if (text.length > LONGEST) return { refusal: `An address has at most ${LONGEST} characters` }
    const url = URL.parse(text)
    if (!url || !/^https?:$/.test(url.protocol)) {
      return { refusal: 'This is not an address like https://example.org/hook' }
    }
    if (url.username !== '' || url.password !== '') {
      return { refusal: 'An address must not hold a user name or a password' }
    }
    url.hash = ''
    url.hostname = withoutDot(url.hostname)
    // Letters beyond ASCII get longer when they are encoded.
    if (url.href.length > LONGEST) return { refusal: `An address has at most ${LONGEST} characters` }
    const refusal = isListed(url) ? undefined : refusalOfStranger(url)
    return refusal === undefined ? { url } : { refusal }
  }

  async function look(text: string): Promise<Judgement> {
    const judgement = judge(text)
    if ('refusal' in judgement) return judgement
    const { hostname } = judgement.url
    if (hosts.has(hostname) || literalOf(hostname) !== undefined) return judgement
    const addresses = await resolve(hostname).catch(() => [])
    // Which one it is stays unsaid: the names of a network behind this server are nobody's business.
    return addresses.every(({ address }) => mayReach(address))
      ? judgement
      : { refusal: `${hostname} leads to a private or reserved address, and is not called ${HINT}` }
  }

  return {
    judge,
    look,
    blockList: toBlockList(denied),
    mayReach,
    isListedHost: (hostname) => hosts.has(withoutDot(hostname.toLowerCase())),
  }
}

function ownAddresses(): string[] {
  const all = Object.values(networkInterfaces()).flatMap((some) => some ?? [])
  return all.map(({ address }) => address.replace(/%.*/, ''))
}

/** The address where a URL has one in place of a name. */
function literalOf(hostname: string): string | undefined {
  const address = hostname.replace(/^\[(.*)\]$/, '$1')
  return isIP(address) === 0 ? undefined : address
}

function withoutDot(name: string): string {
  return name.replace(/\.$/, '')
}

function isName(name: string): boolean {
  return name.length <= LONGEST_NAME && name.split('.').every((label) => LABEL.test(label))
}

function isPublicName(name: string): boolean {
  return isName(name) && name.includes('.') && !LOCAL_NAME.test(name)
}
