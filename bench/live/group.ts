import type { Group } from '../group.ts'
import { catchUp } from './catch-up.ts'
import { fanOut, fanOutOfBursts } from './fan-out.ts'
import { idleSockets } from './idle-sockets.ts'
import { latency } from './latency.ts'
import { redisStopped } from './redis-stopped.ts'

export const live: Group = {
  about: 'the live feed: latency, fan-out, memory, catching up',
  things: [latency, redisStopped, idleSockets, fanOut, fanOutOfBursts, catchUp],
}
