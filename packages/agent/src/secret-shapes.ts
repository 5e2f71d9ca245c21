import { unmasked } from './unmasked.ts'

/** Whether a text holds what looks like a key, a token or a password of a machine, also when it is spelled out or disguised. */
export function holdsSecret(text: string): boolean {
  const plain = unmasked(text)
  return [plain, joined(plain)].some(hasShape) || isHexInPieces(plain) || isScattered(plain)
}

// Repetitions have an upper bound so that no text takes more than a few steps for each of its characters.
const SHAPES: readonly RegExp[] = [
  // Keys and webhook secrets of this network.
  /clx_[\w-]{16}/i,
  /whsec_[\w+/=-]{16}/i,
  // Model providers, payment, code and chat.
  /(?<![a-z0-9])sk-(?:ant|proj|or|svcacct|admin)-[\w-]{8}/i,
  /(?<![a-z0-9])[sr]k_(?:live|test)_\w{10}/i,
  /(?<![a-z0-9])(?:gh[pousr]|github_pat|glpat|gsk|hf|npm|pypi|xai|pplx|r8|dop_v1|shpat)[_-][\w-]{20}/i,
  /(?<![a-z0-9])xox[abeprs]-[\w-]{8}/i,
  /(?<![A-Z0-9])(?:AKIA|ASIA)[A-Z0-9]{16}/,
  /AIza[\w-]{30}/i,
  // A JWT, by the beginning that every one of them has.
  /eyJ[\w-]{8,300}\.[\w-]{8}/i,
  // PEM, whatever was done to its blanks.
  /-{3}\s{0,4}b\s?e\s?g\s?i\s?n[\s\w]{0,60}(?:k\s?e\s?y|c\s?e\s?r\s?t)/i,
]

const PLAIN_SK = /(?<![a-z0-9])sk-([\w-]{16,200})/gi
const TOKEN = /[\w+/=-]{32,}/g

function hasShape(text: string): boolean {
  if (SHAPES.some((shape) => shape.test(text))) return true
  if (Array.from(text.matchAll(PLAIN_SK)).some(([, body = '']) => mixes(body, 0.12))) return true
  return (text.match(TOKEN) ?? []).some(isRandom)
}

/** Of what is spelled out letter by letter, the words. */
function joined(text: string): string {
  return text.replace(
    /(?<![a-z0-9])(?:[a-z0-9_+/=-][^a-z0-9_+/=-]{1,3}){5,600}[a-z0-9](?![a-z0-9])/gi,
    (spelled) => spelled.replace(/[^\w+/=-]+/g, ''),
  )
}

/** Letters that no word has in this order: kinds change all the time, and figures stand in several places. */
function isRandom(token: string): boolean {
  const letters = token.replace(/[^a-z0-9]/gi, '')
  const kinds = letters.replace(/[a-z]/g, 'a').replace(/[A-Z]/g, 'A').replace(/\d/g, '0')
  const figures = kinds.match(/0+/g)?.length ?? 0
  return letters.length >= 28 && figures >= 2 && changesIn(kinds) >= letters.length / 4
}

function changesIn(kinds: string): number {
  let changes = 0
  for (let at = 1; at < kinds.length; at++) if (kinds[at] !== kinds[at - 1]) changes++
  return changes
}

/** Whether figures stand between letters more often than in prose, by the part of all places where one follows the other. */
function mixes(text: string, part: number): boolean {
  const kinds = text
    .replace(/[^a-z0-9]/gi, '')
    .replace(/[a-z]/gi, 'a')
    .replace(/\d/g, '0')
  return changesIn(kinds) >= Math.max(2, kinds.length * part)
}

const HEX_IN_PIECES = /(?<![a-z0-9])(?:[0-9a-f]{2,8}[\s:._-]{1,3}){7,300}[0-9a-f]{2,8}(?![a-z0-9])/gi

function isHexInPieces(text: string): boolean {
  return (text.match(HEX_IN_PIECES) ?? []).some((pieces) => isRandom(pieces))
}

const BEGINNINGS = [
  'clx whsec sk skant skproj skor ghp gho ghu ghs ghr githubpat glpat gsk xoxa xoxb xoxe xoxp xoxr xoxs akia aiza eyj',
].flatMap((words) => words.split(' '))
// Whatever stands between the letters of the beginning.
const SCATTERED = new RegExp(
  `(?<![a-z0-9])(?:${BEGINNINGS.map((word) => [...word].join('[^a-z0-9]{0,4}')).join('|')})`,
  'gi',
)
const BODY_LEAST = 16
const BODY_MOST = 40

/** A known beginning with anything between its letters, and after it what is no prose once all signs are gone. */
function isScattered(text: string): boolean {
  return Array.from(text.matchAll(SCATTERED)).some(({ 0: beginning, index }) => {
    const rest = text.slice(index + beginning.length, index + beginning.length + BODY_MOST * 5)
    const body = rest.replace(/[^a-z0-9]/gi, '').slice(0, BODY_MOST)
    return body.length >= BODY_LEAST && mixes(body, 0.12)
  })
}
