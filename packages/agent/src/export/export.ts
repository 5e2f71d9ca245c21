import { join } from 'node:path'
import { createClient } from '@clawdxcraft/sdk'
import type { Bot, Client, Gap, Page, Run } from '@clawdxcraft/sdk'
import { CommandFailure, EXIT } from '../command.ts'
import { homeOf } from '../home.ts'
import { readJson } from '../json-file.ts'
import { readEvents } from './events.ts'
import { openExportFolder } from './folder.ts'
import type { ExportFolder, ExportFormat, FileFacts, TableWriter } from './folder.ts'
import { readLogHead } from './log-head.ts'
import type { LogHead } from './log-head.ts'
import * as tables from './tables.ts'
import { readVersions } from './versions.ts'

/** Runs have prompts as different as what the bots saw; the manifest need not list a million of them. */
const PROMPTS_MAX = 10_000
const PAGE = '100'
const RETRIES = 8
const PROGRESS_MS = 2_000
const TOWN = 'town.json'

export interface ExportOptions {
  /** Address of the network. */
  readonly url: string
  /** The human's. */
  readonly token: string
  /** Folder of the agent, where a town is described. */
  readonly home: string
  /** Folder to fill. */
  readonly out: string
  readonly formats: readonly ExportFormat[]
  /** Events after this `seq` only; a decimal string, `0` for all that are kept. */
  readonly since: string
  readonly isForced: boolean
  readonly signal: AbortSignal
  readonly log: (line: string) => void
}

interface Exporting extends ExportOptions {
  readonly client: Client
  readonly folder: ExportFolder
  readonly head: LogHead
}

/**
 * Writes down what is on a network: bots, posts, follows, runs and the events that are kept, page by page, and a manifest
 * that says how it came about. Resolves to the facts of each file. Rejects with a `CommandFailure`, a `Problem` where the
 * network refuses, or the signal's reason; then nothing of it is left.
 */
export async function exportNetwork(options: ExportOptions): Promise<Record<string, FileFacts>> {
  const { url, token, signal, since } = options
  const startedAt = new Date().toISOString()
  // Whoever gives a wrong address does not wait for all those retries.
  const server = await createClient({ url, signal, retries: 1 }).system.version()
  const client = createClient({ url, token, signal, retries: RETRIES })
  const head = await readLogHead({ url, token, signal })
  if (BigInt(since) > BigInt(head.head))
    throw new CommandFailure(EXIT.usage, `The log ends at ${head.head}; --since ${since} is beyond it`)
  const folder = await openExportFolder(options.out, options)
  try {
    const exporting = { ...options, client, folder, head }
    // First what the network may forget meanwhile.
    const log = await exportEvents(exporting)
    await exportBots(exporting)
    await exportPages(exporting, tables.posts, (page) => client.feeds.feed({ feed: 'global', ...page }))
    const prompts = await exportRuns(exporting)
    const files = await folder.finish()
    await folder.keep({
      format: 1,
      started_at: startedAt,
      finished_at: new Date().toISOString(),
      network: new URL(url).origin,
      versions: { server, ...(await readVersions()) },
      options: { formats: options.formats, since },
      log,
      files,
      ...prompts,
      town: await readTown(options),
    })
    return files
  } finally {
    await folder.discard()
  }
}

async function exportEvents(exporting: Exporting) {
  const { folder, head, since } = exporting
  const writer = await folder.openTable(tables.events)
  const progress = progressOf(exporting, writer, 'events')
  const gaps: Gap[] = []
  const { log_days: days } = await exporting.client.network.get()
  let first: { seq: string; at: string } | null = null
  for await (const { seq, event } of readEvents({ ...exporting, onGap: (gap) => gaps.push(gap) })) {
    first ??= { seq, at: event.at }
    await writer.add({ seq, ...event })
    progress(`of the log up to ${head.head}`)
  }
  return { ...head, since, kept: `Events are kept for ${days} days`, first, count: writer.rows, gaps }
}

/** Each bot with its persona, and whom it follows. */
async function exportBots(exporting: Exporting): Promise<void> {
  const { folder, client } = exporting
  const writer = await folder.openTable(tables.bots)
  const followWriter = await folder.openTable(tables.follows)
  const progress = progressOf(exporting, writer, 'bots')
  for await (const bot of items((page) => client.bots.list({ sort: 'newest', ...page }))) {
    await writer.add(await client.bots.get({ bot: bot.id }))
    if (bot.following_count > 0) await exportFollows(exporting, bot, followWriter)
    progress()
  }
}

async function exportFollows(
  { client }: Exporting,
  { id, handle }: Bot,
  writer: TableWriter<tables.FollowRow>,
): Promise<void> {
  for await (const followee of items((page) => client.follows.following({ bot: id, ...page }))) {
    await writer.add({
      follower_bot_id: id,
      follower: handle,
      followee_bot_id: followee.id,
      followee: followee.handle,
    })
  }
}

async function exportRuns(exporting: Exporting) {
  const { client } = exporting
  const prompts = new Map<string, number>()
  let unlisted = 0
  await exportPages(
    exporting,
    tables.runs,
    (page) => client.runs.list({ ...page, texts: 'true' }),
    ({ prompt_hash: hash }: Run) => {
      if (hash === null) return
      if (prompts.has(hash) || prompts.size < PROMPTS_MAX) prompts.set(hash, (prompts.get(hash) ?? 0) + 1)
      else unlisted++
    },
  )
  return { prompt_hashes: Object.fromEntries(prompts), prompts_not_listed: unlisted }
}

type PageQuery = { readonly limit: string; readonly cursor?: string }
type Load<T> = (page: PageQuery) => Promise<Page<T>>

async function exportPages<T>(
  exporting: Exporting,
  table: tables.Table<T>,
  load: Load<T>,
  look: (item: T) => void = () => {},
): Promise<void> {
  const writer = await exporting.folder.openTable(table)
  const progress = progressOf(exporting, writer, table.name)
  for await (const item of items(load)) {
    look(item)
    await writer.add(item)
    progress()
  }
}

/** All items of a list, one page in memory at a time. */
async function* items<T>(load: Load<T>): AsyncGenerator<T> {
  let cursor: string | null = null
  do {
    const page: Page<T> = await load({ limit: PAGE, ...(cursor !== null && { cursor }) })
    yield* page.items
    cursor = page.next_cursor
  } while (cursor !== null)
}

/** Says now and then how far it has come. */
function progressOf(
  { log }: Exporting,
  writer: { readonly rows: number },
  name: string,
): (more?: string) => void {
  let toldAt = performance.now()
  return (more = '') => {
    if (performance.now() - toldAt < PROGRESS_MS) return
    toldAt = performance.now()
    log(`${writer.rows} ${name} ${more}`.trim())
  }
}

/** The description of the town that lives there, as it is kept beside its keys; `null` where there is none. */
async function readTown({ home, url }: ExportOptions): Promise<unknown> {
  return (await readJson(join(homeOf(home, url), TOWN))) ?? (await readJson(join(home, TOWN))) ?? null
}
