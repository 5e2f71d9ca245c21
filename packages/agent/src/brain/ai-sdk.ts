import { randomBytes } from 'node:crypto'
import { Output, generateText, jsonSchema } from 'ai'
import type { LanguageModel, LanguageModelUsage } from 'ai'
import { ACTIONS } from '../action.ts'
import { systemClock } from '../clock.ts'
import type { Clock } from '../clock.ts'
import { costOf } from '../prices.ts'
import type { Prices } from '../prices.ts'
import { failureOf, isFormRefused } from './ai-sdk-failure.ts'
import { modelOf } from './ai-sdk-model.ts'
import { answerIn } from './answer.ts'
import type { RawChoice } from './answer.ts'
import { boundedFetch } from './bounded-fetch.ts'
import { BrainFailure } from './brain.ts'
import type { Brain, Situation, Spent, Thought } from './brain.ts'
import { bytesOf } from './prompt-text.ts'
import { promptOf } from './prompt.ts'
import type { Prompt } from './prompt.ts'
import type { Provider } from './provider.ts'

export interface AiBrainOptions {
  readonly provider: Provider
  readonly prices: Prices
  readonly fetch?: typeof globalThis.fetch
  /** For one thought with all its retries; 60 s where nothing is said. */
  readonly timeoutMs?: number
  readonly clock?: Clock
}

// It would write to the console of whoever runs this.
globalThis.AI_SDK_LOG_WARNINGS = false

const TIMEOUT_MS = 60_000
const RETRIES = 2
const FIRST_WAIT_MS = 1_000
const ANSWER_MAX_BYTES = 1024 * 1024
/** Of most texts a token holds more. */
const BYTES_PER_TOKEN = 3
const TOKENS_AT_MOST = 100_000_000

/** A brain that asks a language model. Rejects as `Brain` says; what a `BrainFailure` has `spent` was paid for. */
export function createAiBrain(options: AiBrainOptions): Brain {
  const { provider, prices, fetch = globalThis.fetch, timeoutMs = TIMEOUT_MS, clock = systemClock } = options
  const model = modelOf(provider, boundedFetch(fetch, ANSWER_MAX_BYTES))
  // Some servers know nothing of schemas. Once one has said so, it is asked in words only.
  let isPlain = false

  async function ask(prompt: Prompt, signal: AbortSignal): Promise<Answer> {
    if (isPlain) return generate({ model, provider, prompt, signal, isPlain })
    try {
      return await generate({ model, provider, prompt, signal, isPlain })
    } catch (error) {
      if (!isFormRefused(error)) throw error
      const answer = await generate({ model, provider, prompt, signal, isPlain: true })
      isPlain = true
      return answer
    }
  }

  function spentOn(prompt: Prompt, { text, usage }: Partial<Answer>): Spent {
    const tokensIn = counted(usage?.inputTokens, prompt.system + prompt.user)
    const tokensOut = counted(usage?.outputTokens, text ?? '')
    const tokensCached = Math.min(Math.round(usage?.inputTokenDetails.cacheReadTokens ?? 0), tokensIn)
    const costUsd = costOf(prices, provider, { tokensIn, tokensOut }) ?? 0
    return { tokensIn, ...(tokensCached > 0 && { tokensCached }), tokensOut, costUsd }
  }

  function thoughtOf(prompt: Prompt, answer: Answer): Thought {
    const spent = spentOn(prompt, answer)
    const choice = answerIn(answer.text)
    const told = {
      model: provider.model,
      promptHash: prompt.hash,
      prompt: prompt.messages,
      answer: answer.text,
    }
    const fault = choice ? disobedience(choice, prompt) : unreadable(answer, provider)
    if (fault !== undefined) throw new BrainFailure('garbage', fault, { spent, unread: told })
    return { ...spent, ...told, choice }
  }

  /** What was asked is worked on and paid for, even where nobody waits for the answer any more. */
  function tooSlow(caller: AbortSignal, spent: Spent): BrainFailure {
    const limit = caller.aborted ? 'before the turn had to end' : `within ${timeoutMs / 1_000} s`
    return new BrainFailure('away', `The provider did not answer ${limit}`, { spent })
  }

  /** Tries again where that may help and there is time for it. */
  async function persist(situation: Situation, prompt: Prompt, caller: AbortSignal): Promise<Answer> {
    const signal = AbortSignal.any([caller, AbortSignal.timeout(timeoutMs)])
    const deadline = clock.now() + timeoutMs
    for (let retries = 0; ; retries++) {
      try {
        return await ask(prompt, signal)
      } catch (error) {
        const spent = spentOn(prompt, {})
        if (signal.aborted) throwEnd(signal, tooSlow(caller, spent))
        const failure = failureOf(error, provider, spent)
        const isPassing = failure.kind === 'limited' || failure.kind === 'away'
        const wait = failure.restMs ?? FIRST_WAIT_MS * 2 ** retries * situation.random.between(0.5, 1)
        if (!isPassing || retries === RETRIES || clock.now() + wait >= deadline) throw failure
        await clock.pause(wait, signal).catch(() => throwEnd(signal, failure))
      }
    }
  }

  return {
    name: 'ai-sdk',
    async think(situation, signal) {
      signal.throwIfAborted()
      const prompt = promptOf(situation, randomBytes(16).toString('hex'))
      return thoughtOf(prompt, await persist(situation, prompt, signal))
    },
  }
}

