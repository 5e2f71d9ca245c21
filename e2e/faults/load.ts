import { handleOf, register, type Bot } from './bots.ts'
import { botFeed, globalFeed, homeFeed, tagFeed, threadFeed, type Feed } from './feeds.ts'
import { get } from './http.ts'
import { openLedger, type Ledger } from './ledger.ts'
import { createReader, pollById, type Reader, type ReaderOptions } from './reader.ts'
import { openReceipt, type EventFrame, type Receipt } from './receipt.ts'
import type { System } from './system.ts'
import { judgeReaders, judgeWrites, type Delivery, type Verdict } from './verdict.ts'
import { runWriter } from './writer.ts'

const WRITERS = 24
const THREADS = 4
const FOLLOWED = 6
const SETTLE_MS = 20_000

export interface LoadOptions {
  readonly system: System
  /** Begins the names of the bots, which are this run's own. */
  readonly family: string
  readonly historyFile: string
  /** What is done to the system while it is under load, which lasts as long as this does. */
  readonly strike: (load: Load) => Promise<void>
  /** How long at most readers are waited for in the end. */
  readonly settleMs?: number
}

export interface Load {
  readonly ledger: Ledger
  readonly readers: readonly Reader[]
}

export type Seen = Delivery &
  Pick<Receipt, 'name' | 'received' | 'duplicated' | 'outOfOrder' | 'gaps' | 'renumbered'>

export interface LoadResult {
  readonly totals: Ledger['totals']
  readonly wrongAnswers: readonly string[]
  readonly verdict: Verdict
  readonly readers: readonly Seen[]
  /** The same check of readers that are built wrong. */
  readonly controls: readonly Seen[]
  readonly reconnects: number
  /** How sockets ended, by close code. */
  readonly closes: Readonly<Record<number, number>>
  readonly complaints: readonly string[]
  /** Milliseconds. */
  readonly latency: Record<'write' | 'delivery', { readonly p50: number; readonly p99: number }>
}

/** The bots of a run, who writes and who listens, and the threads that they write in. */
interface Cast {
  readonly writers: readonly Bot[]
  readonly listener: Bot
  readonly threads: readonly string[]
}

/** 24 bots write and 8 readers listen while everything is killed; then all is held against what the ledger says. */
export async function runLoad(options: LoadOptions): Promise<LoadResult> {
  const { system, family, strike, settleMs = SETTLE_MS } = options
  const cast = await prepare(system, family)
  const ledger = openLedger(cast.writers, options.historyFile)
  const { readers, controls, paused, polled } = await openReaders(system, cast, ledger)
  const stopReading = new AbortController()
  const stopWriting = new AbortController()
  const reading = [
    ...[...readers, ...controls, paused].map((reader) => reader.run(stopReading.signal)),
    pollById(polled, system.databaseUrl, stopReading.signal),
  ]
  const place = { urls: system.urls, threads: cast.threads }
  const writing = ledger.accounts.map((account) => runWriter(ledger, account, place, stopWriting.signal))
  const receipts = readers.map((reader) => reader.receipt)
  try {
    await strike({ ledger, readers })
    stopWriting.abort()
    await Promise.all(writing)
    await settle(system, receipts, settleMs)
  } finally {
    stopWriting.abort()
    stopReading.abort()
    await Promise.all([...writing, ...reading])
    await ledger.close()
  }
  const wrong = [...controls.map((reader) => reader.receipt), polled]
  const [real, unreal] = [await seenBy(system, receipts), await seenBy(system, wrong)]
  return {
    totals: ledger.totals,
    wrongAnswers: ledger.wrongAnswers,
    verdict: await judgeWrites(ledger, system.pool, system.urls[0] ?? ''),
    readers: real,
    controls: unreal,
    reconnects: readers.reduce((sum, reader) => sum + reader.reconnects, 0),
    closes: sum(readers.map((reader) => reader.closes)),
    complaints: readers.flatMap((reader) =>
      reader.complaints.map((words) => `${reader.receipt.name}: ${words}`),
    ),
    latency: { write: latencyOf(ledger.writeLatency), delivery: latencyOf(ledger.deliveryLatency) },
  }
}

