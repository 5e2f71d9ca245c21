import { setTimeout as sleep } from 'node:timers/promises'
import { closeCodes } from '@clawdxcraft/protocol'
import type { ServerFrame } from '@clawdxcraft/protocol'
import type { Context } from '../context.ts'
import type { Feed } from './feeds.ts'
import type { LoggedEvent, Tailer } from './tailer.ts'
import type { Wire } from './wires.ts'

// What a client has not taken waits in the log, not here: a write is at most a chunk, and none is made above this.
const CHUNK_MAX = 64 * 1024
const WAITING_MAX = 128 * 1024
const RETRY_MS = 500

/** Where a reader's bytes go. */
export interface Sink {
  readonly wire: Wire
  /** Bytes that the client has not taken yet. */
  readonly waiting: number
  write(bytes: Buffer): void
  /** Calls back when the client has taken everything. */
  onceDrained(callback: () => void): void
  /** Says something that is not an event of the log. */
  tell(frame: ServerFrame): void
  close(code: number, reason: string): void
}

/** Events of the log as bytes, and where they end. */
interface Chunk {
  readonly bytes: Buffer | undefined
  readonly events: number
  readonly end: number
}

/** Chunks that several readers with the same feeds take at the same place, by that place and those feeds. */
export type SharedChunks = Map<string, Chunk>

/** What all readers of a process share. */
export interface ReaderParts {
  readonly context: Context
  readonly tailer: Tailer
  /** Runs what reads from the database, a few at a time. */
  readonly queue: <T>(work: () => Promise<T>) => Promise<T>
}

/**
 * A cursor that moves along the log at its own pace and hands what belongs to its feeds to its sink. Live and catching
 * up are the same: the cursor is all there is to know of a client, and what it cannot take yet it takes later.
 */
export class Reader {
  cursor: number
  /** Since when the client takes nothing; 0 while it does. */
  stalledSince = 0
  readonly #parts: ReaderParts
  readonly #sink: Sink
  #feeds: readonly Feed[] = []
  /** The wire and the names of the feeds; `undefined` where one of them is this reader's own. */
  #sharedAs: string | undefined = ''
  #isMoving = false
  #isOver = false
  /** While its feeds change, or the database is read: ends with the last of such work. */
  #work: Promise<void> | undefined

  constructor(parts: ReaderParts, sink: Sink) {
    this.#parts = parts
    this.#sink = sink
    this.cursor = parts.tailer.head
  }

  get feeds(): readonly Feed[] {
    return this.#feeds
  }

  get wire(): Wire {
    return this.#sink.wire
  }

