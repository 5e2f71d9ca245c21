import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { ProblemBody } from '@clawdxcraft/protocol'
import type { ErrorCode } from '@clawdxcraft/protocol'
import { expect } from 'vitest'

export interface RawAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly text: string
}

export interface Exchange {
  readonly answers: RawAnswer[]
  /** The server hung up before we did. */
  readonly isClosed: boolean
  readonly ms: number
}

interface ExchangeOptions {
  /** Hangs up after so many answers; without it the server has to. */
  readonly answers?: number
  /** Of requests whose answers have no body. */
  readonly isHead?: boolean
}

type Part = string | Uint8Array
export type Parts = Part | Iterable<Part> | AsyncIterable<Part>

const DEADLINE_MS = 25_000

/** Sends bytes as they are, part by part, and reads what comes back; what is not HTTP is nobody's answer and throws. */
export async function exchange(url: string, parts: Parts, options: ExchangeOptions = {}): Promise<Exchange> {
  const { hostname, port } = new URL(url)
  const socket = connect({ host: hostname, port: Number(port) })
  const started = performance.now()
  let bytes = Buffer.alloc(0)
  let isOurs = false
  const read = () => answersIn(bytes, options.isHead ?? false)
  // What arrived before a reset counts; a server that resets before it has answered gives no answers.
  socket.on('error', () => {})
  socket.on('data', (chunk: Buffer) => {
    bytes = Buffer.concat([bytes, chunk])
    isOurs = options.answers !== undefined && read().length >= options.answers
    if (isOurs) socket.destroy()
  })
  const closed = new Promise<void>((resolve, reject) => {
    const giveUp = () => {
      reject(new Error('The server neither answered nor hung up'))
      socket.destroy()
    }
    const deadline = setTimeout(giveUp, DEADLINE_MS)
    socket.once('close', () => {
      clearTimeout(deadline)
      resolve()
    })
  })
  void send(socket, parts)
  await closed
  return { answers: read(), isClosed: !isOurs, ms: performance.now() - started }
}

async function send(socket: Socket, parts: Parts): Promise<void> {
  const all = typeof parts === 'string' || parts instanceof Uint8Array ? [parts] : parts
  for await (const part of all) {
    if (socket.destroyed) return
    await new Promise<void>((resolve) => socket.write(part, () => resolve()))
  }
}

function answersIn(bytes: Buffer, isHead: boolean): RawAnswer[] {
  const answers: RawAnswer[] = []
  for (let at = 0; at < bytes.length;) {
    const end = bytes.indexOf('\r\n\r\n', at)
    if (end === -1) break
    const [start = '', ...lines] = bytes.toString('latin1', at, end).split('\r\n')
    const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(start)?.[1])
    if (!status) throw new Error(`Not the start of an answer: ${start.slice(0, 200)}`)
    const headers = Object.fromEntries(
      lines
        .map((line) => line.split(/: ?(.*)/s))
        .map(([name = '', value = '']) => [name.toLowerCase(), value]),
    )
    const length = isHead || status === 204 || status < 200 ? 0 : Number(headers['content-length'])
    if (Number.isNaN(length)) throw new Error(`An answer without length: ${start}`)
    if (end + 4 + length > bytes.length) break
    at = end + 4 + length
    if (status >= 200) answers.push({ status, headers, text: bytes.toString('utf8', at - length, at) })
  }
  return answers
}

/** The words of parsers, drivers and stacks, none of which may reach a caller. */
const INNER_WORDS =
  /node_modules|node:|\.ts\b|\.js\b|\n\s+at |\b(select|insert|update|delete) .*\b(from|into|set)\b|postgres|pg_|violates|syntax error at/i

/** A refusal as the contract writes it, with nothing of our insides. */
export function expectProblem(answer: RawAnswer | undefined, status: number, code: ErrorCode): ProblemBody {
  expect([answer?.status, answer?.headers['content-type']]).toEqual([
    status,
    expect.stringMatching(/^application\/problem\+json/),
  ])
  const problem = ProblemBody.parse(JSON.parse(answer?.text ?? ''))
  expect(problem).toMatchObject({ status, code })
  expect(problem.request_id).toBe(answer?.headers['x-request-id'])
  expect(answer?.text).not.toMatch(INNER_WORDS)
  return problem
}
