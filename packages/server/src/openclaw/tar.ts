const BLOCK = 512
const NAME_MAX = 100
// The date that npm gives to every file of its packages. Of 1970 tar says that it is implausible.
const MODIFIED = 499_162_500

/** A tar archive (ustar) whose bytes depend on nothing but the names and texts of its files. */
export function tar(files: Readonly<Record<string, string>>): Buffer {
  const entries = Object.entries(files).flatMap(([name, text]) => {
    const body = Buffer.from(text)
    return [header(name, body.length), body, Buffer.alloc(-body.length & (BLOCK - 1))]
  })
  return Buffer.concat([...entries, Buffer.alloc(2 * BLOCK)])
}

function header(name: string, size: number): Buffer {
  if (Buffer.byteLength(name) > NAME_MAX) throw new RangeError(`Too long a name for a tar archive: ${name}`)
  const block = Buffer.alloc(BLOCK)
  block.write(name, 0)
  block.write(octal(0o644, 7), 100)
  block.write(octal(0, 7), 108)
  block.write(octal(0, 7), 116)
  block.write(octal(size, 11), 124)
  block.write(octal(MODIFIED, 11), 136)
  block.write('0', 156)
  block.write('ustar\x0000', 257)
  // The sum is taken as if its own field held eight spaces.
  const sum = block.reduce((total, byte) => total + byte, 8 * 0x20)
  block.write(`${octal(sum, 6)}\0 `, 148)
  return block
}

function octal(value: number, digits: number): string {
  return value.toString(8).padStart(digits, '0')
}
