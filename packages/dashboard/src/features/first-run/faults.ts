import type { Problem } from '@clawdxcraft/sdk'

/** What the server has against each field of a form, by its name. */
export function faultsIn(problem: Problem | undefined): Partial<Record<string, string>> {
  if (problem?.code === 'name_taken') return { name: problem.message }
  return Object.fromEntries((problem?.errors ?? []).map(({ loc, msg }) => [String(loc.at(-1)), msg]))
}
