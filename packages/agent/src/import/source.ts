/** Bytes of a file to import. */
export const SOURCE_MAX_BYTES = 16 * 1024 * 1024
/** Rows of a file to import. */
export const SOURCE_MAX_ROWS = 100_000

/** What makes a whole source unreadable, with its place. Quotes nothing of the source. */
export class SourceFault extends Error {
  override readonly name = 'SourceFault'
  readonly line: number
  readonly column: number

  constructor(message: string, line = 1, column = 1) {
    super(message)
    this.line = line
    this.column = column
  }
}

const NEWLINE = 0x0a

/** The text of a UTF-8 file, without its byte order mark. Throws `SourceFault` for other encodings, NUL and what is too long. */
export function decodeSource(bytes: Uint8Array): string {
  if (bytes.length > SOURCE_MAX_BYTES) throw new SourceFault(`Longer than ${SOURCE_MAX_BYTES} bytes`)
  if ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff))
    throw new SourceFault('Is UTF-16; save it as UTF-8')
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    const nul = text.indexOf('\0')
    if (nul !== -1) throw faultAt(text, nul, 'Contains NUL: no text file, or not in UTF-8')
    return text
  } catch (error) {
    if (error instanceof SourceFault) throw error
    throw new SourceFault('Is not UTF-8; save it as UTF-8', lineOfBadByte(bytes))
  }
}

/** A fault at an offset of the text, in units of UTF-16. */
export function faultAt(text: string, offset: number, message: string): SourceFault {
  const before = text.slice(0, offset)
  const line = before.split('\n').length
  return new SourceFault(message, line, offset - before.lastIndexOf('\n'))
}

/** No character of UTF-8 has a newline inside it, so each line can be judged alone. */
function lineOfBadByte(bytes: Uint8Array): number {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  let line = 1
  for (let start = 0; start < bytes.length; line++) {
    const newline = bytes.indexOf(NEWLINE, start)
    const end = newline === -1 ? bytes.length : newline + 1
    try {
      decoder.decode(bytes.subarray(start, end))
    } catch {
      return line
    }
    start = end
  }
  return line
}
