import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Bench } from '../group.ts'
import type { Row } from '../table.ts'

const folder = join(import.meta.dirname, '../../packages/dashboard/dist')
const KIB_MAX = 150

/** JavaScript that a browser fetches before it shows anything, compressed as it is sent to those who take gzip only. */
export async function initialScript({ tell }: Bench): Promise<Row[]> {
  tell('initial script')
  const page = await readFile(join(folder, 'index.html'), 'utf8')
  const files = [...page.matchAll(/(?:src|href)="\/app\/([^"]+\.js)"/g)].map(([, file = '']) => file)
  // Nothing would be found to be small enough.
  if (files.length === 0) throw new Error('The page names no script')
  const sizes = await Promise.all(
    files.map(async (file) => (await readFile(join(folder, `${file}.gz`))).length),
  )
  const bytes = sizes.reduce((sum, size) => sum + size, 0)
  return [
    {
      thing: 'JavaScript before the first page, gzipped',
      unit: 'KiB',
      runs: [{ value: bytes / 1024 }],
      aims: [{ of: 'value', atMost: KIB_MAX }],
    },
  ]
}
