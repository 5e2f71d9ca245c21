import type { Random } from '../random.ts'
import { tokensOf } from './corpus.ts'

/** Which words followed which two, over a set of sentences. */
export interface WordChain {
  /** A walk from the beginning of a sentence to the end of one; `undefined` where it got too long. */
  walk(random: Random): string | undefined
}

const WORDS_MAX = 60
const START = '\u0000'
const END = '\u0001'

export function createWordChain(sentences: readonly string[]): WordChain {
  const followers = new Map<string, string[]>()
  for (const sentence of sentences) {
    let [first, second] = [START, START]
    for (const token of [...tokensOf(sentence), END]) {
      const key = `${first}\u0002${second}`
      const known = followers.get(key)
      if (known) known.push(token)
      else followers.set(key, [token])
      ;[first, second] = [second, token]
    }
  }

  return {
    walk(random) {
      const said: string[] = []
      let [first, second] = [START, START]
      while (said.length <= WORDS_MAX) {
        const token = random.pick(followers.get(`${first}\u0002${second}`) ?? []) ?? END
        if (token === END) return said.join('').trim()
        said.push(token)
        ;[first, second] = [second, token]
      }
      return undefined
    },
  }
}
