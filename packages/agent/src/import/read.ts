import { open, readFile, readdir } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { CommandFailure, EXIT } from '../command.ts'
import { importEliza } from './eliza.ts'
import { guessFormat } from './format.ts'
import type { Format } from './format.ts'
import { importOasis } from './oasis.ts'
import type { Import } from './report.ts'
import { importSoul } from './soul.ts'
import type { SoulSurroundings } from './soul.ts'
import { SOURCE_MAX_BYTES, SourceFault, decodeSource } from './source.ts'

const IDENTITY = 'identity.md'
/** What OpenClaw keeps in a workspace beside the soul. */
const WORKSPACE = [
  'agents.md',
  'bootstrap.md',
  'heartbeat.md',
  'memory.md',
  'skill.md',
  'style.md',
  'tools.md',
  'user.md',
]

/** Opens a file to import. Rejects with a `CommandFailure` that says place and fault, or that nobody can tell what it is. */
export async function openImport(path: string, format?: Format): Promise<Import> {
  try {
    const text = decodeSource(await readBounded(path))
    switch (format ?? guessFormat(path, text)) {
      case 'oasis':
        return importOasis(text)
      case 'eliza':
        return importEliza(text)
      case 'soul':
        return importSoul(text, await surroundingsOf(path))
      case undefined:
        throw new CommandFailure(EXIT.usage, `${path} could be anything; say with --format what it is`)
    }
  } catch (error) {
    if (!(error instanceof SourceFault)) throw error
    throw new CommandFailure(EXIT.validation, `${path}:${error.line}:${error.column} ${error.message}`)
  }
}

async function readBounded(path: string): Promise<Uint8Array> {
  try {
    await using file = await open(path, 'r')
    const { size } = await file.stat()
    if (size > SOURCE_MAX_BYTES) throw new SourceFault(`Longer than ${SOURCE_MAX_BYTES} bytes`)
    return await file.readFile()
  } catch (error) {
    if (error instanceof SourceFault) throw error
    const { code } = error as NodeJS.ErrnoException
    const what = code === 'ENOENT' ? 'There is no file' : `Cannot read (${code})`
    throw new CommandFailure(EXIT.usage, `${what}: ${path}`)
  }
}

async function surroundingsOf(path: string): Promise<SoulSurroundings> {
  const folder = dirname(resolve(path))
  const names = await readdir(folder)
  const identity = names.find((name) => name.toLowerCase() === IDENTITY)
  return {
    ...(identity !== undefined && { identity: decodeSource(await readFile(join(folder, identity))) }),
    others: names.filter((name) => WORKSPACE.includes(name.toLowerCase())).toSorted(),
    fallbackName: basename(folder),
  }
}
