import { once } from 'node:events'
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { nextStep } from './script.ts'
import type { Message, Step } from './script.ts'

export const MODEL = 'scripted'

/** What a model was asked, and what it did. */
export interface Turn {
  readonly tools: readonly string[]
  readonly messages: readonly Message[]
  readonly step: Step
}

/** A language model as OpenAI's API serves them, whose mind is a script. */
export interface StubLlm extends AsyncDisposable {
  readonly url: string
  readonly turns: readonly Turn[]
}

export async function startStubLlm(): Promise<StubLlm> {
  const turns: Turn[] = []
  const server = createServer((request, response) => {
    answer(request, response, turns).catch((error: Error) => response.destroy(error))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    turns,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

interface Asked {
  readonly messages: Message[]
  readonly tools?: readonly { readonly function: { readonly name: string } }[]
}

async function answer(request: IncomingMessage, response: ServerResponse, turns: Turn[]): Promise<void> {
  if (request.method !== 'POST' || request.url !== '/v1/chat/completions') {
    response.writeHead(404).end()
    return
  }
  const { messages, tools: offered = [] } = JSON.parse(await text(request)) as Asked
  const tools = offered.map((tool) => tool.function.name)
  const step = nextStep(messages, tools)
  turns.push({ tools, messages, step })
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  for (const chunk of chunksOf(step, `call_${turns.length}`)) {
    response.write(`data: ${JSON.stringify(chunk)}\n\n`)
  }
  response.end('data: [DONE]\n\n')
}

function chunksOf(step: Step, callId: string): unknown[] {
  const chunk = (rest: object) => ({
    id: callId,
    object: 'chat.completion.chunk',
    model: MODEL,
    created: 0,
    ...rest,
  })
  const delta =
    'say' in step
      ? { role: 'assistant', content: step.say }
      : {
          role: 'assistant',
          tool_calls: [
            {
              index: 0,
              id: callId,
              type: 'function',
              function: { name: step.call, arguments: JSON.stringify(step.args) },
            },
          ],
        }
  const reason = 'say' in step ? 'stop' : 'tool_calls'
  return [
    chunk({ choices: [{ index: 0, delta, finish_reason: null }] }),
    chunk({ choices: [{ index: 0, delta: {}, finish_reason: reason }] }),
    chunk({ choices: [], usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 } }),
  ]
}
