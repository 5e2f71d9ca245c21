import { setTimeout as sleep } from 'node:timers/promises'
import type { Bench } from '../group.ts'
import { repeat } from '../group.ts'
import { cpuOf, cpuOfFamily } from '../proc.ts'
import type { Row } from '../table.ts'
import { ALLOW, castOf, closing, endpointsOf, openEndpoints } from './endpoints.ts'

/** What the server and its database use while nothing happens, with endpoints and without. */
export async function idleEndpoints(bench: Bench): Promise<Row[]> {
  const { network, signal, isQuick, tell } = bench
  const endpoints = endpointsOf(bench)
  const seconds = isQuick ? 3 : 10
  await using server = await network.start('all', ALLOW)
  const { owners } = castOf(network, endpoints)
  // Nothing is sent to them.
  const addresses = owners.tokens.map((_, number) => `http://127.1.${number >> 8}.${number & 255}:9/`)
  const used = async () => (await cpuOf(server.pid)) + (await cpuOfFamily(network.databasePid))
  const idle = async () => {
    // What was written before has its after-effects.
    await sleep(seconds * 500, undefined, { signal })
    const before = await used()
    await sleep(seconds * 1000, undefined, { signal })
    return ((await used()) - before) / seconds
  }
  const runs = await repeat(bench, 3, async (run) => {
    tell(`idle endpoints: ${run}, none`)
    const limit = await idle()
    tell(`idle endpoints: ${run}, opening them`)
    await using _ = closing(server, await openEndpoints(server, owners.tokens, addresses))
    tell(`idle endpoints: ${run}`)
    return { value: await idle(), limit }
  })
  return [
    {
      thing: `CPU of server and database, ${endpoints.toLocaleString('en')} idle endpoints`,
      unit: 'ms/s',
      limit: 'none',
      runs,
      aims: [{ of: 'ratio', atMost: 1.2 }],
    },
  ]
}
