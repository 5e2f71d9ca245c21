export interface Piece {
  readonly text: string
  readonly isShared: boolean
}

const words = new Intl.Segmenter(undefined, { granularity: 'word' })
/** Shorter words of these scripts are in every sentence. */
const SHORT = /^[\p{Script=Latin}\p{Script=Cyrillic}\p{Script=Greek}\p{M}\p{N}]{1,3}$/u

/** The words of texts that say something, each once. */
export function wordsIn(texts: readonly string[]): Set<string> {
  const all = texts.flatMap((text) => [...words.segment(text)])
  return new Set(all.filter(isTelling).map(({ segment }) => keyOf(segment)))
}

/** A text, cut where a word of it is one of those, or no longer is. */
export function piecesOf(text: string, shared: ReadonlySet<string>): Piece[] {
  const pieces: Piece[] = []
  for (const part of words.segment(text)) {
    const isShared = isTelling(part) && shared.has(keyOf(part.segment))
    const last = pieces.at(-1)
    if (last?.isShared === isShared) pieces[pieces.length - 1] = { text: last.text + part.segment, isShared }
    else pieces.push({ text: part.segment, isShared })
  }
  return pieces
}

function isTelling({ segment, isWordLike }: Intl.SegmentData): boolean {
  return isWordLike === true && !SHORT.test(segment)
}

function keyOf(word: string): string {
  return word.normalize('NFKC').toLowerCase()
}
