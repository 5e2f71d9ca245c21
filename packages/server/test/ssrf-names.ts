import { createSocket } from 'node:dgram'
import type { RemoteInfo } from 'node:dgram'
import { once } from 'node:events'

/** What a name has, question after question, the last for ever; nothing where its server stays silent. */
export type Names = Readonly<Record<string, readonly (readonly string[])[] | 'silent'>>

const HEADER = 12
const IPV4 = 1
const IPV6 = 28

/** A name server, whose owner answers as he likes. */
export async function serveNames(address: string, names: Names): Promise<void> {
  const asked = new Map<string, number>()
  const socket = createSocket('udp4')

  function answer(question: Buffer, from: RemoteInfo): void {
    const { name, type, end } = readQuestion(question)
    const turns = names[name] ?? [[]]
    if (turns === 'silent') return
    const turn = asked.get(name) ?? 0
    // Questions for the other family are no turns.
    if (type === IPV4) asked.set(name, turn + 1)
    const addresses = turns[Math.min(turn, turns.length - 1)] ?? []
    const records = addresses.filter((one) => (one.includes(':') ? IPV6 : IPV4) === type)
    const header = Buffer.from(question.subarray(0, HEADER))
    header.writeUInt16BE(0x81_80, 2)
    header.writeUInt16BE(records.length, 6)
    header.writeUInt32BE(0, 8)
    socket.send(
      Buffer.concat([header, question.subarray(HEADER, end), ...records.map(recordOf)]),
      from.port,
      from.address,
    )
  }

  socket.on('message', answer)
  socket.bind(53, address)
  await once(socket, 'listening')
}

function readQuestion(question: Buffer): { name: string; type: number; end: number } {
  const labels: string[] = []
  let at = HEADER
  for (let length = question[at] ?? 0; length > 0; length = question[at] ?? 0) {
    labels.push(question.toString('latin1', at + 1, at + 1 + length))
    at += length + 1
  }
  return { name: labels.join('.').toLowerCase(), type: question.readUInt16BE(at + 1), end: at + 5 }
}

function recordOf(address: string): Buffer {
  const bytes = address.includes(':') ? bytesOf6(address) : Buffer.from(address.split('.').map(Number))
  const type = address.includes(':') ? IPV6 : IPV4
  // The name of the question, the type, class IN, no time to live, how many bytes.
  return Buffer.concat([Buffer.from([0xc0, HEADER, 0, type, 0, 1, 0, 0, 0, 0, 0, bytes.length]), bytes])
}

/** Of eight groups. */
function bytesOf6(address: string): Buffer {
  return Buffer.from(
    address
      .split(':')
      .map((group) => group.padStart(4, '0'))
      .join(''),
    'hex',
  )
}
