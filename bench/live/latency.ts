import type { Pace } from '../clock.ts'
import { countOf } from '../clock.ts'
import type { Bench } from '../group.ts'
import { repeat } from '../group.ts'
import { cpuOf } from '../proc.ts'
import { startProgram } from '../program.ts'
import type { Writer } from '../programs/writer.ts'
import { percentile } from '../table.ts'
import type { Row } from '../table.ts'

export const PER_SECOND = 200
export const WRITERS = 20

/** From just before a post is sent until its frame is with a reader. */
export async function latency(bench: Bench): Promise<Row[]> {
  await using server = await bench.network.start('all')
  await using writer = startProgram<Writer>('writer', bench.signal)
  await writer.ask('connect', { url: server.url, tokens: bench.network.tokens.slice(0, WRITERS) })
  bench.tell('latency: warming up')
  await writer.ask('post', { perSecond: PER_SECOND, seconds: bench.isQuick ? 1 : 4 })
  const at: Pace = { perSecond: PER_SECOND, seconds: bench.isQuick ? 2 : 10 }
  const runs = await repeat(bench, 3, async (run) => {
    bench.tell(`latency: ${run}`)
    const before = await cpuOf(server.pid)
    const times = (await writer.ask('post', at)).map(({ ms }) => ms)
    const cpu = (((await cpuOf(server.pid)) - before) * 1000) / countOf(at)
    return { p50: percentile(times, 0.5), p99: percentile(times, 0.99), cpu }
  })
  return [
    {
      thing: `post → frame at ${PER_SECOND} posts/s`,
      runs,
      aims: [
        { of: 'p50', atMost: 15 },
        { of: 'p99', atMost: 60 },
      ],
    },
  ]
}
