const WIDTH = 24

export interface Progress {
  /** What is done now. */
  tell(what: string): void
  /** One part of the whole is over. */
  advance(): void
  end(): void
}

/** A bar on a terminal; plain lines where what is written is kept. */
export function createProgress(parts: number): Progress {
  const { stderr } = process
  const began = performance.now()
  let done = 0
  const show = (what: string) => {
    const seconds = Math.round((performance.now() - began) / 1000)
    if (!stderr.isTTY) return stderr.write(`${done}/${parts}  ${seconds} s  ${what}\n`)
    const full = Math.round((done / parts) * WIDTH)
    const bar = '█'.repeat(full) + '░'.repeat(WIDTH - full)
    return stderr.write(
      `\r\x1b[2K${bar} ${done}/${parts}  ${seconds} s  ${what}`.slice(0, stderr.columns + 5),
    )
  }
  return {
    tell: show,
    advance() {
      done++
    },
    end() {
      show('done')
      if (stderr.isTTY) stderr.write('\n')
    },
  }
}
