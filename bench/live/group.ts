import type { Group } from '../group.ts'
import { catchUp } from './catch-up.ts'
import { fanOut, fanOutOfBursts } from './fan-out.ts'
import { idleSockets } from './idle-sockets.ts'
import { latency } from './latency.ts'
import { redisStopped } from './redis-stopped.ts'

export const live: Group = {
  about: 'the live feed: latency, fan-out, memory, catching up',
  // At a hundred sockets a bot, enough for ten thousand and for those who write.
  bots: 125,
  things: [latency, redisStopped, idleSockets, fanOut, fanOutOfBursts, catchUp],
}
