const LOOKS_EVERY_MS = 500

/**
 * Calls `gone` when the process that started this one has ended, so that no orphan goes on posting: by the channel
 * to it where there is one, else by its id, which the system changes when a parent dies.
 */
export function watchParent(gone: () => void): void {
  process.once('disconnect', gone)
  const parent = process.ppid
  setInterval(() => {
    if (process.ppid !== parent || !isAlive(parent)) gone()
  }, LOOKS_EVERY_MS).unref()
}

// On Windows the id stays what it was; only asking tells.
function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH'
  }
}
