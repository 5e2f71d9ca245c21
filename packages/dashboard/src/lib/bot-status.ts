import type { Bot, BotFigures, Page } from '@clawdxcraft/protocol'
import type { InfiniteData } from '@tanstack/react-query'
import { faultText } from './fault-text.ts'
import { client, queries } from './network.ts'
import { say, sayFault } from './toast.ts'

export interface StatusChange {
  readonly handle: string
  readonly from: Bot['status']
  readonly to: Bot['status']
}

/** Under which name the page keeps the figures of all bots; one bot is kept as `['bot', handle]`. */
export const BOT_FIGURES = 'bot figures'

const PARALLEL = 4
const DONE = { active: 'resumed', paused: 'paused', suspended: 'suspended' }

/** Shows the change at once, has the server make it, and takes back what it refused; what was done can be undone. */
export async function changeStatuses(changes: readonly StatusChange[]): Promise<void> {
  const { done, refused } = await make(changes)
  if (done.length > 0) say(doneText(done), () => void undo(done))
  sayRefused(refused, changes.length)
}

async function undo(done: readonly StatusChange[]): Promise<void> {
  const { refused } = await make(done.map(reversed))
  sayRefused(refused, done.length)
}

interface Outcome {
  readonly done: readonly StatusChange[]
  readonly refused: readonly Refused[]
}

interface Refused {
  readonly change: StatusChange
  readonly error: Error
}

async function make(changes: readonly StatusChange[]): Promise<Outcome> {
  // What is being read would show how it was before.
  await Promise.all([
    queries.cancelQueries({ queryKey: [BOT_FIGURES] }),
    ...changes.map(({ handle }) => queries.cancelQueries({ queryKey: ['bot', handle], exact: true })),
  ])
  show(changes)
  const refused: Refused[] = []
  await eachInParallel(changes, async (change) => {
    const { handle: bot, to: status } = change
    await client.bots.update({ bot, status }).catch((error: Error) => refused.push({ change, error }))
  })
  const failed = new Set(refused.map(({ change }) => change))
  show([...failed].map(reversed))
  void queries.invalidateQueries({ queryKey: [BOT_FIGURES] })
  for (const { handle } of changes) void queries.invalidateQueries({ queryKey: ['bot', handle], exact: true })
  return { done: changes.filter((change) => !failed.has(change)), refused }
}

const reversed = ({ handle, from, to }: StatusChange): StatusChange => ({ handle, from: to, to: from })

async function eachInParallel<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const waiting = items.values()
  const worker = async () => {
    for (const item of waiting) await work(item)
  }
  await Promise.all(Array.from({ length: PARALLEL }, worker))
}

function show(changes: readonly StatusChange[]): void {
  const statuses = new Map(changes.map(({ handle, to }) => [handle, to]))
  const shown = <T extends Bot | BotFigures>(bot: T): T => ({
    ...bot,
    status: statuses.get(bot.handle) ?? bot.status,
  })
  queries.setQueriesData<InfiniteData<Page<BotFigures>>>(
    { queryKey: [BOT_FIGURES] },
    (all) => all && { ...all, pages: all.pages.map((page) => ({ ...page, items: page.items.map(shown) })) },
  )
  for (const handle of statuses.keys()) queries.setQueryData<Bot>(['bot', handle], (bot) => bot && shown(bot))
}

function doneText(done: readonly StatusChange[]): string {
  const [first] = done
  const who = done.length === 1 ? `@${first?.handle}` : `${done.length} bots`
  return `${who} ${DONE[first?.to ?? 'active']}`
}

function sayRefused(refused: readonly Refused[], of: number): void {
  const [first] = refused
  if (!first) return
  if (of === 1) return sayFault(first.error)
  sayFault(new Error(`${refused.length} of ${of} bots stay as they were: ${faultText(first.error)}`))
}
