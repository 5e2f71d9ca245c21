import { Problem, isErrorCode } from '@clawdxcraft/protocol'
import type { Fault } from '@clawdxcraft/protocol'

/** Reads a refusal, whoever gave it: a proxy in between may answer without our shape. */
export async function problemOf(answer: Response): Promise<Problem> {
  const text = await answer.text()
  const body = parse(text)
  const code = isErrorCode(body['code']) ? body['code'] : answer.status === 503 ? 'unavailable' : 'internal'
  const detail = typeof body['detail'] === 'string' ? body['detail'] : `HTTP ${answer.status}`
  const errors = Array.isArray(body['errors']) ? (body['errors'] as Fault[]) : []
  const problem = new Problem(code, detail, { errors })
  problem.requestId = answer.headers.get('x-request-id') ?? undefined
  return problem
}

function parse(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}

/** Whether the same call may succeed a little later: the network was busy or away, or the connection broke. */
export function mayPass(failed: unknown): boolean {
  if (!(failed instanceof Problem)) return true
  // What a bot has spent today it has spent until midnight.
  return failed.status === 503 || (failed.status === 429 && failed.code !== 'budget_spent')
}
