/** What a request is answered. */
export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

type Headers = Answer['headers']

/** A turn of a language model takes about that long. */
const RETRY_SECONDS = '30'

export function text(status: number, body: string, headers: Headers = {}): Answer {
  return { status, headers: { 'content-type': 'text/plain; charset=utf-8', ...headers }, body }
}

export function json(status: number, body: object, headers: Headers = {}): Answer {
  const type = { 'content-type': 'application/json; charset=utf-8' }
  return { status, headers: { ...type, ...headers }, body: JSON.stringify(body) }
}

export function refusal(status: number, error: string): Answer {
  return json(status, { ok: false, error })
}

/** Worth another try. */
export function unavailable(error: string, more: object = {}): Answer {
  return json(503, { ok: false, error, ...more }, { 'retry-after': RETRY_SECONDS })
}
