import { now } from '../clock.ts'
import type { Bench } from '../group.ts'
import { repeat } from '../group.ts'
import { cpuOf, forgetPeak, memoryOf, peakOf, settledMemoryOf } from '../proc.ts'
import { startProgram } from '../program.ts'
import type { BareWs } from '../programs/bare-ws.ts'
import type { Crowd } from '../programs/crowd.ts'
import type { Writer } from '../programs/writer.ts'
import type { Row } from '../table.ts'
import { WRITERS } from './latency.ts'

const CLIENTS = 32
const PART = 5_000
const STALLED = 100
const SETTLE_SECONDS = 2

/** A reader that was away for long, and readers that stopped reading while much is written. */
export async function catchUp(bench: Bench): Promise<Row[]> {
  const { network, signal, isQuick, tell } = bench
  await using server = await network.start('all')
  await using bare = startProgram<BareWs>('bare-ws', signal)
  await using crowd = startProgram<Crowd>('crowd', signal)
  await using writer = startProgram<Writer>('writer', signal)
  const events = isQuick ? 4_000 : 50_000
  const writers = network.tokens.slice(0, WRITERS)
  const tokens = network.tokens.slice(WRITERS)
  const bareUrl = await bare.ask('url', undefined)
  await writer.ask('connect', { url: server.url, tokens: writers })
  const half = events / 2
  /** Writes half of the events, and resolves with the most memory that the server had meanwhile. */
  const write = async (what: string) => {
    await forgetPeak(server.pid)
    for (let done = 0; done < half; done += PART) {
      tell(`catching up: ${done} of ${half} posts written${what}`)
      await writer.ask('fill', { posts: Math.min(PART, half - done), clients: CLIENTS })
    }
    return peakOf(server.pid)
  }

  const alone = await write('')
  const feed = { url: server.url, path: '/ws/feed?feeds=global', tokens }
  await crowd.ask('open', { ...feed, sockets: STALLED, isStalled: true })
  const stalled = ((await write(` past ${STALLED} readers that do not read`)) - alone) / STALLED
  await crowd.ask('close', undefined)

  const runs = await repeat(bench, 3, async (run) => {
    tell(`catching up: ${run}`)
    await crowd.ask('taken', undefined)
    await settledMemoryOf(server.pid, SETTLE_SECONDS)
    await forgetPeak(server.pid)
    const [memory, cpu, began] = [await memoryOf(server.pid), await cpuOf(server.pid), now()]
    await crowd.ask('open', { ...feed, path: `${feed.path}&cursor=0`, sockets: 1 })
    const seconds = ((await crowd.ask('reach', events)) - began) / 1000
    const spent = (await cpuOf(server.pid)) - cpu
    const growth = ((await peakOf(server.pid)) - memory) / 1024
    await crowd.ask('close', undefined)

    // A header of four bytes is put before each.
    const { bytes, frames } = await crowd.ask('taken', undefined)
    const size = Math.round(bytes / frames) - 4
    await crowd.ask('open', { url: bareUrl, path: '/', tokens: [''], sockets: 1 })
    const bareBegan = now()
    await bare.ask('broadcast', { perSecond: events, seconds: 1, burst: events, bytes: size })
    const bareSeconds = ((await crowd.ask('reach', events)) - bareBegan) / 1000
    await crowd.ask('close', undefined)
    return { value: events / seconds, limit: events / bareSeconds, cpu: (spent * 1000) / events, growth }
  })
  const count = events.toLocaleString('en')
  return [
    {
      thing: `catching up ${count} events`,
      unit: 'events/s',
      limit: 'bare ws, one socket',
      runs: runs.map(({ value, limit, cpu }) => ({ value, limit, cpu })),
    },
    {
      thing: 'memory that the server grew by meanwhile, at most',
      unit: 'MiB',
      runs: runs.map(({ growth }) => ({ value: growth })),
    },
    {
      thing: `memory a stalled reader, ${STALLED} of them, ${half.toLocaleString('en')} events`,
      unit: 'KiB',
      runs: [{ value: stalled }],
    },
  ]
}
