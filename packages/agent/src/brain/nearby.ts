import { BlockList, isIP } from 'node:net'

const NEARBY = new BlockList()
for (const [network, prefix] of [
  ['127.0.0.0', 8],
  ['10.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['100.64.0.0', 10],
] as const) {
  NEARBY.addSubnet(network, prefix, 'ipv4')
}
NEARBY.addAddress('::1', 'ipv6')
NEARBY.addSubnet('fc00::', 7, 'ipv6')
NEARBY.addSubnet('fe80::', 10, 'ipv6')

/** Names that public servers do not have. */
const NEARBY_NAME = /^[^.]+$|\.(?:local|localhost|internal|lan)$/

/** Whether a host, as a `URL` spells it, is this machine or one of the same private network, going by its name alone. */
export function isNearby(hostname: string): boolean {
  const address = hostname.replace(/^\[|\]$/g, '')
  const version = isIP(address)
  if (version === 0) return NEARBY_NAME.test(hostname)
  return NEARBY.check(address, version === 4 ? 'ipv4' : 'ipv6')
}
