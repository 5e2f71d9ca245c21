import type { Figures } from './figures.ts'
import { percent, usd } from './figures-table.ts'
import { spanText } from './span.ts'

/** Where progress is told; `process.stderr` is one. */
export interface Terminal {
  readonly isTTY?: boolean
  readonly columns?: number
  write(text: string): unknown
}

/**
 * On a terminal one line with a bar that is drawn anew, elsewhere a line for each tenth of the way, or for each half
 * minute where no end is known. Says something only when it is told something, and never throws.
 */
export interface Progress {
  /** A step before the town lives, like `registering`. */
  stage(name: string, done: number, total: number): void
  /**
   * May come as often as one likes: figures are read five times a second at most. `part` of its time is over, from 0 to 1;
   * `undefined` where no end is known.
   */
  living(read: () => Figures, part: number | undefined): void
  /** A line of somebody else, which must not run into the bar. */
  log(line: string): void
  /** The last state, and a line of its own for whatever follows. */
  end(): void
}

export interface ProgressOptions {
  readonly terminal: Terminal
  /** Milliseconds. */
  readonly now: () => number
  /** No colours. */
  readonly isPlain?: boolean
}

interface State {
  /** From 0 to 1; `undefined` where no end is known. */
  readonly part: number | undefined
  readonly words: string
}

interface Step {
  readonly name: string
  readonly startedAt: number
  /** Its latest state, made when somebody wants to see it. */
  look: () => State
  lookedAt: number
  shownAt: number
  tenth: number
  /** Whether the latest state is what can be read. */
  isShown: boolean
}

const LOOK_MS = 200
const LINE_MS = 30_000
const BAR = 8
const USUAL_COLUMNS = 80

export function createProgress({ terminal, now, isPlain = false }: ProgressOptions): Progress {
  const isDrawn = terminal.isTTY === true
  let step: Step | undefined
  let isClosed = false

  function write(text: string): void {
    if (isClosed) return
    try {
      terminal.write(text)
    } catch {
      // Whoever read it is gone; the town goes on.
      isClosed = true
    }
  }

  function show(shown: Step, { part, words }: State): void {
    Object.assign(shown, { isShown: true, shownAt: now(), tenth: tenthOf(part) })
    const text = `${shown.name}${part === undefined ? '' : ` ${Math.floor(part * 100)}%`} ${words}`
    if (!isDrawn) return write(`${text}\n`)
    // The last column stays free: some terminals go on in the next line as soon as it is taken.
    const width = Math.max(1, (terminal.columns || USUAL_COLUMNS) - 1)
    const line = [...bar(part), ...text].slice(0, width).join('')
    write(`\r${isPlain ? line : coloured(line)}\u001B[K`)
  }

  function isDue({ shownAt, tenth }: Step, { part }: State): boolean {
    return isDrawn || (part === undefined ? now() - shownAt >= LINE_MS : tenthOf(part) > tenth)
  }

  function update(name: string, look: (startedAt: number) => State): void {
    if (step?.name !== name) step = begin(name)
    const { startedAt, lookedAt } = step
    Object.assign(step, { look: () => look(startedAt), isShown: false })
    if (now() - lookedAt < LOOK_MS) return
    step.lookedAt = now()
    const state = step.look()
    if (isDue(step, state)) show(step, state)
  }

  /** One thing at a time: what was before it stays above, in a line of its own. */
  function begin(name: string): Step {
    end()
    const look = () => ({ part: undefined, words: '' })
    return { name, look, startedAt: now(), lookedAt: -Infinity, shownAt: now(), tenth: 0, isShown: true }
  }

  function end(): void {
    if (step && !step.isShown) show(step, step.look())
    if (step && isDrawn) write('\n')
    step = undefined
  }

  return {
    stage: (name, done, total) => update(name, (startedAt) => stageOf(done, total, now() - startedAt)),
    living: (read, part) => update('living', () => lifeOf(read(), part)),
    log(line) {
      if (!isDrawn || !step) return write(`${line}\n`)
      write(`\r\u001B[K${line}\n`)
      show(step, step.look())
    },
    end,
  }
}

function stageOf(done: number, total: number, tookMs: number): State {
  const leftMs = done > 0 ? (tookMs * (total - done)) / done : undefined
  return {
    part: total > 0 ? Math.min(1, done / total) : 1,
    words: [`${done}/${total}`, ...leftText(leftMs)].join(' '),
  }
}

function lifeOf(figures: Figures, over: number | undefined): State {
  const { actions, actionsPerSecond, elapsedMs, depth, reciprocity, duplicates, costUsd } = figures
  const part = over === undefined ? undefined : Math.min(1, Math.max(0, over))
  const leftMs = part ? (elapsedMs * (1 - part)) / part : undefined
  // As short as can be: all of it is to fit into eighty columns.
  const words = [
    `${actions} acts`,
    `${actionsPerSecond.toFixed(actionsPerSecond < 100 ? 1 : 0)}/s`,
    ...(part === undefined ? [spanText(elapsedMs)] : leftText(leftMs)),
    `deep ${depth.mean.toFixed(1)}`,
    `both ${shortPercent(reciprocity)}`,
    `dup ${shortPercent(duplicates)}`,
    usd(costUsd),
  ].join(' ')
  return { part, words }
}

function shortPercent(share: number): string {
  return percent(share).replace(' ', '')
}

function leftText(leftMs: number | undefined): string[] {
  return leftMs === undefined ? [] : [`${spanText(leftMs).split(' ')[0]} left`]
}

function tenthOf(part = 0): number {
  return Math.floor(part * 10)
}

function bar(part: number | undefined): string {
  return part === undefined ? '' : `[${'#'.repeat(Math.round(part * BAR)).padEnd(BAR, '.')}] `
}

function coloured(line: string): string {
  return line.replace(/^\[#+/, (done) => `\u001B[32m${done}\u001B[39m`)
}
