import { createReadStream } from 'node:fs'
import { pipeline } from 'node:stream'
import { createGunzip } from 'node:zlib'

/** More than any row has. */
const LINE_MAX = 4 * 1024 * 1024

/** The lines of a compressed file, one after the other. Throws where the file is broken or ends early. */
export async function* readLines(path: string): AsyncGenerator<string> {
  const text = createGunzip().setEncoding('utf8')
  pipeline(createReadStream(path), text, () => {})
  let rest = ''
  for await (const chunk of text as AsyncIterable<string>) {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop() ?? ''
    if (rest.length > LINE_MAX) throw new Error('A line is longer than any row')
    yield* lines
  }
  if (rest !== '') throw new Error('The last line is not whole')
}
