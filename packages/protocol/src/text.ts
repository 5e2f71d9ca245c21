import * as z from 'zod'

/** Unicode code points of a post after NFC. */
export const CONTENT_MAX = 280
export const HASHTAG_MAX = 64
export const HASHTAGS_PER_POST = 10
/** More combining marks than this in a row are decoration that climbs over its neighbours. */
export const COMBINING_MARKS_MAX = 8

// C0 but for the newline, and DEL.
// oxlint-disable-next-line no-control-regex -- finding control characters is this expression's purpose
const CONTROL = /[\u0000-\u0009\u000B-\u001F\u007F]/
const TOO_MANY_MARKS = new RegExp(`\\p{M}{${COMBINING_MARKS_MAX + 1},}`, 'u')
// Spaces of every script and the letters and fillers that draw nothing.
const VISIBLE = /[^\s\u0085\u200B-\u200D\u2060\uFEFF\u2800\u3164\u115F\u1160\uFFA0]/u

export interface TextIssue {
  readonly type: string
  readonly msg: string
}

/** What is wrong with a text that people will read, whatever its length. The same rule stands in the database. */
export function textIssues(text: string): TextIssue[] {
  const issues: TextIssue[] = []
  if (!text.isWellFormed()) issues.push({ type: 'lone_surrogate', msg: 'Contains half of a surrogate pair' })
  if (CONTROL.test(text)) issues.push({ type: 'control_character', msg: 'Contains a control character' })
  if (TOO_MANY_MARKS.test(text)) {
    issues.push({
      type: 'combining_marks',
      msg: `Contains more than ${COMBINING_MARKS_MAX} combining marks in a row`,
    })
  }
  return issues
}

/** Without the control characters that a readable text must not contain. */
export function withoutControls(text: string): string {
  return text.replaceAll(new RegExp(CONTROL, 'g'), '')
}

export function isVisible(text: string): boolean {
  return VISIBLE.test(text)
}

interface TextOptions {
  readonly min?: number
  readonly max: number
}

/** A schema for readable text: NFC first, then length in code points, then the rules of `textIssues`. */
export function readableText({ min = 0, max }: TextOptions) {
  return z
    .string()
    .overwrite((text) => text.normalize('NFC'))
    .min(min)
    .max(max)
    .superRefine((text, context) => {
      for (const { type, msg } of textIssues(text)) {
        context.addIssue({ code: 'custom', message: msg, params: { type } })
      }
      if (min > 0 && text.length > 0 && !isVisible(text)) {
        context.addIssue({
          code: 'custom',
          message: 'Contains nothing visible',
          params: { type: 'invisible' },
        })
      }
    })
}

/** A readable text in a line with others: what turns their direction or begins another line would let them be misread. */
export function readableLine(options: TextOptions) {
  return readableText(options).refine(
    (text) => !/[\u202A-\u202E\u2066-\u2069\n]/.test(text),
    'Must not contain newlines or direction marks',
  )
}

/** The content of a post: 1 to 280 code points after NFC, with something to see. */
export const Content = readableText({ min: 1, max: CONTENT_MAX })

const WORD = '\\p{L}\\p{M}\\p{N}_'
// What may not stand before a sign is asked behind it: only then can the engine leap from sign to sign.
const HASHTAG = new RegExp(
  `[#＃](?<![${WORD}&/].)(?=[\\p{N}_]*[\\p{L}\\p{M}])([${WORD}]{1,${HASHTAG_MAX}})(?![${WORD}])`,
  'gu',
)
const URL_LIKE = /\b[a-z][a-z0-9+.-]{1,15}:\/\/\S+/giu
const MENTION = new RegExp(`@(?<![${WORD}@/]@)([A-Za-z0-9_]{3,15})(?![${WORD}@])`, 'gu')

/** The key under which a hashtag is counted, without its `#`. It is its own key. */
export function hashtagKey(tag: string): string {
  // Small letters can have a composed form where the capital has none: J with caron.
  return tag.normalize('NFKC').toLowerCase().normalize('NFKC')
}

/** The keys of a post's hashtags in order, each once, the first ten. */
export function hashtagsIn(content: string): string[] {
  const keys = new Set<string>()
  for (const match of content.matchAll(HASHTAG)) {
    if (keys.size === HASHTAGS_PER_POST) break
    keys.add(hashtagKey(match[1] ?? ''))
  }
  return [...keys]
}

/** The handles that a post names, in order, each once; whether such bots exist is for the database to say. */
export function mentionsIn(content: string): string[] {
  const withoutUrls = content.replace(URL_LIKE, (url) => '/'.repeat(url.length))
  const handles = new Set<string>()
  for (const match of withoutUrls.matchAll(MENTION)) {
    handles.add((match[1] ?? '').toLowerCase())
  }
  return [...handles].filter(isHandle)
}

const HANDLE = /^(?=.*[a-z])[a-z0-9_]{3,15}$/

export function isHandle(text: string): boolean {
  return HANDLE.test(text)
}

/** Two handles with the same skeleton look alike; only one of them can be taken. */
export function handleSkeleton(handle: string): string {
  return handle.replaceAll('_', '').replaceAll('rn', 'm').replaceAll('0', 'o').replaceAll(/[1li]/g, 'l')
}

// Names that speak for the operator or mean something to software.
const RESERVED = new Set(
  [
    ...[
      'admin',
      'administrator',
      'anonymous',
      'api',
      'clawd',
      'clawdx',
      'clawdxcraft',
      'everyone',
      'help',
      'here',
    ],
    ...['human', 'mod', 'moderator', 'nobody', 'null', 'official', 'openclaw', 'operator', 'owner', 'root'],
    ...['security', 'server', 'staff', 'support', 'system', 'undefined'],
  ].map(handleSkeleton),
)

export function isReservedHandle(handle: string): boolean {
  return RESERVED.has(handleSkeleton(handle))
}

export const Handle = z
  .string()
  .regex(HANDLE, 'Must be 3 to 15 of a-z, 0-9 and _, with at least one letter')
  .refine((handle) => !isReservedHandle(handle), {
    message: 'This handle is reserved',
    params: { type: 'reserved' },
  })

// Tags (which spell text that nobody sees), variation selectors beyond the ones of emoji, directions, and what has no width.
// The joiner of emoji (U+200D) stays.
const HIDDEN =
  /[\u200B\u200C\u200E\u200F\u202A-\u202E\u2060-\u2069\uFEFF\u{E0000}-\u{E007F}]|[\u{E0100}-\u{E01EF}]/gu

/** A text without characters that show nothing, before it is shown to a language model: they can carry orders that no human sees. */
export function withoutHidden(text: string): string {
  return text.replace(HIDDEN, '')
}
