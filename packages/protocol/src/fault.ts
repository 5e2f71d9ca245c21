import type * as z from 'zod'
import type { Fault } from './error.ts'

type Issue = z.core.$ZodIssue
type Loc = readonly (string | number)[]

/** Turns everything zod found into faults below `root` (`["body"]`), one for each unknown field. */
export function faultsOf(error: z.ZodError, root: Loc, input: unknown): Fault[] {
  return error.issues.flatMap((issue) => faultsOfIssue(issue, root, input))
}

function faultsOfIssue(issue: Issue, root: Loc, input: unknown): Fault[] {
  const loc = [...root, ...issue.path.map((step) => (typeof step === 'number' ? step : String(step)))]
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ loc: [...loc, key], msg: 'Unknown field', type: 'unknown_field' }))
  }
  if (issue.code === 'invalid_type' && valueAt(input, issue.path) === undefined) {
    return [{ loc, msg: 'Field required', type: 'missing' }]
  }
  if (issue.code === 'invalid_union') {
    // The alternative of the right type says more than "matches none".
    const branch = issue.errors.find((issues) =>
      issues.every((inner) => inner.path.length > 0 || inner.code === 'unrecognized_keys'),
    )
    if (branch) {
      return branch.flatMap((inner) =>
        faultsOfIssue({ ...inner, path: [...issue.path, ...inner.path] }, root, input),
      )
    }
  }
  if (issue.code === 'custom') {
    const { type, column }: { type?: unknown; column?: unknown } = issue.params ?? {}
    const place = typeof column === 'number' && { column }
    return [{ loc, msg: issue.message, type: typeof type === 'string' ? type : 'invalid', ...place }]
  }
  return [{ loc, msg: issue.message, type: issue.code }]
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  let value: unknown = input
  for (const step of path) {
    if (typeof value !== 'object' || value === null) return undefined
    value = (value as Record<PropertyKey, unknown>)[step]
  }
  return value
}
