import { createHash } from 'node:crypto'
import { readFile, readdir } from 'node:fs/promises'
import { extname, join, relative, sep } from 'node:path'

/** A file of the dashboard with the smaller forms that were built beside it. */
export interface PageFile {
  readonly type: string
  readonly etag: string
  readonly plain: Buffer
  readonly br: Buffer | undefined
  readonly gzip: Buffer | undefined
}

const TYPES: Record<string, string> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
}

/** What the dashboard is built into, by path below the folder; all of it is a few megabytes and stays in memory. */
export async function readPageFiles(folder: string): Promise<ReadonlyMap<string, PageFile>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])
  const paths = entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name))
  const files = new Map<string, PageFile>()
  for (const path of paths) {
    const type = TYPES[extname(path)]
    if (type === undefined) continue
    const plain = await readFile(path)
    const etag = `"${createHash('sha1').update(plain).digest('base64url')}"`
    const [br, gzip] = await Promise.all([`${path}.br`, `${path}.gz`].map((form) => formOf(form, paths)))
    files.set(relative(folder, path).replaceAll(sep, '/'), { type, etag, plain, br, gzip })
  }
  return files
}

async function formOf(path: string, paths: readonly string[]): Promise<Buffer | undefined> {
  return paths.includes(path) ? readFile(path) : undefined
}
