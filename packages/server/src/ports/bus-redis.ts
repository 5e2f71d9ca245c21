import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { Cluster } from 'ioredis'
import type { Redis } from 'ioredis'
import type { Log } from '../log.ts'
import { createBell } from './bell.ts'
import { coalesce } from './bus.ts'
import type { Bus } from './bus.ts'

const channels = { written: 'clx:{bus}:written', sequenced: 'clx:{bus}:sequenced' }

/** Over Redis every commit can ring everywhere. In a cluster the rings stay on one shard instead of flooding all nodes. */
export function createRedisBus(redis: Redis | Cluster, openListener: () => Redis | Cluster, log: Log): Bus {
  const isSharded = redis instanceof Cluster
  const me = randomUUID()
  const bell = (channel: string) =>
    createBell(coalesce(() => (isSharded ? redis.spublish(channel, me) : redis.publish(channel, me))))
  const written = bell(channels.written)
  const sequenced = bell(channels.sequenced)

  return {
    written,
    sequenced,
    async listen(signal) {
      const listener = openListener()
      const names = Object.values(channels)
      // After every reconnection too; a ring that was missed meanwhile is made up for by polling.
      listener.on('ready', () => {
        const subscribed = isSharded ? listener.ssubscribe(...names) : listener.subscribe(...names)
        subscribed.catch((error: unknown) => log.debug({ err: error }, 'Redis, listening'))
      })
      listener.on(isSharded ? 'smessage' : 'message', (channel: string, ringer: string) => {
        if (ringer === me) return
        if (channel === channels.written) written.ringHere()
        else sequenced.ringHere()
      })
      if (!signal.aborted) await once(signal, 'abort')
      listener.disconnect()
    },
  }
}
