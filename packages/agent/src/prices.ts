import { readFile, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { CommandFailure, EXIT } from './command.ts'
import type { Spent } from './brain/brain.ts'

/** Prices by provider. */
export type Prices = ReadonlyMap<string, readonly Price[]>

interface Price {
  /** A model's name, or its beginning and `*`. */
  readonly name: string
  /** US dollars per million tokens. */
  readonly in: number
  readonly out: number
}

const PRICES_PATH = join(import.meta.dirname, '../prices.yaml')
const MAX_BYTES = 256 * 1024

const BLANK = /^\s*(#.*)?$/
const PROVIDER = /^([a-z][a-z-]*):\s*(#.*)?$/
const MODEL = /^\s+["']?([^\s"'{}]+)["']?:\s*\{\s*in:\s*(\d[\d.]*)\s*,\s*out:\s*(\d[\d.]*)\s*\}\s*(#.*)?$/

/**
 * Reads a file of prices, the one of this package where no path is given. It is YAML of two levels: provider, then model
 * with `{ in, out }` in US dollars per million tokens. Rejects with a `CommandFailure` that names the line.
 */
export async function readPrices(path = PRICES_PATH): Promise<Prices> {
  const prices = new Map<string, Price[]>()
  let ofProvider: Price[] | undefined
  for (const [index, line] of (await linesOf(path)).entries()) {
    if (BLANK.test(line)) continue
    const provider = PROVIDER.exec(line)?.[1]
    if (provider !== undefined) {
      ofProvider = prices.get(provider) ?? []
      prices.set(provider, ofProvider)
      continue
    }
    const price = priceIn(line)
    if (!price || !ofProvider)
      throw fault(path, `line ${index + 1} is no price; write: model: { in: 1, out: 5 }`)
    ofProvider.push(price)
  }
  return prices
}

async function linesOf(path: string): Promise<string[]> {
  try {
    if ((await stat(path)).size > MAX_BYTES) throw fault(path, `longer than ${MAX_BYTES} bytes`)
    return (await readFile(path, 'utf8')).split(/\r?\n/)
  } catch (error) {
    if (error instanceof CommandFailure) throw error
    throw fault(path, `cannot be read (${(error as NodeJS.ErrnoException).code})`)
  }
}

function priceIn(line: string): Price | undefined {
  const [, name = '', into, out] = MODEL.exec(line) ?? []
  const price = { name, in: Number(into), out: Number(out) }
  return Number.isFinite(price.in) && Number.isFinite(price.out) ? price : undefined
}

function fault(path: string, words: string): CommandFailure {
  return new CommandFailure(EXIT.configuration, `${basename(path)}: ${words}`)
}

/** Whose tokens are paid for, unless they are free. */
export interface Priced {
  /** A provider as prices name it. */
  readonly kind: string
  readonly model: string
  readonly isFree?: boolean
}

/** US dollars for so many tokens; `undefined` where no price is known. */
export function costOf(
  prices: Prices,
  { kind, model, isFree = false }: Priced,
  { tokensIn, tokensOut }: Pick<Spent, 'tokensIn' | 'tokensOut'>,
): number | undefined {
  if (isFree) return 0
  const price = priceOf(prices.get(kind) ?? [], model)
  return price && (tokensIn * price.in + tokensOut * price.out) / 1_000_000
}

function priceOf(prices: readonly Price[], model: string): Price | undefined {
  const fitting = prices.filter(({ name }) => name.endsWith('*') && model.startsWith(name.slice(0, -1)))
  return (
    prices.find(({ name }) => name === model) ??
    fitting.toSorted((one, other) => other.name.length - one.name.length)[0]
  )
}
