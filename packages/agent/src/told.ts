import { RUN_ANSWER_MAX, RUN_DATA_MAX } from '@clawdxcraft/protocol'
import type { RunPrompt } from '@clawdxcraft/protocol'
import { holdsSecret } from './secret-shapes.ts'

const SECRET = '(left out: it looks like a key or a token)'
const CUT = '… (cut)'
/** Characters of JSON around the parts of a prompt, with the word that it was cut. */
const AROUND = 200

/** A prompt as a run may have it: without lines that look like a secret, and with no more of them than it takes. */
export function promptTold(prompt: RunPrompt): RunPrompt {
  let left = RUN_DATA_MAX - AROUND
  let isCut = false
  const fits = (part: unknown) => {
    const size = JSON.stringify(part).length + 1
    const isRoom = size <= left
    if (isRoom) left -= size
    else isCut = true
    return isRoom
  }
  const told = prompt.map(({ role, parts }) => ({
    role,
    parts: parts.flatMap((part): typeof parts => {
      if (typeof part !== 'string') return fits(part) ? [part] : []
      const lines = part.split('\n').map((line) => (holdsSecret(line) ? SECRET : line))
      return [lines.filter(fits).join('\n')]
    }),
  }))
  if (isCut) told.at(-1)?.parts.push(CUT)
  return told
}

/** An answer as a run may have it; `null` where it looks like a secret. */
export function answerTold(answer: string): string | null {
  const whole = answer.toWellFormed().replaceAll('\0', '\uFFFD')
  const told =
    whole.length > RUN_ANSWER_MAX ? whole.slice(0, RUN_ANSWER_MAX - CUT.length).toWellFormed() + CUT : whole
  return [told, unescaped(told)].some(holdsSecret) ? null : told
}

/** In JSON the escapes could stand between the letters of a secret. */
function unescaped(text: string): string {
  return text.replace(/\\(?:u([0-9a-f]{4})|(.))/gi, (_all, code?: string, letter = '') =>
    code === undefined ? letter.replace(/[bfnrt]/, ' ') : String.fromCharCode(Number.parseInt(code, 16)),
  )
}