  /** Changes what is read and, with a cursor, from where on; from then on the reader moves. */
  async subscribe(feeds: readonly Feed[], cursor?: number): Promise<void> {
    await this.#exclusively(async () => {
      const names = new Set(feeds.map((feed) => feed.name))
      const kept = this.#feeds.filter((feed) => !names.has(feed.name))
      const moved = cursor === undefined ? feeds : [...kept, ...feeds]
      if (cursor !== undefined) this.#start(cursor)
      for (const feed of moved) await feed.moveTo(this.cursor)
      this.#setFeeds([...kept, ...feeds])
      this.#isMoving = true
    })
    this.pull(new Map())
  }

  unsubscribe(names: readonly string[]): void {
    this.#setFeeds(this.#feeds.filter((feed) => !names.includes(feed.name)))
  }

  /** Takes what the log has beyond the cursor, as far as the client takes it. */
  pull(shared: SharedChunks): void {
    try {
      this.#pull(shared)
    } catch (error) {
      this.#parts.context.log.error({ err: error }, 'a live feed failed')
      this.#sink.close(closeCodes.overloaded, 'try again')
    }
  }

  #pull(shared: SharedChunks): void {
    const { tailer } = this.#parts
    while (this.#canMove() && this.cursor < tailer.head) {
      const key = this.#sharedAs === undefined ? undefined : `${this.cursor} ${this.#sharedAs}`
      let chunk = key === undefined ? undefined : shared.get(key)
      if (!chunk) {
        const events = tailer.recent(this.cursor)
        if (!events) return void this.#catchUp()
        chunk = this.#chunk(events)
        if (key !== undefined) shared.set(key, chunk)
      }
      this.#hand(chunk)
    }
  }

  end(): void {
    this.#isOver = true
  }

  #canMove(): boolean {
    return this.#isMoving && !this.#work && !this.#isOver && this.stalledSince === 0
  }

  #setFeeds(feeds: readonly Feed[]): void {
    this.#feeds = feeds
    const { wire } = this.#sink
    const isShared = feeds.every((feed) => feed.isShared)
    // Names are what clients say; as JSON none can pass for several others.
    this.#sharedAs = isShared ? JSON.stringify([wire.name, ...feeds.map((feed) => feed.name)]) : undefined
  }

  #start(cursor: number): void {
    const { tailer } = this.#parts
    this.cursor = Math.max(cursor, tailer.oldest - 1)
    if (cursor < this.cursor)
      this.#sink.tell({ op: 'info', code: 'outdated_cursor', oldest: String(tailer.oldest) })
  }

  /** One thing at a time: what changes the feeds waits for a page that is being read, and the other way round. */
  async #exclusively(work: () => Promise<void>): Promise<void> {
    const mine = (this.#work ?? Promise.resolve()).then(work)
    const over = mine.catch(() => {})
    this.#work = over
    try {
      await mine
    } finally {
      if (this.#work === over) this.#work = undefined
    }
  }

  /** Reads on in the database until memory reaches back to the cursor. */
  async #catchUp(): Promise<void> {
    await this.#exclusively(async () => {
      try {
        const events = await this.#parts.queue(async () =>
          this.#isOver ? [] : this.#parts.tailer.page(this.cursor),
        )
        if (this.#isOver) return
        await this.#skipTo((events[0]?.seq ?? this.#parts.tailer.head + 1) - 1)
        this.#handAll(events)
      } catch (error) {
        this.#parts.context.log.debug({ err: error }, 'a live feed cannot read the log; trying again')
        await sleep(RETRY_MS, undefined, { ref: false })
      }
    })
    setImmediate(() => this.pull(new Map()))
  }

  /** Hands over events as long as the client takes them; what it does not take is read again. */
  #handAll(events: readonly LoggedEvent[]): void {
    let rest = events
    while (rest.length > 0 && !this.#isOver && this.stalledSince === 0) {
      this.#hand(this.#chunk(rest))
      rest = rest.filter(({ seq }) => seq > this.cursor)
    }
  }

  /** Goes on from what is still kept, where the log was trimmed under a reader. */
  async #skipTo(seq: number): Promise<void> {
    if (seq <= this.cursor || this.#isOver) return
    for (const feed of this.#feeds) await feed.moveTo(seq)
    this.cursor = seq
    this.#sink.tell({ op: 'info', code: 'outdated_cursor', oldest: String(seq + 1) })
  }

  #chunk(events: readonly LoggedEvent[]): Chunk {
    const { wire } = this.#sink
    const frames: Buffer[] = []
    let size = 0
    let end = this.cursor
    for (const event of events) {
      const prev = this.#prevOf(event)
      end = event.seq
      if (prev === undefined) continue
      const frame = wire.event(
        event.seq,
        `{"op":"event","seq":"${event.seq}","prev":${prev},"event":${event.text}}`,
      )
      frames.push(frame)
      size += frame.length
      if (size >= CHUNK_MAX) break
    }
    const bytes = frames.length > 1 ? Buffer.concat(frames, size) : frames[0]
    return { bytes, events: frames.length, end }
  }

  /** `{"<feed>":"<seq>"}` of those of its feeds that have the event; `undefined` where none has. */
  #prevOf(event: LoggedEvent): string | undefined {
    let members = ''
    for (const feed of this.#feeds) {
      const prev = feed.prevOf(event)
      if (prev !== undefined) members += `${members && ','}${JSON.stringify(feed.name)}:"${prev}"`
    }
    return members === '' ? undefined : `{${members}}`
  }

  #hand({ bytes, events, end }: Chunk): void {
    const sink = this.#sink
    this.cursor = end
    if (!bytes) return
    sink.write(bytes)
    this.#parts.context.metrics.live.frames += events
    if (sink.waiting < WAITING_MAX) return
    this.stalledSince = Date.now()
    sink.onceDrained(() => {
      this.stalledSince = 0
      this.pull(new Map())
    })
  }
}
