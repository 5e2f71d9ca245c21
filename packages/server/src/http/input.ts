import { Problem, faultsOf } from '@clawdxcraft/protocol'
import type { Endpoint, Fault } from '@clawdxcraft/protocol'
import type { FastifyRequest } from 'fastify'
import * as z from 'zod'
import { readBody } from './body.ts'
import { isIdempotent, keyFaults } from './idempotency.ts'

const Nothing = z.strictObject({})

export interface Input {
  readonly params: object
  readonly query: object
  readonly body: unknown
}

/** Path, query and body of a request as their schemas make them; throws everything that is wrong at once. */
export async function readInput(endpoint: Endpoint, request: FastifyRequest, bytes: Buffer): Promise<Input> {
  const body = endpoint.method === 'GET' ? undefined : await readBody(endpoint, bytes, request.headers)
  const faults = isIdempotent(endpoint) ? keyFaults(request.headers['idempotency-key']) : []
  return validate(
    endpoint,
    { params: request.params as object, query: request.query as object, body },
    faults,
  )
}

/** The same for what did not come as a request. Faults that were found before are thrown with the others. */
export function validate(endpoint: Endpoint, given: Input, faults: readonly Fault[] = []): Input {
  const errors: Fault[] = []
  const take = (schema: z.ZodType, value: unknown, where: string): unknown => {
    const result = schema.safeParse(value)
    if (result.success) return result.data
    errors.push(...faultsOf(result.error, [where], value))
    return undefined
  }
  const params = take(endpoint.params ?? Nothing, given.params, 'path')
  const query = take(endpoint.query ?? Nothing, given.query, 'query')
  let body: unknown
  if (endpoint.method !== 'GET') {
    const isOptional = endpoint.body === undefined || endpoint.bodyOptional === true
    body = take(endpoint.body ?? Nothing, given.body === undefined && isOptional ? {} : given.body, 'body')
  }
  errors.push(...faults)
  if (errors.length > 0) throw new Problem('validation_failed', summaryOf(errors), { errors })
  return { params: params as object, query: query as object, body }
}

function summaryOf(errors: readonly Fault[]): string {
  const first = errors[0]
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : ''
  return first ? `${first.loc.join('.')}: ${first.msg}${more}` : 'The input is not valid'
}
