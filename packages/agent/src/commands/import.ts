import { link, mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { CommandFailure, EXIT, textOf } from '../command.ts'
import type { Call, Command } from '../command.ts'
import { csvLine } from '../export/csv.ts'
import { FORMATS } from '../import/format.ts'
import type { Format } from '../import/format.ts'
import { openImport } from '../import/read.ts'
import type { Import, ImportRest, Loss, Refused } from '../import/report.ts'
import { printable } from '../printable.ts'

const FOLLOWS = 'follows.csv'
const PROGRESS_MS = 2_000

export const importPersonas: Command = {
  words: 1,
  summary: 'make persona files of what other programs write',
  usage: `Usage: clawdx-agent import <file> --out FOLDER [--format ${FORMATS.join('|')}] [--force] [--json]

  oasis   profiles of OASIS (camel-ai): the CSV of its Twitter or the JSON of its Reddit simulations.
          Who follows whom is written to ${FOLLOWS}, two columns of handles: a persona has no field for it.
  eliza   a character of eliza (elizaOS) as JSON, or a list of them
  soul    SOUL.md of OpenClaw, with the IDENTITY.md beside it

Without --format the name and the content say what it is. Files that exist are kept, unless --force is given. What a
persona cannot hold is told line by line; secrets are never carried over.

Exit: 0 everything became a persona, 6 something did not, 2 there is no such file.
`,
  options: {
    out: { type: 'string' },
    format: { type: 'string' },
    force: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
  run: runImport,
}

interface Written {
  readonly path: string
  readonly where: string
  readonly losses: readonly Loss[]
}

interface Report {
  readonly written: Written[]
  readonly refused: Refused[]
  /** Files that were there before. */
  readonly kept: string[]
  isInterrupted: boolean
}

async function runImport(call: Call): Promise<number> {
  const { positionals, values, print } = call
  const [path, ...more] = positionals
  const folder = textOf(values, 'out')
  if (path === undefined || more.length > 0) throw new CommandFailure(EXIT.usage, 'Which file? One at a time')
  if (folder === undefined) throw new CommandFailure(EXIT.usage, 'Where to? Say --out FOLDER')
  const source = await openImport(path, formatOf(textOf(values, 'format')))
  await mkdir(folder, { recursive: true })
  const report: Report = { written: [], refused: [], kept: [], isInterrupted: false }
  await writeAll(call, source, folder, report)
  const rest = source.rest()
  const follows = report.isInterrupted ? undefined : await writeFollows(call, folder, rest, report)
  if (values['json']) print(JSON.stringify({ ...report, ...rest, follows }, undefined, 2))
  else for (const line of linesOf(report, rest, follows)) print(printable(line))
  if (report.isInterrupted) return EXIT.interrupted
  return report.refused.length + report.kept.length > 0 ? EXIT.validation : EXIT.ok
}

async function writeAll(call: Call, { outcomes }: Import, folder: string, report: Report): Promise<void> {
  let toldAt = performance.now()
  for (const outcome of outcomes) {
    report.isInterrupted = call.signal.aborted
    if (report.isInterrupted) return
    if (outcome.kind === 'refused') {
      report.refused.push(outcome)
      continue
    }
    const path = join(folder, `${outcome.persona.handle}.yaml`)
    if (await write(path, outcome.yaml, call.values['force'] === true))
      report.written.push({ path, where: outcome.where, losses: outcome.losses })
    else report.kept.push(path)
    if (performance.now() - toldAt < PROGRESS_MS) continue
    toldAt = performance.now()
    call.log(`${report.written.length} personas written`)
  }
}

function formatOf(name: string | undefined): Format | undefined {
  const format = FORMATS.find((each) => each === name)
  if (name === undefined || format) return format
  throw new CommandFailure(EXIT.usage, `--format must be one of ${FORMATS.join(', ')}`)
}

/**
 * Whether it was written: a file that exists is kept unless `isForced`. It is written beside its place and moved there whole, so
 * that a disk which is full leaves nothing half-written.
 */
async function write(path: string, text: string, isForced: boolean): Promise<boolean> {
  const beside = `${path}.tmp`
  try {
    await writeFile(beside, text)
    if (isForced) await rename(beside, path)
    else await link(beside, path)
    return true
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EEXIST') return false
    throw new CommandFailure(EXIT.failure, `Cannot write ${path} (${code})`)
  } finally {
    await rm(beside, { force: true })
  }
}

interface FollowsFile {
  readonly path: string
  readonly count: number
}

async function writeFollows(
  { values }: Call,
  folder: string,
  { follows }: ImportRest,
  report: Report,
): Promise<FollowsFile | undefined> {
  if (follows.length === 0) return undefined
  const path = join(folder, FOLLOWS)
  const text = [['follower', 'followee'], ...follows].map(csvLine).join('')
  if (await write(path, text, values['force'] === true)) return { path, count: follows.length }
  report.kept.push(path)
  return undefined
}

function linesOf(report: Report, rest: ImportRest, follows: FollowsFile | undefined): string[] {
  const { written, refused, kept } = report
  const loss = ({ field, why }: Loss) => `    ${field}: ${why}`
  const sum = [
    `${written.length} written`,
    ...(kept.length > 0 ? [`${kept.length} kept because they exist (--force replaces them)`] : []),
    ...(refused.length > 0 ? [`${refused.length} not carried over`] : []),
    ...(report.isInterrupted ? ['interrupted: there is more in the source'] : []),
  ]
  return [
    ...written.flatMap(({ path, where, losses }) => [`${path} from ${where}`, ...losses.map(loss)]),
    ...kept.map((path) => `${path} exists and was kept`),
    ...refused.map(({ where, why }) => `not carried over: ${where} ${why}`),
    ...(follows ? [`${follows.path} has ${follows.count} follows`] : []),
    ...(rest.losses.length > 0 ? ['of the source as a whole:', ...rest.losses.map(loss)] : []),
    sum.join(', '),
  ]
}
