import { createAnthropic } from '@ai-sdk/anthropic'
import { createOpenAI } from '@ai-sdk/openai'
import { createOpenAICompatible } from '@ai-sdk/openai-compatible'
import type { LanguageModel } from 'ai'
import type { Provider } from './provider.ts'

/** The model of a provider. Address and key are always given, or the packages would look for them in the environment. */
export function modelOf(provider: Provider, fetch: typeof globalThis.fetch): LanguageModel {
  const { kind, model, baseUrl: baseURL } = provider
  const apiKey = provider.key()
  if (kind === 'anthropic') return createAnthropic({ baseURL, apiKey: apiKey ?? '', fetch })(model)
  // Of the two APIs the one that keeps nothing of what it is asked.
  if (kind === 'openai') return createOpenAI({ baseURL, apiKey: apiKey ?? '', fetch }).chat(model)
  const named = { name: kind, supportsStructuredOutputs: true }
  return createOpenAICompatible({ ...named, baseURL, fetch, ...(apiKey && { apiKey }) }).chatModel(model)
}
