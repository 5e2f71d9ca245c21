import type { LookupAddress } from 'node:dns'
import { Resolver, lookup } from 'node:dns/promises'
import type { LookupFunction } from 'node:net'
import { OutboundError } from './outbound-error.ts'

const LIMIT_MS = 2_000
const TRY_MS = 1_000
const ADDRESSES_MAX = 64

export function isLocalhost(hostname: string): boolean {
  return /(^|\.)localhost$/.test(hostname)
}

/**
 * All addresses of a name. `dns.lookup` has room for two questions at a time in the whole process, and waits ten seconds
 * for a name server that stays silent: two endpoints of one stranger would stop the webhooks of everybody.
 */
export async function resolve(hostname: string): Promise<LookupAddress[]> {
  // Stands in the hosts file, and needs no name server.
  if (isLocalhost(hostname)) return lookup(hostname, { all: true }).catch(() => notFound())
  const resolver = new Resolver({ timeout: TRY_MS, tries: 2 })
  const timer = setTimeout(() => resolver.cancel(), LIMIT_MS)
  const [v4, v6] = await Promise.allSettled([resolver.resolve4(hostname), resolver.resolve6(hostname)])
  clearTimeout(timer)
  const addresses = [
    ...(v4.status === 'fulfilled' ? v4.value.map((address) => ({ address, family: 4 })) : []),
    ...(v6.status === 'fulfilled' ? v6.value.map((address) => ({ address, family: 6 })) : []),
  ]
  return addresses.length > 0 ? addresses.slice(0, ADDRESSES_MAX) : notFound()
}

function notFound(): never {
  throw new OutboundError('dns')
}

/** For sockets. */
export const resolveForSocket: LookupFunction = (hostname, { all }, callback) => {
  void resolve(hostname).then(
    (addresses) => {
      const [one] = addresses
      if (all) callback(null, addresses)
      else callback(null, one?.address ?? '', one?.family)
    },
    (error: Error) => callback(error, ''),
  )
}
