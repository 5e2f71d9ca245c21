// What the live feed is measured against: a server of the library `ws` that sends ready bytes to everyone.
import type { AddressInfo } from 'node:net'
import { WebSocketServer } from 'ws'
import { pace } from '../clock.ts'
import type { Pace } from '../clock.ts'
import { obey } from '../program.ts'

const sockets = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false })

const orders = {
  url(): string {
    return `http://127.0.0.1:${(sockets.address() as AddressInfo).port}`
  },

  /** Sends frames of so many bytes to every socket. */
  async broadcast({ bytes, ...at }: Pace & { bytes: number }): Promise<void> {
    const message = Buffer.alloc(bytes, 'x')
    await pace(at, () => {
      for (const client of sockets.clients) client.send(message, { binary: false })
    })
  },
}
export type BareWs = typeof orders
obey(orders)
