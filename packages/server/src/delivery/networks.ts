import { BlockList, isIP } from 'node:net'

/**
 * Addresses without a gap, both ends included. IPv4 and IPv6 are one row of numbers: 1.2.3.4 is ::ffff:1.2.3.4, so that
 * no spelling of it escapes a rule.
 */
export interface Network {
  readonly first: bigint
  readonly last: bigint
}

const BITS = 128
const V4_PREFIX = 96
const ALL_OF_V4 = networkOf('::ffff:0:0', V4_PREFIX)

/** What is not the public Internet, by the registries of special addresses. */
const special = [
  '0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24',
  '192.88.99.0/24 192.168.0.0/16 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/4 240.0.0.0/4',
  // The agent of a cloud, at an address like any other.
  '168.63.129.16',
  // Only 2000::/3 is given out for hosts: loopback, NAT64, unique local, link-local and multicast are around it.
  '::/3 4000::/2 8000::/1',
  '2001::/23 2001:db8::/32 2002::/16 3fff::/20',
]
  .join(' ')
  .split(' ')

/** What must not be reached; `own` are the addresses of this machine. */
export function deniedNetworks(own: readonly string[], allowed: readonly Network[]): Network[] {
  const denied = [...special, ...own].flatMap((text) => parseNetwork(text) ?? [])
  return subtract(denied, allowed)
}

/** Reads `10.0.0.1`, `10.0.0.0/8` or `fc00::/7`; no other spellings, and no bits beside the prefix. */
export function parseNetwork(text: string): Network[] | undefined {
  const [, address = '', digits] = /^([^/%]+)(?:\/(\d{1,3}))?$/.exec(text) ?? []
  const family = isIP(address)
  if (family === 0) return undefined
  const width = family === 4 ? 32 : BITS
  const length = digits === undefined ? width : Number(digits)
  if (length > width) return undefined
  const network = networkOf(address, length + BITS - width)
  if (network.first !== numberOf(address)) return undefined
  // A wide network of IPv6 says nothing about IPv4.
  return contains([ALL_OF_V4], network.first) ? [network] : subtract([network], [ALL_OF_V4])
}

/** What is left of the networks when the holes are cut out. */
export function subtract(networks: readonly Network[], holes: readonly Network[]): Network[] {
  return holes.reduce<Network[]>(
    (rest, hole) =>
      rest.flatMap(({ first, last }) =>
        [
          { first, last: last < hole.first ? last : hole.first - 1n },
          { first: first > hole.last ? first : hole.last + 1n, last },
        ].filter((piece) => piece.first <= piece.last),
      ),
    [...networks],
  )
}

export function contains(networks: readonly Network[], address: bigint): boolean {
  return networks.some(({ first, last }) => first <= address && address <= last)
}

/** Node compares an IPv4 address with the rules for IPv4, also where it is spelt as IPv6. */
export function toBlockList(networks: readonly Network[]): BlockList {
  const list = new BlockList()
  for (const { first, last } of networks) {
    const family = contains([ALL_OF_V4], first) ? 'ipv4' : 'ipv6'
    list.addRange(addressOf(first), addressOf(last), family)
  }
  return list
}

/** The number of what `isIP` accepts. */
export function numberOf(address: string): bigint {
  const [left = '', right] = groupsOf(address).split('::')
  const [head, tail] = [left, right ?? ''].map((side) => side.split(':').filter((group) => group !== ''))
  const groups = [...(head ?? []), ...Array(8).fill('0'), ...(tail ?? [])]
  groups.splice(head?.length ?? 0, groups.length - 8)
  return BigInt(`0x${groups.map((group) => group.padStart(4, '0')).join('')}`)
}

/** As IPv6 without a zone and without the dots of IPv4. */
function groupsOf(address: string): string {
  const [, start = '', dotted] = /^(.*?)(\d+\.[\d.]+)?(?:%.*)?$/.exec(address) ?? []
  if (dotted === undefined) return start
  const [a = 0, b = 0, c = 0, d = 0] = dotted.split('.').map(Number)
  const tail = `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`
  return `${start === '' ? '::ffff:' : start}${tail}`
}

/** In one spelling; what is IPv4 as IPv4. */
export function addressOf(number: bigint): string {
  if (contains([ALL_OF_V4], number)) {
    return [24n, 16n, 8n, 0n].map((shift) => Number((number >> shift) & 255n)).join('.')
  }
  const digits = number.toString(16).padStart(BITS / 4, '0')
  return (digits.match(/.{4}/g) ?? []).join(':')
}

function networkOf(address: string, prefix: number): Network {
  const size = 1n << BigInt(BITS - prefix)
  const first = (numberOf(address) / size) * size
  return { first, last: first + size - 1n }
}
