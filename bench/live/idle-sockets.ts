import type { Bench } from '../group.ts'
import { repeat } from '../group.ts'
import { openFilesMax, settledMemoryOf } from '../proc.ts'
import { startProgram } from '../program.ts'
import type { Program } from '../program.ts'
import type { BareWs } from '../programs/bare-ws.ts'
import type { Crowd } from '../programs/crowd.ts'
import type { Writer } from '../programs/writer.ts'
import type { Row } from '../table.ts'
import { percentile } from '../table.ts'

const EVENTS = 3
// A server opens files beside its sockets.
const OTHER_FILES = 500
const WARM_UP = 500
const SETTLE_SECONDS = 3

/** Memory of sockets that wait, and how long one event takes to all of them. */
export async function idleSockets(bench: Bench): Promise<Row[]> {
  const sockets = Math.min(bench.isQuick ? 1_000 : 10_000, (await openFilesMax()) - OTHER_FILES)
  const runs = await repeat(bench, 3, async (run) => {
    bench.tell(`idle sockets: ${run}`)
    const ours = await measureServer(bench, sockets)
    bench.tell(`idle sockets, bare ws: ${run}`)
    return { ...ours, limit: await measureBare(bench, sockets) }
  })
  const count = sockets.toLocaleString('en')
  return [
    {
      thing: `memory an idle socket, ${count} of them`,
      unit: 'KiB',
      limit: 'bare ws',
      runs: runs.map(({ memory: value, limit }) => ({ value, limit })),
      aims: [{ of: 'value', atMost: 12 }],
    },
    {
      thing: `of that, JavaScript heap with its garbage`,
      unit: 'KiB',
      runs: runs.map(({ heap: value }) => ({ value })),
    },
    {
      thing: `one event → all ${count} sockets`,
      unit: 'ms',
      runs: runs.map(({ times }) => ({ value: Math.max(...times), p50: percentile(times, 0.5) })),
      aims: [{ of: 'value', atMost: 1000 }],
    },
  ]
}

async function measureServer({ network, signal }: Bench, sockets: number) {
  await using server = await network.start('all')
  await using crowd = startProgram<Crowd>('crowd', signal)
  await using writer = startProgram<Writer>('writer', signal)
  // The writer's own reader is one of the hundred sockets that its bot may have.
  const [own = '', ...tokens] = network.tokens
  await writer.ask('connect', { url: server.url, tokens: [own] })
  const feed = { url: server.url, path: '/ws/feed?feeds=global', tokens }
  const figures = async () => ({
    memory: await settledMemoryOf(server.pid, SETTLE_SECONDS),
    heap: (await network.metric(server, 'nodejs_heap_size_used_bytes')) / 1024,
  })

  await warmUp(crowd, feed)
  const before = await figures()
  await crowd.ask('open', { ...feed, sockets })
  const after = await figures()
  const times: number[] = []
  for (let event = 0; event < EVENTS; event++) {
    await crowd.ask('taken', undefined)
    const [reachedAt, [frame]] = await Promise.all([
      crowd.ask('reach', sockets),
      writer.ask('post', { perSecond: 1, seconds: 1 }),
    ])
    times.push(reachedAt - (frame?.sentAt ?? NaN))
  }
  return {
    memory: (after.memory - before.memory) / sockets,
    heap: (after.heap - before.heap) / sockets,
    times,
  }
}

async function measureBare({ signal }: Bench, sockets: number): Promise<number> {
  await using bare = startProgram<BareWs>('bare-ws', signal)
  await using crowd = startProgram<Crowd>('crowd', signal)
  const feed = { url: await bare.ask('url', undefined), path: '/', tokens: [''] }
  await warmUp(crowd, feed)
  const before = await settledMemoryOf(bare.pid, SETTLE_SECONDS)
  await crowd.ask('open', { ...feed, sockets })
  return ((await settledMemoryOf(bare.pid, SETTLE_SECONDS)) - before) / sockets
}

/** What a process grows by once, when it first meets sockets, is not what a socket costs. */
async function warmUp(crowd: Program<Crowd>, feed: { url: string; path: string; tokens: readonly string[] }) {
  await crowd.ask('open', { ...feed, sockets: WARM_UP })
  await crowd.ask('close', undefined)
}