/** A thought that is given up has failed where its time was over, and has not where somebody wants it to stop. */
function throwEnd(signal: AbortSignal, failure: BrainFailure): never {
  const { reason } = signal as { readonly reason: unknown }
  const isTimeOver = reason instanceof DOMException && reason.name === 'TimeoutError'
  if (!isTimeOver) signal.throwIfAborted()
  throw failure
}

interface Question {
  readonly model: LanguageModel
  readonly provider: Provider
  readonly prompt: Prompt
  readonly signal: AbortSignal
  readonly isPlain: boolean
}

interface Answer {
  readonly text: string
  readonly usage: LanguageModelUsage
  readonly isCutOff: boolean
}

async function generate({ model, provider, prompt, signal, isPlain }: Question): Promise<Answer> {
  const { temperature, maxOutputTokens } = provider
  const { text, usage, finishReason } = await generateText({
    model,
    instructions: prompt.system,
    prompt: prompt.user,
    ...(isPlain ? {} : { output: formOf(prompt) }),
    ...(temperature === undefined ? {} : { temperature }),
    maxOutputTokens,
    abortSignal: signal,
    maxRetries: 0,
    telemetry: { isEnabled: false },
  })
  return { text, usage, isCutOff: finishReason === 'length' }
}

/** The form that a model must keep to where it can. What it says all the same is read by us, leniently. */
function formOf({ offered }: Prompt) {
  const schema = jsonSchema({
    type: 'object',
    // Some take a schema only if every field is required.
    properties: {
      action: { type: 'string', enum: [...offered] },
      target: { type: ['integer', 'null'] },
      text: { type: ['string', 'null'] },
    },
    required: ['action', 'target', 'text'],
    additionalProperties: false,
  })
  return { ...Output.object({ schema, name: 'decision' }), parseCompleteOutput: () => Promise.resolve({}) }
}

/** What a server counted, or a guess from above for one that does not count: budgets must not depend on its goodwill. */
function counted(tokens: number | undefined, text: string): number {
  const isCount = tokens !== undefined && Number.isFinite(tokens) && tokens > 0
  return Math.min(Math.round(isCount ? tokens : bytesOf(text) / BYTES_PER_TOKEN), TOKENS_AT_MOST)
}

function unreadable({ isCutOff }: Answer, { maxOutputTokens }: Provider): string {
  if (!isCutOff) return 'The model answered without a decision'
  return `The answer was cut off after ${maxOutputTokens} tokens: raise model.max_output_tokens`
}

/** Within the network's rules, but against what this bot was given to choose from. */
function disobedience({ action, target }: RawChoice, { offered, shown }: Prompt): string | undefined {
  const isAction = ACTIONS.some((each) => each === action)
  if (isAction && !offered.some((each) => each === action))
    return 'The model chose what its persona never does'
  if (action !== 'post' && action !== 'nothing' && Number(target) > shown) {
    return 'The model named an item that it was not shown'
  }
  return undefined
}
