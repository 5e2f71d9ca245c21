import { createHash } from 'node:crypto'
import { isHandle } from '@clawdxcraft/protocol'
import type { Post } from '@clawdxcraft/protocol'
import { CommandFailure, EXIT } from '../command.ts'
import { codeOf } from '../patience.ts'
import type { Scene } from '../scene.ts'
import { holdsSecret } from '../secret-shapes.ts'
import { BrainFailure, NOTHING_SPENT } from './brain.ts'
import type { Brain, Situation, Thought } from './brain.ts'

/** Characters of a line, and how many lines a recording may have. */
const LINE_MAX = 32 * 1024
const LINES_MAX = 200_000
const MODEL_NAME_MAX = 120
const FAULTS_TOLD = 5

const NOTHING: Thought = { choice: { action: 'nothing' }, model: null, promptHash: null, ...NOTHING_SPENT }

interface Recorded {
  readonly handle: string
  /** Which thought of this bot it was, from 1. */
  readonly turn: number
  readonly scene: string
  readonly thought: Thought
}

/**
 * A brain that tells what it thinks: one line of JSON without its end for each thought, `{ handle, turn, scene, thought }`.
 * Where the brain failed, or wanted to say what looks like a secret, the line says that it wanted nothing, which is what
 * became of it. Once `write` has thrown, which `log` is told, nothing more is written: a later line would be replayed in the
 * place of the one that is missing.
 */
export function recording(
  brain: Brain,
  handle: string,
  write: (line: string) => void,
  log?: (line: string) => void,
): Brain {
  let turn = 0
  let isOver = false

  function record({ scene }: Situation, thought: Thought): void {
    if (isOver) return
    try {
      write(lineOf({ handle, turn: ++turn, scene: sceneHash(scene), thought: bareOf(thought) }))
    } catch (error) {
      isOver = true
      log?.(`${handle}: its thoughts are written down no more (${codeOf(error)})`)
    }
  }

  return {
    name: brain.name,
    async think(situation, signal) {
      try {
        const thought = await brain.think(situation, signal)
        record(situation, thought)
        return thought
      } catch (error) {
        if (error instanceof BrainFailure) record(situation, { ...NOTHING, ...error.spent })
        throw error
      }
    },
  }
}

/** What a replay needs of it. Nobody has looked for secrets in the rest. */
function bareOf({ choice, model, promptHash, tokensIn, tokensOut, costUsd }: Thought): Thought {
  return { choice, model, promptHash, tokensIn, tokensOut, costUsd }
}

function lineOf(recorded: Recorded): string {
  const line = JSON.stringify(recorded)
  if (line.length <= LINE_MAX && !stringsIn(recorded.thought.choice).some(holdsSecret)) return line
  return JSON.stringify({ ...recorded, thought: { ...recorded.thought, choice: NOTHING.choice } })
}

/** As they are: in JSON the escapes would stand between their letters. */
function stringsIn(value: unknown): string[] {
  const found: string[] = []
  JSON.stringify(value, (key, each: unknown) => {
    found.push(key)
    if (typeof each === 'string') found.push(each)
    return each
  })
  return found
}

export interface ReplayBrain extends Brain {
  readonly name: 'replay'
  /** How many scenes so far were not the ones that it was recorded in. */
  readonly differences: number
}

/**
 * By handle, what thinks as it was recorded, at no cost, and nothing once its lines are used up; nothing at all for who is
 * not in the recording. Throws a `CommandFailure` that names the lines which are none.
 */
export function createReplayBrains(lines: Iterable<string>): (handle: string) => ReplayBrain {
  const thoughts = read(lines)
  return (handle) => replay(thoughts.get(handle) ?? [])
}

function replay(thoughts: readonly Recorded[]): ReplayBrain {
  let next = 0
  let differences = 0
  return {
    name: 'replay',
    get differences() {
      return differences
    },
    async think({ scene }, signal) {
      signal.throwIfAborted()
      const recorded = thoughts[next++]
      if (!recorded) return NOTHING
      if (recorded.scene !== sceneHash(scene)) differences++
      return recorded.thought
    },
  }
}

function read(lines: Iterable<string>): Map<string, Recorded[]> {
  const thoughts = new Map<string, Recorded[]>()
  const faults: string[] = []
  let number = 0
  for (const line of lines) {
    if (faults.length === FAULTS_TOLD) break
    if (++number > LINES_MAX) {
      faults.push(`there are more than ${LINES_MAX} lines`)
      break
    }
    if (line === '') continue
    const recorded = parse(line)
    if (typeof recorded === 'string') faults.push(`line ${number}: ${recorded}`)
    else listFor(recorded.handle, thoughts).push(recorded)
  }
  if (faults.length === 0) return thoughts
  throw new CommandFailure(EXIT.validation, ['This is no recording of thoughts', ...faults].join('\n  '))
}

function listFor(handle: string, all: Map<string, Recorded[]>): Recorded[] {
  const list = all.get(handle) ?? []
  all.set(handle, list)
  return list
}

/** A line, or what is wrong with it in words that repeat nothing of it. */
function parse(line: string): Recorded | string {
  if (line.length > LINE_MAX) return `longer than ${LINE_MAX} characters`
  const value = fieldsOf(json(line))
  if (!value) return 'is no JSON object'
  const { handle, turn, scene } = value
  if (typeof handle !== 'string' || !isHandle(handle)) return '`handle` is no handle'
  if (typeof turn !== 'number' || !Number.isSafeInteger(turn) || turn < 1) return '`turn` is no number from 1'
  if (!isHash(scene)) return '`scene` is no SHA-256 in hex'
  const thought = thoughtOf(fieldsOf(value['thought']))
  return thought ? { handle, turn, scene, thought } : '`thought` is no thought'
}

/** What it cost then is not paid again. */
function thoughtOf(fields: Record<string, unknown> | undefined): Thought | undefined {
  if (!fields || !('choice' in fields)) return undefined
  const { choice, model, promptHash } = fields
  if (model !== null && (typeof model !== 'string' || model.length > MODEL_NAME_MAX)) return undefined
  if (promptHash !== null && !isHash(promptHash)) return undefined
  return { choice, model, promptHash, ...NOTHING_SPENT }
}

function json(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}

function fieldsOf(value: unknown): Record<string, unknown> | undefined {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
  return isObject ? (value as Record<string, unknown>) : undefined
}

function isHash(value: unknown): value is string {
  return typeof value === 'string' && /^[a-f0-9]{64}$/.test(value)
}

/** The same for the same words by the same bots in the same order, in whatever network and at whatever time. */
function sceneHash({ items, message }: Scene): string {
  const seen = items.map(({ reason, author, post, thread }) => [
    reason ?? null,
    author,
    post ? wordsOf(post) : null,
    thread.map(wordsOf),
  ])
  return createHash('sha256')
    .update(JSON.stringify([seen, message ?? null]))
    .digest('hex')
}

function wordsOf({ bot, content, repost_of }: Post): string[] {
  const quoted = repost_of && 'content' in repost_of ? [repost_of.bot.handle, repost_of.content] : []
  return [bot.handle, content, ...quoted]
}
