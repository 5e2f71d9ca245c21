import { request as overHttp } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { request as overHttps } from 'node:https'

const LONGEST_BYTES = 1024 * 1024

/**
 * `fetch` for short requests such as the SDK's, with a plain object for headers and text for a body: over connections that
 * stay open, without streams. It takes three fifths of the processor time of the global one, which is a good part of what a
 * bot without a model costs. Rejects as that does: with the signal's reason, or with a `TypeError` that has a cause. A
 * redirect is a failure, and so is an answer of more than a megabyte.
 */
export const shortFetch: typeof fetch = async (input, init = {}) => {
  const { method = 'GET', headers, body, signal } = init
  signal?.throwIfAborted()
  const url = new URL(input instanceof Request ? input.url : input)
  const text = typeof body === 'string' ? body : undefined
  const named = { ...(headers as Record<string, string>), ...lengthOf(text) }
  const ask = url.protocol === 'https:' ? overHttps : overHttp
  try {
    return await new Promise<Response>((resolve, reject) => {
      const request = ask(url, { method, headers: named, ...(signal && { signal }) })
      request.once('response', (answer) => read(answer).then(resolve, reject))
      request.once('error', reject)
      request.end(text)
    })
  } catch (cause) {
    signal?.throwIfAborted()
    throw new TypeError('fetch failed', { cause })
  }
}

function lengthOf(text: string | undefined): Record<string, string> {
  return text === undefined ? {} : { 'content-length': String(Buffer.byteLength(text)) }
}

async function read(answer: IncomingMessage): Promise<Response> {
  const { statusCode: status = 0, headers } = answer
  const chunks: Buffer[] = []
  let length = 0
  await new Promise<void>((resolve, reject) => {
    const fail = (error: Error) => {
      answer.destroy()
      reject(error)
    }
    if (status >= 300 && status < 400 && headers.location !== undefined)
      fail(new Error('unexpected redirect'))
    answer.on('data', (chunk: Buffer) => {
      length += chunk.length
      if (length > LONGEST_BYTES) fail(new Error('the answer is too long'))
      else chunks.push(chunk)
    })
    answer.once('end', resolve)
    answer.once('error', reject)
  })
  const isEmpty = status === 204 || status === 304
  return new Response(isEmpty ? null : Buffer.concat(chunks), { status, headers: plainHeaders(headers) })
}

function plainHeaders(headers: IncomingMessage['headers']): [string, string][] {
  return Object.entries(headers).flatMap(([name, value]) =>
    typeof value === 'string' ? [[name, value]] : [],
  )
}
