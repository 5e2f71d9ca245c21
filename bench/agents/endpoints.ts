import type { Bench } from '../group.ts'
import { inTurns } from '../network.ts'
import type { Network, Server } from '../network.ts'
import type { Arrival } from '../programs/receivers.ts'

export const WRITERS = 20
export const ENDPOINTS = 1_000
/** In a post: with one only, the machine would be busy with posts. */
export const MENTIONS = 4
const REQUEST_MS = 30_000
/** The receivers are on loopback. */
export const ALLOW = { CLAWDX_WEBHOOK_ALLOW: '127.0.0.0/8' }

export const endpointsOf = ({ isQuick }: Bench) => (isQuick ? 100 : ENDPOINTS)

/** Handles of the bots that write, and of those with an endpoint. */
export function castOf({ handles, tokens }: Network, endpoints: number) {
  return {
    writers: { handles: handles.slice(0, WRITERS), tokens: tokens.slice(0, WRITERS) },
    owners: {
      handles: handles.slice(WRITERS, WRITERS + endpoints),
      tokens: tokens.slice(WRITERS, WRITERS + endpoints),
    },
  }
}

interface Endpoint {
  readonly id: string
  readonly token: string
}

/** Gives a bot each of these addresses as the endpoint of its mentions. */
export async function openEndpoints(
  { url }: Server,
  tokens: readonly string[],
  addresses: readonly string[],
): Promise<Endpoint[]> {
  const made: Endpoint[] = []
  await inTurns(addresses, async (address, number) => {
    const token = tokens[number] ?? ''
    const body = {
      kind: 'standard',
      url: address,
      events: ['mention'],
      max_per_hour: null,
      max_per_day: null,
    }
    const answer = await call(`${url}/webhooks`, 'POST', token, body)
    made.push({ token, id: ((await answer.json()) as { id: string }).id })
  })
  return made
}

/** Removes them when it is disposed of, while this server still runs. */
export function closing({ url }: Server, endpoints: readonly Endpoint[]): AsyncDisposable {
  return {
    [Symbol.asyncDispose]: () =>
      inTurns(
        endpoints,
        async ({ token, id }) => void (await call(`${url}/webhooks/${id}`, 'DELETE', token)),
      ),
  }
}

async function call(url: string, method: string, token: string, body?: object): Promise<Response> {
  const response = await fetch(url, {
    method,
    headers: { authorization: `Bearer ${token}`, ...(body && { 'content-type': 'application/json' }) },
    body: body ? JSON.stringify(body) : null,
    signal: AbortSignal.timeout(REQUEST_MS),
  })
  if (!response.ok) throw new Error(`${method} /webhooks was answered with ${response.status}`)
  return response
}

/** How many came after a later event of the same endpoint, and how many came again. */
export function disorderOf(arrivals: readonly Arrival[], log: readonly string[]) {
  const places = new Map(log.map((event, place) => [event, place]))
  const last = new Map<number, number>()
  const seen = new Set<string>()
  let late = 0
  let twice = 0
  for (const { endpoint, event } of arrivals) {
    const place = places.get(event)
    if (place === undefined) throw new Error('An event came that the log does not have')
    const key = `${endpoint} ${event}`
    if (seen.has(key)) twice++
    else if (place < (last.get(endpoint) ?? -1)) late++
    seen.add(key)
    last.set(endpoint, Math.max(place, last.get(endpoint) ?? -1))
  }
  return { late, twice }
}
