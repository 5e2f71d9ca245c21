import type { RunPrompt } from '@clawdxcraft/protocol'

type PromptPart = RunPrompt[number]['parts'][number]

/** Words within strings of JSON that a model reads and the record of a run does not repeat. */
export interface Quotes {
  /** What stands for such words until the text is whole. `told` is what the record has in their place. */
  quote(words: string, told: PromptPart): string
  /** The text as the model reads it. */
  read(text: string): string
  /** The same text as the record has it. */
  told(text: string): PromptPart[]
}

interface Quote {
  readonly words: string
  readonly told: PromptPart
}

/** What the delimiter is called where it must not differ, and means nothing any more. */
export const SAME_DELIMITER = 'delimiter'

/** What stands for words is made of the delimiter, which is taken out of every text: none can pass for it. */
export function createQuotes(delimiter: string): Quotes {
  const quotes: Quote[] = []
  const place = new RegExp(`${delimiter}<(\\d+)>`)

  function pieces<T>(text: string, of: (quote: Quote) => T): (string | T)[] {
    return text.split(place).map((piece, index) => {
      const quote = index % 2 === 1 ? quotes[Number(piece)] : undefined
      return quote ? of(quote) : piece
    })
  }

  return {
    quote: (words, told) => `${delimiter}<${quotes.push({ words, told }) - 1}>`,
    read: (text) => pieces(text, ({ words }) => JSON.stringify(words).slice(1, -1)).join(''),
    told(text) {
      const parts = pieces(text, ({ told }) => told)
      return joined(
        parts.map((part) => (typeof part === 'string' ? part.replaceAll(delimiter, SAME_DELIMITER) : part)),
      )
    },
  }
}

function joined(parts: readonly PromptPart[]): PromptPart[] {
  const all: PromptPart[] = []
  for (const part of parts) {
    const last = all.at(-1)
    if (typeof part === 'string' && typeof last === 'string') all[all.length - 1] = last + part
    else if (part !== '') all.push(part)
  }
  return all
}
