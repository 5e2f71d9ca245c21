import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { expect, test } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { websocketWire } from './wires.ts'

test('frames of every length, and of any text, arrive as they were', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const accepted = Promise.withResolvers<{ socket: Duplex; client: WebSocket }>()
  const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false })
  server.on('upgrade', (request, socket, head) =>
    sockets.handleUpgrade(request, socket, head, (client) => accepted.resolve({ socket, client })),
  )
  const reader = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`)
  const read: string[] = []
  const all = Promise.withResolvers<void>()
  // The lengths around those at which the header grows, in letters of one, three and four bytes.
  const texts = [0, 1, 125, 126, 127, 65_535, 65_536, 70_000].flatMap((length) => [
    'x'.repeat(length),
    '語'.repeat(Math.floor(length / 3)),
    '😀'.repeat(Math.floor(length / 4)),
  ])
  reader.on('message', (data) => {
    read.push(String(data as Buffer))
    if (read.length === texts.length + 1) all.resolve()
  })
  reader.on('error', all.reject)
  const { socket, client } = await accepted.promise
  for (const [index, text] of texts.entries()) socket.write(websocketWire.event(index, text))
  // What the library sends itself goes in between.
  client.send('the end')
  await all.promise
  expect(read).toEqual([...texts, 'the end'])
  reader.terminate()
  server.close()
})

test('a heartbeat is a ping and a frame in one', async () => {
  const frame = { op: 'heartbeat', head: '7' } as const
  const bytes = websocketWire.heartbeat(frame)
  expect(bytes.subarray(0, 2)).toEqual(Buffer.from([0x89, 0]))
  expect(bytes.subarray(2)).toEqual(websocketWire.event(0, JSON.stringify(frame)))
})
