import { Agent, request as open, type IncomingHttpHeaders } from 'node:http'

const LIMIT_MS = 5_000
const agent = new Agent({ keepAlive: true })

export interface Asked {
  readonly method: string
  readonly path: string
  readonly token?: string
  readonly body?: unknown
  readonly idempotencyKey?: string
}

export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  /** As JSON has it; each caller says what it expects. */
  readonly body: unknown
}

/** One request. Rejects where no whole answer comes in time: whether it took effect is then unknown. */
export function ask(url: string, { method, path, token, body, idempotencyKey }: Asked): Promise<Answer> {
  const text = body === undefined ? '' : JSON.stringify(body)
  const headers = {
    ...(token !== undefined && { authorization: `Bearer ${token}` }),
    ...(body !== undefined && { 'content-type': 'application/json' }),
    ...(idempotencyKey !== undefined && { 'idempotency-key': idempotencyKey }),
    'content-length': Buffer.byteLength(text),
  }
  return new Promise((settle, fail) => {
    const signal = AbortSignal.timeout(LIMIT_MS)
    const sent = open(url + path, { method, headers, agent, signal }, (response) => {
      let said = ''
      response.setEncoding('utf8').on('data', (part: string) => (said += part))
      response.once('error', fail)
      response.once('end', () => {
        const { statusCode: status = 0, headers } = response
        settle({ status, headers, body: said === '' ? undefined : JSON.parse(said) })
      })
    })
    sent.once('error', fail)
    sent.end(text)
  })
}

/** The same where anything but success is a fault of the test's own preparations. */
export async function get<T>(url: string, asked: Asked): Promise<T> {
  const { status, body } = await ask(url, asked)
  if (status >= 300) throw new Error(`${asked.method} ${asked.path}: ${status} ${JSON.stringify(body)}`)
  return body as T
}
