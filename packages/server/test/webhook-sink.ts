import { Webhook } from 'standardwebhooks'
import { startReceiver } from './receiver.ts'
import type { Place, Received, Receiver } from './receiver.ts'

/** What one endpoint's requests are held against. */
export interface Expected {
  /** Any of them may have signed. */
  readonly secrets: readonly string[]
  /** The place of an event among the others; by its id, which grows with time, where nothing is said. */
  readonly rank?: (body: unknown) => bigint
  /** Whether events may be left out, as when deliveries were given up. */
  readonly mayGiveUp?: boolean
}

/** A server of somebody who takes Standard Webhooks. Each path stands for an endpoint. */
export interface WebhookSink extends Receiver {
  /** What came to an endpoint, in order; with one of its events only, every attempt at it. */
  sent(path: string, webhookId?: string): Received[]
  /** What it took: the first time that each event was answered with 2xx. */
  taken(path: string): Received[]
  /** Everything that is wrong with what came to an endpoint, in words. */
  faults(path: string, expected: Expected): string[]
}

export async function startWebhookSink(place: Place = {}): Promise<WebhookSink> {
  const receiver = await startReceiver(() => ({ status: 204 }), place)
  const sent = (path: string, webhookId?: string) =>
    receiver.requests.filter(
      (request) => pathOf(request) === path && (webhookId === undefined || idOf(request) === webhookId),
    )
  return Object.assign(receiver, {
    sent,
    taken(path: string) {
      const firsts = new Map<string, Received>()
      for (const request of sent(path))
        if (isTaken(request) && !firsts.has(idOf(request))) firsts.set(idOf(request), request)
      return [...firsts.values()]
    },
    faults: (path: string, expected: Expected) => faultsOf(sent(path), expected),
  })
}

/** Whether a request is signed with this secret, now. */
export function isSignedWith(secret: string, { text, headers }: Received): boolean {
  try {
    new Webhook(secret).verify(text, headers as Record<string, string>, { jsonParse: false })
    return true
  } catch {
    return false
  }
}

function faultsOf(requests: readonly Received[], expected: Expected): string[] {
  const faults: string[] = []
  const bodies = new Map<string, string>()
  for (const [index, request] of requests.entries()) {
    const tell = (what: string) => faults.push(`request ${index}, webhook-id ${idOf(request)}: ${what}`)
    if (!expected.secrets.some((secret) => isSignedWith(secret, request))) tell('not signed')
    const text = bodies.get(idOf(request)) ?? request.text
    bodies.set(idOf(request), text)
    if (text !== request.text) tell('has another body than before')
    const before = requests[index - 1]
    if (before) for (const what of orderFaults(before, request, expected)) tell(what)
  }
  return faults
}

function orderFaults(before: Received, request: Received, { rank = rankOf, mayGiveUp }: Expected): string[] {
  const faults: string[] = []
  if (before.endedAt === undefined || before.endedAt > request.at) faults.push('came while another was open')
  const step = rank(request.body) - rank(before.body)
  if (step < 0n) faults.push('came after a later event')
  if (step > 0n && !isTaken(before) && !mayGiveUp) faults.push('came before an earlier event was taken')
  return faults
}

function rankOf(body: unknown): bigint {
  return BigInt((body as { id: string }).id)
}

const idOf = ({ headers }: Received) => String(headers['webhook-id'])
const pathOf = ({ path }: Received) => path.split('?', 1)[0]
const isTaken = ({ status }: Received) => status !== undefined && status < 300
