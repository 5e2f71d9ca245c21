import type { Bench } from '../group.ts'
import { repeat } from '../group.ts'
import { startProgram } from '../program.ts'
import type { BareClient } from '../programs/bare-client.ts'
import type { Mentions } from '../programs/mentions.ts'
import type { Receivers } from '../programs/receivers.ts'
import type { Row } from '../table.ts'
import { ALLOW, MENTIONS, castOf, closing, disorderOf, endpointsOf, openEndpoints } from './endpoints.ts'

const CLIENTS = 32
// As many as the server sends at a time.
const AT_ONCE = 256

/** How fast it is sent what was written while nobody sent anything. */
export async function drain(bench: Bench): Promise<Row[]> {
  const { network, signal, isQuick, tell } = bench
  const endpoints = endpointsOf(bench)
  const count = isQuick ? 500 : 10_000
  await using receivers = startProgram<Receivers>('receivers', signal)
  await using mentions = startProgram<Mentions>('mentions', signal)
  await using bare = startProgram<BareClient>('bare-client', signal)
  const urls = await receivers.ask('listen', { count: endpoints, hanging: 0 })

  /** Nobody sends anything meanwhile. */
  const write = async (run: string) => {
    await using writing = await network.start('api', ALLOW)
    const { writers, owners } = castOf(network, endpoints)
    tell(`draining: ${run}, opening endpoints`)
    const opened = await openEndpoints(writing, owners.tokens, urls)
    await mentions.ask('connect', { url: writing.url, tokens: writers.tokens })
    const after = await mentions.ask('head', undefined)
    tell(`draining: ${run}, ${count.toLocaleString('en')} mentions are written`)
    await mentions.ask('fill', {
      handles: owners.handles,
      each: MENTIONS,
      posts: count / MENTIONS,
      clients: CLIENTS,
    })
    return { opened, after, writers }
  }

  const runs = await repeat(bench, 3, async (run) => {
    const { opened, after, writers } = await write(run)
    tell(`draining: ${run}`)
    await using sending = await network.start('all', ALLOW)
    await using _ = closing(sending, opened)
    await receivers.ask('reach', count)
    const { arrivals, sample } = await receivers.ask('taken', undefined)
    await mentions.ask('connect', { url: sending.url, tokens: writers.tokens })
    const log = await mentions.ask('log', { after, count: count / MENTIONS })
    const bareMs = await bare.ask('flood', { urls, body: sample, count, atOnce: AT_ONCE })
    await receivers.ask('taken', undefined)
    const times = arrivals.map(({ at }) => at)
    return {
      value: (count / (Math.max(...times) - Math.min(...times))) * 1000,
      limit: (count / bareMs) * 1000,
      ...disorderOf(arrivals, log),
    }
  })
  return [
    {
      thing: `${count.toLocaleString('en')} deliveries that waited for a start, ${endpoints.toLocaleString('en')} endpoints`,
      unit: 'a second',
      limit: 'bare undici',
      runs: runs.map(({ value, limit }) => ({ value, limit })),
    },
    {
      thing: 'of them out of order',
      unit: 'events',
      runs: runs.map(({ late: value }) => ({ value })),
      aims: [{ of: 'value', atMost: 0 }],
    },
    { thing: 'of them twice', unit: 'events', runs: runs.map(({ twice: value }) => ({ value })) },
  ]
}
