import { execFile } from 'node:child_process'
import { tmpdir } from 'node:os'
import { fileURLToPath } from 'node:url'
import { expect, vi } from 'vitest'
import type pg from 'pg'

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url))

export interface Ran {
  readonly code: number | string | null | undefined
  readonly stdout: string
  readonly stderr: string
}

/** What `npm run verify -- …` does, as a process of its own. */
export function runVerifyProgram(
  environment: Record<string, string>,
  args: readonly string[] = [],
): Promise<Ran> {
  return runProgram('verify', environment, args)
}

/** The same for any command. */
export function runProgram(
  command: string,
  environment: Record<string, string>,
  args: readonly string[] = [],
): Promise<Ran> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      ['--disable-warning=ExperimentalWarning', main, command, ...args],
      { cwd: tmpdir(), env: { PATH: process.env['PATH'], ...environment }, timeout: 60_000 },
      (error, stdout, stderr) => resolve({ code: error ? error.code : 0, stdout, stderr }),
    )
  })
}

/** Resolves once every row of the audit log has its link. */
export async function chained(pool: Pick<pg.Pool, 'query'>): Promise<void> {
  const waiting = 'select id from audit_log where id > (select row_id from audit_head)'
  await vi.waitFor(async () => expect((await pool.query(waiting)).rows).toEqual([]), {
    timeout: 20_000,
    interval: 20,
  })
}
