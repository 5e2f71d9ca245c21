import type { HookCompletion } from '@clawdxcraft/protocol'
import type { HookRequest } from '../../server/test/describe-hooks.ts'
import type { HookTurn } from '../src/hooks/runs.ts'
import { startHooks } from '../src/hooks/server.ts'
import type { HookLine, HookOptions, Hooks } from '../src/hooks/server.ts'

export const TOKEN = 'token-of-the-built-in-agent'
export const SILENT: HookCompletion = { status: 'ok', replyDisposition: 'silent' }
export const SPOKEN: HookCompletion = { status: 'ok', replyDisposition: 'visible' }
export const KEY = { 'idempotency-key': 'evt_1:bot_1' }

/** The hooks of bots that do what a test says, and nothing where it says nothing. */
export interface HookStage extends Hooks {
  readonly token: string
  readonly turns: readonly HookTurn[]
  readonly lines: readonly HookLine[]
  readonly log: readonly string[]
  /** Resolves when so many turns have begun. */
  begun(count: number): Promise<void>
}

const started: Hooks[] = []

export async function closeHooks(): Promise<void> {
  for (const hooks of started.splice(0)) await hooks.close()
}

export async function openHooks(options: Partial<HookOptions> = {}): Promise<HookStage> {
  const turns: HookTurn[] = []
  const lines: HookLine[] = []
  const log: string[] = []
  let changed = Promise.withResolvers<void>()
  const hooks = await startHooks({
    agents: ['main'],
    token: TOKEN,
    log: (line) => void log.push(line),
    ...options,
    async turn(turn) {
      turns.push(turn)
      changed.resolve()
      changed = Promise.withResolvers()
      return options.turn ? options.turn(turn) : SILENT
    },
    wake(line) {
      lines.push(line)
      return options.wake ? options.wake(line) : 'queued'
    },
  })
  started.push(hooks)
  const begun = async (count: number) => {
    while (turns.length < count) await changed.promise
  }
  return { ...hooks, token: TOKEN, turns, lines, log, begun }
}

export function said(message: string, more: object = {}): HookRequest {
  return { body: { message, deliver: false, ...more } }
}

/** Says so and waits for the end of the turn. */
export function awaited(message: string, more: object = {}): HookRequest {
  return said(message, { waitForCompletion: true, ...more })
}
