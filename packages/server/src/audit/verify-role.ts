import { parseArgs } from 'node:util'
import pg from 'pg'
import { joinEmbedded } from '../db/embedded.ts'
import { connection } from '../db/pool.ts'
import { createProgress } from './progress.ts'
import { verifyAudit } from './verify.ts'
import type { NotedHead, Verified } from './verify.ts'

const USAGE = `Usage: npm run verify [-- --expect <head>]

  --expect <head>  a head that was noted before, as "<number>:<64 hexadecimal digits>"
`
const EXIT_CHANGED = 1
const EXIT_USAGE = 2
const EXIT_UNREADABLE = 3
const EXIT_INTERRUPTED = 130
// The count at the end reads the whole table in one statement.
const STATEMENT_MS = 600_000
const UNDEFINED_TABLE = '42P01'

interface Where {
  readonly databaseUrl: string | undefined
  readonly dataDir: string
}

/** `npm run verify`: says whether the audit log is as it was written, or what was changed. Returns the exit code. */
export async function runVerify(where: Where, args: readonly string[], signal: AbortSignal): Promise<number> {
  const given = readArguments(args)
  if (!given) {
    process.stderr.write(USAGE)
    return EXIT_USAGE
  }
  try {
    const verified = await verify(where, given.expected, signal)
    process.stdout.write(report(verified))
    return verified.faults.length > 0 ? EXIT_CHANGED : 0
  } catch (error) {
    if (signal.aborted) return EXIT_INTERRUPTED
    const { code, message } = error as NodeJS.ErrnoException
    const words =
      code === UNDEFINED_TABLE ? 'it has no chain yet. Run npm run migrate, then start the network' : message
    process.stderr.write(`The audit log could not be verified: ${words}\n`)
    return EXIT_UNREADABLE
  }
}

function readArguments(args: readonly string[]): { expected: NotedHead | undefined } | undefined {
  try {
    const { expect } = parseArgs({ args: [...args], options: { expect: { type: 'string' } } }).values
    if (expect === undefined) return { expected: undefined }
    const [, n, hash] = /^(\d{1,18}):([\da-f]{64})$/i.exec(expect) ?? []
    return n && hash ? { expected: { n: BigInt(n), hash: Buffer.from(hash, 'hex') } } : undefined
  } catch {
    return undefined
  }
}

async function verify(where: Where, expected: NotedHead | undefined, signal: AbortSignal): Promise<Verified> {
  const embedded = where.databaseUrl ? undefined : await joinEmbedded(where.dataDir)
  const client = new pg.Client({
    ...connection(where.databaseUrl ?? embedded?.url ?? ''),
    connectionTimeoutMillis: 10_000,
    statement_timeout: STATEMENT_MS,
    query_timeout: STATEMENT_MS,
  })
  // A connection that breaks also fails the query under way, which is where it is handled.
  client.on('error', () => {})
  const giveUp = () => void client.end().catch(() => {})
  signal.addEventListener('abort', giveUp, { once: true })
  const progress = createProgress(process.stderr)
  try {
    await client.connect()
    await client.query('begin isolation level repeatable read read only')
    return await verifyAudit(client, { expected, signal, progress: progress.at })
  } finally {
    progress.end()
    signal.removeEventListener('abort', giveUp)
    await client.end().catch(() => {})
    await embedded?.stop()
  }
}

function report({ faults, unnamed, links, waiting, head }: Verified): string {
  const rows = links.toLocaleString('en')
  if (faults.length === 0) {
    const verified = `${rows} rows of the audit log verified, ${waiting.toLocaleString('en')} not yet chained.`
    return `${verified} Head ${head.n}:${head.hash.toString('hex')}\n`
  }
  const more = unnamed > 0 ? `… and ${unnamed.toLocaleString('en')} more\n` : ''
  const count = faults.length + unnamed
  const found = count === 1 ? '1 fault' : `${count.toLocaleString('en')} faults`
  const summary = `The audit log is not as it was written: ${found} in ${rows} chained rows.\n`
  return `${faults.map((fault) => `${fault}\n`).join('')}${more}${summary}`
}
