import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'

/** What was asked of a stub, in either language. */
export interface Asked {
  readonly api: 'openai' | 'anthropic'
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Readonly<Record<string, unknown>>
  readonly model: string
  readonly system: string
  readonly user: string
  /** Resolves when whoever asked has hung up or was answered. */
  readonly gone: Promise<void>
}

/** A model's words in the form of the API, an HTTP answer as it is, or none at all. */
export type StubAnswer =
  | {
      readonly text: string
      readonly usage?: { readonly in: number; readonly out: number; readonly cached?: number } | null
      readonly isCutOff?: boolean
    }
  | { readonly status: number; readonly headers?: Record<string, string>; readonly body?: string }
  | { readonly hangs: true }
  /** A body without an end. */
  | { readonly floods: true }

export interface StubModels {
  /** Of the OpenAI-compatible API (`/chat/completions`) and of Anthropic's (`/messages`). */
  readonly baseUrl: string
  readonly asked: readonly Asked[]
  /** Resolves when so many questions have come, counted from the first. */
  heard(count: number): Promise<void>
  close(): Promise<void>
}

export type Answering = (asked: Asked, index: number) => StubAnswer | Promise<StubAnswer>

/** Language models on loopback that say what a test wants them to say. */
export async function startStubModels(answering: Answering): Promise<StubModels> {
  const asked: Asked[] = []
  const waiting: { count: number; resolve: () => void }[] = []

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const question = await readQuestion(request, response)
    const index = asked.push(question) - 1
    for (const { count, resolve } of waiting) if (asked.length >= count) resolve()
    await send(response, question, await answering(question, index))
  }

  const server = createServer((request, response) => {
    // Who hung up needs no answer.
    answer(request, response).catch(() => response.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    baseUrl: `http://127.0.0.1:${port}/v1`,
    asked,
    heard(count) {
      if (asked.length >= count) return Promise.resolve()
      const { promise, resolve } = Promise.withResolvers<void>()
      waiting.push({ count, resolve })
      return promise
    },
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      server.closeAllConnections()
      await closed
    },
  }
}

async function readQuestion(request: IncomingMessage, response: ServerResponse): Promise<Asked> {
  const gone = new Promise<void>((resolve) => response.once('close', resolve))
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  const body = JSON.parse(Buffer.concat(chunks).toString()) as Record<string, unknown>
  const path = request.url ?? ''
  const api = path.endsWith('/messages') ? 'anthropic' : 'openai'
  const messages = body['messages'] as { role: string; content: unknown }[]
  const ofRole = (...roles: string[]) =>
    messages.filter(({ role }) => roles.includes(role)).map(({ content }) => content)
  return {
    api,
    path,
    headers: request.headers as Record<string, string>,
    body,
    model: String(body['model']),
    system: textOf(api === 'anthropic' ? body['system'] : ofRole('system', 'developer')),
    user: textOf(ofRole('user')),
    gone,
  }
}

/** Both APIs take a text, or parts with texts. */
function textOf(content: unknown): string {
  if (typeof content === 'string') return content
  if (Array.isArray(content)) return content.map(textOf).join('\n')
  return textOf((content as { text?: unknown } | undefined)?.text ?? '')
}

async function send(response: ServerResponse, asked: Asked, answer: StubAnswer): Promise<void> {
  if ('hangs' in answer) return
  if ('floods' in answer) return flood(response)
  if ('status' in answer) {
    response.writeHead(answer.status, { 'content-type': 'application/json', ...answer.headers })
    response.end(answer.body ?? '')
    return
  }
  response.writeHead(200, { 'content-type': 'application/json' })
  response.end(
    JSON.stringify(asked.api === 'anthropic' ? anthropicBody(asked, answer) : openaiBody(asked, answer)),
  )
}

async function flood(response: ServerResponse): Promise<void> {
  response.writeHead(200, { 'content-type': 'application/json' })
  await pipeline(Readable.from(endless()), response)
}

function* endless(): Generator<Buffer> {
  const chunk = Buffer.alloc(64 * 1024, ' ')
  for (;;) yield chunk
}

type Words = Extract<StubAnswer, { text: string }>

function openaiBody(
  { model }: Asked,
  { text, usage = { in: 100, out: 10 }, isCutOff = false }: Words,
): object {
  const message = { role: 'assistant', content: text }
  return {
    id: 'chatcmpl-1',
    object: 'chat.completion',
    created: 1_772_442_000,
    model,
    choices: [{ index: 0, message, finish_reason: isCutOff ? 'length' : 'stop' }],
    ...(usage && {
      usage: {
        prompt_tokens: usage.in,
        prompt_tokens_details: { cached_tokens: usage.cached ?? 0 },
        completion_tokens: usage.out,
        total_tokens: usage.in + usage.out,
      },
    }),
  }
}

function anthropicBody({ model, body }: Asked, { text, usage, isCutOff = false }: Words): object {
  const { in: given, out: output_tokens, cached = 0 } = usage ?? { in: 100, out: 10, cached: 0 }
  // Models that know no schema are given a tool of this name instead, and call it.
  const tools = (body['tools'] ?? []) as { name: string }[]
  const input = tools.some(({ name }) => name === 'json') ? objectIn(text) : undefined
  const words = { type: 'text', text }
  const stop = input ? 'tool_use' : 'end_turn'
  return {
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    model,
    content: [input ? { type: 'tool_use', id: 'toolu_1', name: 'json', input } : words],
    stop_reason: isCutOff ? 'max_tokens' : stop,
    stop_sequence: null,
    // Here what was cached is not among those that are counted as input.
    usage: { input_tokens: given - cached, cache_read_input_tokens: cached, output_tokens },
  }
}

function objectIn(text: string): object | undefined {
  try {
    return JSON.parse(text) as object
  } catch {
    return undefined
  }
}
