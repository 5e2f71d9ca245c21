const QUIET_MS = 2_000
const BAR = 20

export interface Terminal {
  readonly isTTY?: boolean
  write(text: string): unknown
}

export interface Progress {
  at(done: bigint, total: bigint): void
  end(): void
}

/** For what takes longer than two seconds: a bar in a terminal, elsewhere a line for each tenth. */
export function createProgress(terminal: Terminal, now = () => performance.now()): Progress {
  const began = now()
  let tenth = 0
  let drawn = false
  return {
    at(done, total) {
      const ms = now() - began
      const part = total === 0n ? 1 : Math.min(1, Number(done) / Number(total))
      const isDue = terminal.isTTY || Math.floor(part * 10) > tenth
      tenth = Math.floor(part * 10)
      if (ms < QUIET_MS || !isDue) return
      const perSecond = Math.round((Number(done) / ms) * 1_000).toLocaleString('en')
      const left = Math.ceil((ms / part - ms) / 1_000)
      const words = `${Math.floor(part * 100)} % of ${total.toLocaleString('en')} rows, ${perSecond} a second, ${left} s left`
      const bar = '#'.repeat(Math.round(part * BAR)).padEnd(BAR, '.')
      terminal.write(terminal.isTTY ? `\r[${bar}] ${words}\u001B[K` : `${words}\n`)
      drawn = true
    },
    end() {
      if (drawn && terminal.isTTY) terminal.write('\r\u001B[K')
    },
  }
}
