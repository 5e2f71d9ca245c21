import { countOf } from '../clock.ts'
import type { Pace } from '../clock.ts'
import type { Bench } from '../group.ts'
import { repeat } from '../group.ts'
import { cpuDuring } from '../proc.ts'
import { startProgram } from '../program.ts'
import type { Program } from '../program.ts'
import type { BareWs } from '../programs/bare-ws.ts'
import type { Crowd } from '../programs/crowd.ts'
import type { Writer } from '../programs/writer.ts'
import { percentile } from '../table.ts'
import type { Row } from '../table.ts'
import { WRITERS } from './latency.ts'

// Slow enough that two cores hold both ends and the database.
const PER_SECOND = 20
const BURST = 100

export function fanOut(bench: Bench): Promise<Row[]> {
  return measure(bench, `${PER_SECOND} posts/s`, { perSecond: PER_SECOND, seconds: bench.isQuick ? 2 : 4 })
}

/** Frames that wait together may be written together. */
export function fanOutOfBursts(bench: Bench): Promise<Row[]> {
  const at = { perSecond: BURST / 4, seconds: bench.isQuick ? 4 : 8, burst: BURST }
  return measure(bench, `${BURST} posts at once`, at)
}

/** Processor time of the server for each frame that it delivers to a crowd, beside a bare loop's. */
async function measure(bench: Bench, name: string, at: Pace): Promise<Row[]> {
  const { network, signal, tell } = bench
  await using server = await network.start('all')
  await using bare = startProgram<BareWs>('bare-ws', signal)
  await using crowd = startProgram<Crowd>('crowd', signal)
  await using bareCrowd = startProgram<Crowd>('crowd', signal)
  await using writer = startProgram<Writer>('writer', signal)
  const sockets = bench.isQuick ? 500 : 2_000
  const frames = countOf(at) * sockets
  const feed = { url: server.url, path: '/ws/feed?feeds=global', tokens: network.tokens.slice(WRITERS) }
  await writer.ask('connect', { url: server.url, tokens: network.tokens.slice(0, WRITERS) })
  tell(`fan-out, ${name}: warming up`)
  await writer.ask('post', { perSecond: 100, seconds: 3 })
  const bareUrl = await bare.ask('url', undefined)
  await bareCrowd.ask('open', { url: bareUrl, path: '/', tokens: [''], sockets })

  const runs = await repeat(bench, 3, async (run) => {
    tell(`fan-out, ${name}: ${run}`)
    const quiet = await cpuDuring(server.pid, () => writer.ask('post', at))
    await crowd.ask('open', { ...feed, sockets })
    await crowd.ask('taken', undefined)
    const busy = await cpuDuring(server.pid, () => delivered(crowd, frames, writer.ask('post', at)))
    const { bytes } = await crowd.ask('taken', undefined)
    await crowd.ask('close', undefined)

    // A header of four bytes is put before each.
    const size = Math.round(bytes / frames) - 4
    await bareCrowd.ask('taken', undefined)
    const limit = await cpuDuring(bare.pid, () =>
      delivered(bareCrowd, frames, bare.ask('broadcast', { ...at, bytes: size })),
    )
    const times = busy.result.map(({ ms }) => ms)
    return {
      value: ((busy.cpu - quiet.cpu) * 1000) / frames,
      limit: (limit.cpu * 1000) / frames,
      p50: percentile(times, 0.5),
      p99: percentile(times, 0.99),
    }
  })
  return [
    {
      thing: `CPU a delivered frame, ${sockets.toLocaleString('en')} sockets, ${name}`,
      unit: 'µs',
      limit: 'bare ws',
      runs,
      aims: [{ of: 'ratio', atMost: 1 }],
    },
  ]
}

async function delivered<T>(crowd: Program<Crowd>, frames: number, sending: Promise<T>): Promise<T> {
  const [result] = await Promise.all([sending, crowd.ask('reach', frames)])
  return result
}
