import type { Pace } from '../clock.ts'
import { countOf } from '../clock.ts'
import type { Bench } from '../group.ts'
import { repeat } from '../group.ts'
import { cpuDuring, cpuOf, cpuOfFamily } from '../proc.ts'
import { startProgram } from '../program.ts'
import type { BareClient } from '../programs/bare-client.ts'
import type { Mentions } from '../programs/mentions.ts'
import type { Receivers } from '../programs/receivers.ts'
import { percentile } from '../table.ts'
import type { Row } from '../table.ts'
import { ALLOW, MENTIONS, castOf, closing, disorderOf, endpointsOf, openEndpoints } from './endpoints.ts'

const PER_SECOND = 200
const HANGING_SHARE = 0.05

/** From a mention until it is with the endpoint, while some endpoints take and never answer. */
export async function deliveries(bench: Bench): Promise<Row[]> {
  const { network, signal, isQuick, tell } = bench
  const endpoints = endpointsOf(bench)
  const hanging = endpoints * HANGING_SHARE
  await using server = await network.start('all', ALLOW)
  const { writers, owners } = castOf(network, endpoints)
  await using receivers = startProgram<Receivers>('receivers', signal)
  await using mentions = startProgram<Mentions>('mentions', signal)
  await using bare = startProgram<BareClient>('bare-client', signal)
  const urls = await receivers.ask('listen', { count: endpoints, hanging })
  const answering = urls.slice(0, -hanging)
  await mentions.ask('connect', { url: server.url, tokens: writers.tokens })
  const posts: Pace = { perSecond: PER_SECOND / MENTIONS, seconds: isQuick ? 3 : 30 }
  const short: Pace = { ...posts, seconds: isQuick ? 2 : 10 }

  tell('deliveries: warming up')
  {
    await using _ = closing(server, await openEndpoints(server, owners.tokens, answering))
    await mentions.ask('post', { ...short, each: MENTIONS, handles: owners.handles.slice(0, -hanging) })
    await receivers.ask('reach', countOf(short) * MENTIONS)
  }
  const { sample } = await receivers.ask('taken', undefined)
  const bareAt = { perSecond: PER_SECOND, seconds: short.seconds, urls: answering, body: sample }
  await bare.ask('post', bareAt)

  /** Processor time of the server and of its database. */
  const used = async (work: () => Promise<void>) => {
    const figures = () => Promise.all([cpuOf(server.pid), cpuOfFamily(network.databasePid)])
    const [ours, theirs] = await figures()
    await work()
    const [oursAfter, theirsAfter] = await figures()
    return { server: oursAfter - ours, database: theirsAfter - theirs }
  }

  const runs = await repeat(bench, 3, async (run) => {
    tell(`deliveries: ${run}, mentions that are sent to nobody`)
    const quiet = await used(() =>
      mentions.ask('post', { ...short, each: MENTIONS, handles: writers.handles }),
    )
    tell(`deliveries: ${run}, opening endpoints`)
    // New ones each time, as who has hung before is tried less often.
    await using _ = closing(server, await openEndpoints(server, owners.tokens, urls))
    tell(`deliveries: ${run}`)
    await receivers.ask('taken', undefined)
    const after = await mentions.ask('head', undefined)
    const busy = await used(async () => {
      await mentions.ask('post', { ...posts, each: MENTIONS, handles: owners.handles })
      await receivers.ask('reach', Math.round(countOf(posts) * MENTIONS * (1 - HANGING_SHARE)))
    })
    const { arrivals, unanswered } = await receivers.ask('taken', undefined)
    if (unanswered === 0) throw new Error('No endpoint hung')
    const log = await mentions.ask('log', { after, count: countOf(posts) })
    const limit = await cpuDuring(bare.pid, () => bare.ask('post', bareAt))

    const lags = arrivals.map((arrival) => arrival.at - arrival.sentAt)
    const requests = arrivals.length + unanswered
    // What the mentions themselves cost is not the deliveries' doing.
    const costOf = (which: 'server' | 'database') =>
      ((busy[which] - (quiet[which] * posts.seconds) / short.seconds) * 1000) / requests
    return {
      p50: percentile(lags, 0.5),
      p99: percentile(lags, 0.99),
      value: costOf('server'),
      database: costOf('database'),
      limit: (limit.cpu * 1000) / countOf(bareAt),
      ...disorderOf(arrivals, log),
    }
  })
  return [
    {
      thing: `mention → received at ${PER_SECOND} a second, ${endpoints.toLocaleString('en')} endpoints, ${hanging} hang`,
      runs: runs.map(({ p50, p99 }) => ({ p50, p99 })),
      aims: [{ of: 'p99', atMost: 2_000 }],
    },
    {
      thing: 'of them out of order',
      unit: 'events',
      runs: runs.map(({ late: value }) => ({ value })),
      aims: [{ of: 'value', atMost: 0 }],
    },
    { thing: 'of them twice', unit: 'events', runs: runs.map(({ twice: value }) => ({ value })) },
    {
      thing: 'CPU a delivery',
      unit: 'µs',
      limit: 'bare undici',
      runs: runs.map(({ value, limit }) => ({ value, limit })),
    },
    {
      thing: 'and of the database',
      unit: 'µs',
      runs: runs.map(({ database: value }) => ({ value })),
    },
  ]
}
