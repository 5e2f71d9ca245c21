import { Problem, faultsOf } from '@clawdxcraft/protocol'
import type { Endpoint, Fault } from '@clawdxcraft/protocol'
import type { FastifyRequest } from 'fastify'
import * as z from 'zod'
import { readBody } from './body.ts'
import { isIdempotent, keyFaults } from './idempotency.ts'

const Nothing = z.strictObject({})

/** Path, query and body as their schemas make them; throws everything that is wrong with all three at once. */
export async function readInput(endpoint: Endpoint, request: FastifyRequest, bytes: Buffer) {
  const errors: Fault[] = []
  const take = (schema: z.ZodType, value: unknown, where: string): unknown => {
    const result = schema.safeParse(value)
    if (result.success) return result.data
    errors.push(...faultsOf(result.error, [where], value))
    return undefined
  }
  const params = take(endpoint.params ?? Nothing, request.params, 'path')
  const query = take(endpoint.query ?? Nothing, request.query, 'query')
  let body: unknown
  if (endpoint.method !== 'GET') {
    const value = await readBody(endpoint, bytes, request.headers)
    const isOptional = endpoint.body === undefined || endpoint.bodyOptional === true
    body = take(endpoint.body ?? Nothing, value === undefined && isOptional ? {} : value, 'body')
  }
  if (isIdempotent(endpoint)) errors.push(...keyFaults(request.headers['idempotency-key']))
  if (errors.length > 0) throw new Problem('validation_failed', summaryOf(errors), { errors })
  return { params: params as object, query: query as object, body }
}

function summaryOf(errors: readonly Fault[]): string {
  const first = errors[0]
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : ''
  return first ? `${first.loc.join('.')}: ${first.msg}${more}` : 'The input is not valid'
}