async function prepare({ urls }: System, family: string): Promise<Cast> {
  const url = urls[0] ?? ''
  const listener = await register(url, `${family}_ear`)
  const writers = await Promise.all(
    Array.from({ length: WRITERS }, (_, index) => register(url, handleOf(family, index))),
  )
  const { token } = listener
  for (const { handle } of writers.slice(0, FOLLOWED))
    await get(url, { method: 'POST', path: '/follows', token, body: { followee: handle } })
  const threads: string[] = []
  for (let index = 0; index < THREADS; index++) {
    const body = { content: 'A thread to answer in' }
    threads.push((await get<{ id: string }>(url, { method: 'POST', path: '/posts', token, body })).id)
  }
  return { writers, listener, threads }
}

/** Every kind of feed, and those who do it wrong so that the check can be seen to find it. */
async function openReaders(system: System, { writers, listener, threads }: Cast, ledger: Ledger) {
  const { since, epoch } = await headOf(system)
  const followed = writers.slice(0, FOLLOWED).map(({ handle }) => handle)
  const [first, second] = [writers[0]?.handle ?? '', writers[7]?.handle ?? '']
  const make = (name: string, feeds: readonly Feed[], more: Partial<ReaderOptions> = {}) =>
    createReader(openReceipt(name, feeds, since), { urls: system.urls, bot: listener, epoch, ...more })
  const other = { urls: system.urls.toReversed() }
  return {
    readers: [
      make('global', [globalFeed], { onEvent: (frame) => noteDelivery(ledger, frame) }),
      make('global at the other', [globalFeed], other),
      make('global, stalling', [globalFeed], { stalls: 'now and then' }),
      make('tag', [tagFeed('red')]),
      make('bot', [botFeed(first)], other),
      make('thread', [threadFeed(threads[0] ?? '')]),
      make('home', [homeFeed(listener.handle, followed)], other),
      make('tag and bot', [tagFeed('blue'), botFeed(second)]),
    ],
    controls: [make('without a cursor', [globalFeed], { resumes: false })],
    paused: make('paused for ever', [globalFeed], { stalls: 'for ever' }),
    polled: openReceipt('cursor on id', [globalFeed], since),
  }
}

async function headOf(system: System): Promise<{ since: number; epoch: string }> {
  await system.until(() => isAllNumbered(system), SETTLE_MS)
  const { rows } = await system.pool.query<{ v: string; epoch: string }>('select v, epoch from seq_state')
  return { since: Number(rows[0]?.v), epoch: rows[0]?.epoch ?? '' }
}

async function isAllNumbered({ pool }: System): Promise<boolean> {
  return (await pool.query('select 1 from events where seq is null limit 1')).rowCount === 0
}

function noteDelivery(ledger: Ledger, { event }: EventFrame): void {
  if (event.type !== 'post.created') return
  const { content, bot } = event.data as { content: string; bot: { handle: string } }
  const account = ledger.accounts.find((one) => one.bot.handle === bot.handle)
  if (account) ledger.noteDelivery(account, Number.parseInt(content))
}

/** Waits until nothing is on its way any more; what is missing then is missing. */
async function settle(system: System, receipts: readonly Receipt[], ms: number): Promise<void> {
  await system.until(() => isAllNumbered(system), ms)
  await system.until(async () => {
    const found = await judgeReaders(system.pool, receipts)
    return found.every(({ missing }) => missing === 0)
  }, ms)
}

async function seenBy(system: System, receipts: readonly Receipt[]): Promise<Seen[]> {
  const found = await judgeReaders(system.pool, receipts)
  return receipts.map(({ name, received, duplicated, outOfOrder, gaps, renumbered }, index) => {
    const delivery = found[index] ?? { expected: 0, missing: 0, strange: 0 }
    return { name, received, duplicated, outOfOrder, gaps, renumbered, ...delivery }
  })
}

function latencyOf(histogram: Ledger['writeLatency']): { p50: number; p99: number } {
  const ms = (share: number) => Math.round(histogram.percentile(share) / 100) / 10
  return { p50: ms(50), p99: ms(99) }
}

function sum(counts: readonly ReadonlyMap<number, number>[]): Record<number, number> {
  const total: Record<number, number> = {}
  for (const [code, count] of counts.flatMap((one) => [...one])) total[code] = (total[code] ?? 0) + count
  return total
}
