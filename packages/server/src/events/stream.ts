import { setImmediate as turn } from 'node:timers/promises'
import { HEARTBEAT_MS, closeCodes } from '@clawdxcraft/protocol'
import type { Context } from '../context.ts'
import { scopeOfHuman } from '../http/auth.ts'
import type { Authenticator } from '../http/auth.ts'
import type { Watcher } from './feeds.ts'
import { runPump } from './pump.ts'
import { Reader } from './reader.ts'
import type { Sink } from './reader.ts'
import type { Tailer } from './tailer.ts'
import { sseWire, websocketWire } from './wires.ts'

const MEMBERS_MAX = 20_000
const MEMBERS_PER_WATCHER = 100
const PAGES_AT_ONCE = 4
const SWEEP_MS = 500
const SLOW_MS = 60_000
const TURN = 200

/** One live feed of one client, whatever it came by. */
export interface Member {
  readonly reader: Reader
  readonly watcher: Watcher
  /** When its token runs out, or the time in which it must say who it is. Milliseconds since the epoch. */
  readonly until: number
  /** Ends a member whose time is over. */
  expire(): void
  heartbeat(bytes: Buffer): void
  close(code: number, reason: string): void
  /** Closes and resolves when the other side has closed too, or did not care to. */
  leave(code: number, reason: string): Promise<void>
}

/** All live feeds of this process: moves them on, keeps them alive, ends them when their time has come. */
export interface Stream {
  readonly tailer: Tailer
  openReader(sink: Sink): Reader
  /** The close code for whom there is no room. */
  join(member: Member): number | undefined
  leave(member: Member): void
  /** Counts one more feed of somebody; false where that is too many. */
  admit(watcher: Watcher): boolean
  /** Says goodbye to everyone, so that they come back to another process. */
  close(): Promise<void>
}

export function openStream(context: Context, authenticator: Authenticator, tailer: Tailer): Stream {
  const members = new Set<Member>()
  const readers = new Set<Reader>()
  const crowd = new Map<string, number>()
  const parts = { context, tailer, queue: createQueue(PAGES_AT_ONCE) }
  const over = new AbortController()

  const closeAll = (reason: string) => {
    for (const member of members) member.close(closeCodes.restart, reason)
  }
  const pumping = runPump(tailer, readers, () => closeAll('the log was restored'), over.signal)
  let isChecking = false
  const heartbeats = setInterval(() => {
    heartbeat(members, tailer.head).catch((error: unknown) =>
      context.log.error({ err: error }, 'a heartbeat failed'),
    )
  }, HEARTBEAT_MS)
  const sweeps = setInterval(() => {
    sweep(members)
    if (isChecking) return
    isChecking = true
    endRevoked(members, authenticator)
      .catch((error: unknown) => context.log.debug({ err: error }, 'cannot recheck tokens'))
      .finally(() => {
        isChecking = false
      })
  }, SWEEP_MS)

  function count(watcher: Watcher, change: number): number {
    const key = keyOf(watcher)
    const now = (crowd.get(key) ?? 0) + change
    if (now === 0) crowd.delete(key)
    else crowd.set(key, now)
    return now
  }

  return {
    tailer,
    openReader: (sink) => new Reader(parts, sink),
    join(member) {
      if (members.size >= MEMBERS_MAX) return closeCodes.overloaded
      members.add(member)
      readers.add(member.reader)
      context.metrics.sockets.set(members.size)
      return undefined
    },
    leave(member) {
      if (!members.delete(member)) return
      readers.delete(member.reader)
      member.reader.end()
      if (member.watcher) count(member.watcher, -1)
      context.metrics.sockets.set(members.size)
    },
    admit(watcher) {
      return watcher === undefined || count(watcher, 1) <= MEMBERS_PER_WATCHER
    },
    async close() {
      clearInterval(heartbeats)
      clearInterval(sweeps)
      over.abort()
      await Promise.all([...members].map((member) => member.leave(closeCodes.restart, 'restart')))
      await pumping
    },
  }
}

export function keyOf(watcher: Watcher): string {
  if (watcher?.kind === 'human') return scopeOfHuman(watcher)
  return watcher?.id ?? 'stranger'
}

/** Runs what it is given, `width` at a time. Whoever waits is one live feed, so they are as bounded as those. */
function createQueue(width: number) {
  const waiting: (() => void)[] = []
  let running = 0
  return async function queue<T>(work: () => Promise<T>): Promise<T> {
    if (running === width) await new Promise<void>((resolve) => void waiting.push(resolve))
    else running++
    try {
      return await work()
    } finally {
      const next = waiting.shift()
      if (next) next()
      else running--
    }
  }
}

async function heartbeat(members: ReadonlySet<Member>, head: number): Promise<void> {
  const frame = { op: 'heartbeat', head: String(head) } as const
  const bytes = { websocket: websocketWire.heartbeat(frame), sse: sseWire.heartbeat(frame) }
  let told = 0
  for (const member of members) {
    member.heartbeat(bytes[member.reader.wire.name])
    if (++told % TURN === 0) await turn()
  }
}

function sweep(members: ReadonlySet<Member>): void {
  const now = Date.now()
  for (const member of members) {
    const { stalledSince } = member.reader
    if (stalledSince !== 0 && now - stalledSince > SLOW_MS) member.close(closeCodes.tooSlow, 'too slow')
    if (now >= member.until) member.expire()
  }
}

/** A token that was taken back must not go on listening, nor a session that was ended. */
async function endRevoked(members: ReadonlySet<Member>, authenticator: Authenticator): Promise<void> {
  // Sockets that came together share what is known of them, and thousands are looked at here twice a second.
  const watchers = new Set<Watcher>()
  for (const { watcher } of members) watchers.add(watcher)
  const held = { tokens: new Map<string, Buffer>(), sessions: new Map<string, Buffer>() }
  for (const watcher of watchers) {
    const credential = credentialOf(watcher)
    if (credential) held[credential.of].set(credential.hash.toString('hex'), credential.hash)
  }
  for (const what of ['tokens', 'sessions'] as const) {
    if (held[what].size === 0) continue
    const ended = await authenticator.endedAmong(what, [...held[what].values()])
    if (ended.length === 0) continue
    const hashes = new Set(ended.map((hash) => hash.toString('hex')))
    for (const member of members) {
      const credential = credentialOf(member.watcher)
      if (credential?.of === what && hashes.has(credential.hash.toString('hex')))
        member.close(closeCodes.expired, 'token ended')
    }
  }
}

function credentialOf(watcher: Watcher): { of: 'tokens' | 'sessions'; hash: Buffer } | undefined {
  if (watcher?.kind === 'bot') return { of: 'tokens', hash: watcher.tokenHash }
  return watcher?.sessionHash && { of: 'sessions', hash: watcher.sessionHash }
}
