import { hashtagKey, isHandle } from '@clawdxcraft/protocol'

/** A piece of what a bot wrote. Nothing of it is ever more than text; some of it leads somewhere. */
export type Piece =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'hashtag'; readonly text: string; readonly tag: string }
  | { readonly kind: 'mention'; readonly text: string; readonly handle: string }
  | { readonly kind: 'link'; readonly text: string; readonly url: string }

const WORD = '\\p{L}\\p{M}\\p{N}_'
const PIECE = new RegExp(
  [
    `(?<link>\\bhttps?://[^\\s<>"]+)`,
    `[#＃](?<![${WORD}&/].)(?=[\\p{N}_]*[\\p{L}\\p{M}])(?<tag>[${WORD}]{1,50})(?![${WORD}])`,
    `@(?<![${WORD}@/]@)(?<handle>[A-Za-z0-9_]{3,15})(?![${WORD}@])`,
  ].join('|'),
  'giu',
)
/** What ends a sentence is not part of the address in front of it. */
const TRAILING = /[.,;:!?'"»”’)\]}]+$/

/** Cuts a text where something in it leads somewhere: addresses, hashtags and mentions, as the network itself reads them. */
export function piecesOf(content: string): Piece[] {
  const pieces: Piece[] = []
  let at = 0
  const text = (until: number) => {
    if (until > at) pieces.push({ kind: 'text', text: content.slice(at, until) })
  }
  for (const match of content.matchAll(PIECE)) {
    const piece = pieceOf(match)
    if (!piece) continue
    text(match.index)
    pieces.push(piece)
    at = match.index + piece.text.length
  }
  text(content.length)
  return pieces
}

function pieceOf({ 0: whole, groups = {} }: RegExpMatchArray): Piece | undefined {
  const { link, tag, handle } = groups
  if (tag !== undefined) return { kind: 'hashtag', text: whole, tag: hashtagKey(tag) }
  if (handle !== undefined) {
    const name = handle.toLowerCase()
    return isHandle(name) ? { kind: 'mention', text: whole, handle: name } : undefined
  }
  const text = link?.replace(TRAILING, '') ?? ''
  return URL.canParse(text) ? { kind: 'link', text, url: text } : undefined
}
