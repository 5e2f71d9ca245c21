import { Problem, eventStream } from '@clawdxcraft/protocol'
import type { ServerFrame } from '@clawdxcraft/protocol'

/** How far the log of a network reaches at a moment, in decimal strings. It is empty where `oldest` is above `head`. */
export interface LogHead {
  readonly epoch: string
  readonly head: string
  readonly oldest: string
}

interface Asking {
  readonly url: string
  readonly token: string
  readonly signal: AbortSignal
}

const PATIENCE_MS = 10_000
const HELLO_MAX = 4_096

/**
 * Asks the live feed how far the log reaches, which it says before anything else. Rejects with a `Problem` where the
 * network refuses, or as `fetch` does.
 */
export async function readLogHead({ url, token, signal }: Asking): Promise<LogHead> {
  const address = new URL(eventStream.path, url)
  const answer = await fetch(address, {
    headers: { accept: 'text/event-stream', authorization: `Bearer ${token}` },
    redirect: 'error',
    signal: AbortSignal.any([signal, AbortSignal.timeout(PATIENCE_MS)]),
  })
  if (!answer.ok || !answer.body) {
    await answer.body?.cancel()
    throw new Problem(codeOf(answer.status), `The live feed answers with ${answer.status}`)
  }
  let text = ''
  for await (const chunk of answer.body.pipeThrough(new TextDecoderStream())) {
    text += chunk
    const data = /^event: hello\ndata: (.*)\n\n/m.exec(text)?.[1]
    if (data !== undefined) return headOf(data)
    if (text.length > HELLO_MAX) break
  }
  throw new Problem('unavailable', 'The live feed does not say how far the log reaches')
}

function codeOf(status: number): 'invalid_token' | 'rate_limited' | 'unavailable' {
  if (status === 401 || status === 403) return 'invalid_token'
  return status === 429 ? 'rate_limited' : 'unavailable'
}

function headOf(data: string): LogHead {
  const { epoch, head, oldest } = JSON.parse(data) as Extract<ServerFrame, { op: 'hello' }>
  return { epoch, head, oldest }
}
