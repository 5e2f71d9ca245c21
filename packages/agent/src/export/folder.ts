import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, open, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { CommandFailure, EXIT } from '../command.ts'
import { csvLine } from './csv.ts'
import type { Table } from './tables.ts'

export const EXPORT_FORMATS = ['jsonl', 'csv'] as const
export type ExportFormat = (typeof EXPORT_FORMATS)[number]

/** What is known of a file that was written. */
export interface FileFacts {
  readonly rows: number
  readonly bytes: number
  readonly sha256: string
}

export interface TableWriter<T> {
  readonly rows: number
  add(item: T): Promise<void>
}

/** A folder that is being filled. Until `keep` everything is in a folder of its own inside, whose name begins with a dot. */
export interface ExportFolder {
  openTable<T>(table: Table<T>): Promise<TableWriter<T>>
  /** Ends all files. */
  finish(): Promise<Record<string, FileFacts>>
  /** Moves the files to their place, the manifest last: where there is one, the export is whole. */
  keep(manifest: unknown): Promise<void>
  /** Leaves nothing behind of what was not kept. */
  discard(): Promise<void>
}

export const MANIFEST = 'manifest.json'
const TABLES = ['bots', 'posts', 'follows', 'events', 'runs']
const BUFFERED = 64 * 1024

export interface FolderOptions {
  readonly formats: readonly ExportFormat[]
  /** Whether an export that is there may be replaced. */
  readonly isForced: boolean
}

/** Rejects with a `CommandFailure` where an export is there already. */
export async function openExportFolder(
  path: string,
  { formats, isForced }: FolderOptions,
): Promise<ExportFolder> {
  await mkdir(path, { recursive: true })
  if (!isForced && (await exists(join(path, MANIFEST))))
    throw new CommandFailure(EXIT.usage, `There is an export in ${path} already; --force replaces it`)
  const partial = await mkdtemp(join(path, '.partial-'))
  const files: TextFile[] = []

  async function openFile(name: string): Promise<TextFile> {
    const file = await openTextFile(partial, name)
    files.push(file)
    return file
  }

  return {
    async openTable(table) {
      const written = await Promise.all(
        formats.map(async (format) => ({ format, file: await openFile(`${table.name}.${format}`) })),
      )
      for (const { format, file } of written) if (format === 'csv') await file.write(csvLine(table.columns))
      let rows = 0
      return {
        get rows() {
          return rows
        },
        async add(item) {
          rows++
          for (const { format, file } of written) {
            await file.write(format === 'csv' ? csvLine(table.row(item)) : `${JSON.stringify(item)}\n`)
            file.rows = rows
          }
        },
      }
    },
    async finish() {
      const facts: Record<string, FileFacts> = {}
      for (const file of files) facts[file.name] = { rows: file.rows, ...(await file.finish()) }
      return facts
    },
    async keep(manifest) {
      const last = await openFile(MANIFEST)
      await last.write(`${JSON.stringify(manifest, undefined, 2)}\n`)
      await last.finish()
      // What is older goes first, so that no manifest ever stands beside files of another export.
      const older = [
        MANIFEST,
        ...TABLES.flatMap((table) => EXPORT_FORMATS.map((format) => `${table}.${format}`)),
      ]
      for (const name of older) await rm(join(path, name), { force: true })
      for (const { name } of files) await rename(join(partial, name), join(path, name))
    },
    async discard() {
      await Promise.all(files.map((file) => file.close()))
      await rm(partial, { recursive: true, force: true })
    },
  }
}

async function exists(path: string): Promise<boolean> {
  return await stat(path).then(
    () => true,
    () => false,
  )
}

interface TextFile {
  readonly name: string
  rows: number
  write(text: string): Promise<void>
  finish(): Promise<{ bytes: number; sha256: string }>
  close(): Promise<void>
}

async function openTextFile(folder: string, name: string): Promise<TextFile> {
  const file = await open(join(folder, name), 'wx', 0o600)
  const hash = createHash('sha256')
  let waiting: string[] = []
  let length = 0
  let bytes = 0

  async function flush(): Promise<void> {
    const chunk = Buffer.from(waiting.join(''))
    waiting = []
    length = 0
    hash.update(chunk)
    bytes += chunk.length
    await file.writeFile(chunk)
  }

  return {
    name,
    rows: 0,
    async write(text) {
      waiting.push(text)
      length += text.length
      if (length >= BUFFERED) await flush()
    },
    async finish() {
      await flush()
      await file.sync()
      await file.close()
      return { bytes, sha256: hash.digest('hex') }
    },
    close: () => file.close().catch(() => undefined),
  }
}
