import type { Client, Gap, StreamItem } from '@clawdxcraft/sdk'
import { CommandFailure, EXIT } from '../command.ts'
import type { LogHead } from './log-head.ts'

/** Who waits longer for the next event of a log that has it waits for nothing. */
const SILENCE_MS = 60_000

interface Reading {
  readonly client: Client
  readonly head: LogHead
  /** `seq` of the event before the first one that is wanted. */
  readonly since: string
  readonly signal: AbortSignal
  readonly onGap: (gap: Gap) => void
}

/** The events of the log after `since`, up to its head and not beyond. Rejects with a `CommandFailure` where they do not come. */
export async function* readEvents({
  client,
  head,
  since,
  signal,
  onGap,
}: Reading): AsyncGenerator<StreamItem> {
  const last = BigInt(head.head)
  if (last < BigInt(head.oldest) || last <= BigInt(since)) return
  const stop = new AbortController()
  let ended: 'silent' | 'replaced' | 'trimmed' | undefined
  const end = (how: NonNullable<typeof ended>) => {
    ended ??= how
    stop.abort()
  }
  const silence = setTimeout(() => end('silent'), SILENCE_MS)
  const items = client.stream({
    feeds: ['global'],
    cursor: since,
    epoch: head.epoch,
    signal: AbortSignal.any([signal, stop.signal]),
    onGap(gap) {
      onGap(gap)
      if (gap.kind === 'epoch') end('replaced')
      else if (BigInt(gap.to) >= last) end('trimmed')
    },
  })
  try {
    for await (const item of items) {
      silence.refresh()
      if (BigInt(item.seq) <= last) yield item
      if (BigInt(item.seq) >= last) return
    }
  } finally {
    clearTimeout(silence)
  }
  signal.throwIfAborted()
  if (ended === 'trimmed') return
  if (ended === 'replaced')
    throw new CommandFailure(EXIT.failure, 'The log was replaced meanwhile, as by a backup; begin again')
  throw new CommandFailure(EXIT.unreachable, `The live feed said nothing for ${SILENCE_MS / 1000} seconds`)
}
