import { ProblemBody, api, auditExport, backup, errorCatalogue } from '@clawdxcraft/protocol'
import type { Auth, Endpoint, ErrorCode } from '@clawdxcraft/protocol'
import * as z from 'zod'

type Json = Record<string, unknown>

const bearer = [{ bearer: [] }]
const security: Record<Auth, Json[]> = {
  open: [],
  optional: [{}, ...bearer],
  bot: bearer,
  human: [...bearer, { session: [] }],
  bot_or_human: [...bearer, { session: [] }],
  register: [...bearer, { session: [] }],
  api_key: [{ api_key: [] }, ...bearer],
  admin: [...bearer, { session: [] }],
  login: [{}, ...bearer, { session: [] }],
}

/** OpenAPI 3.1, printed from the endpoints that the server mounts. */
export function openapi(endpoints: readonly Endpoint[], publicUrl: string, version: string): Json {
  const schemas: Json = { Problem: jsonSchema(ProblemBody, 'output', {}) }
  const paths: Record<string, Json> = {}
  for (const endpoint of endpoints) {
    const path = endpoint.path.replaceAll(/:(\w+)/g, '{$1}')
    paths[path] = { ...paths[path], [endpoint.method.toLowerCase()]: operation(endpoint, schemas) }
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'ClawdXCraft',
      version,
      summary: 'A self-hosted X for AI bots',
      description: `The live feed is a WebSocket at \`/ws/feed\`, and one way as Server-Sent Events at \`/posts/stream\`.\n\n## Errors\n\n${errorTable()}`,
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: publicUrl }],
    paths,
    components: {
      schemas,
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', description: 'A bot’s JWT, or the human’s token' },
        api_key: { type: 'apiKey', in: 'header', name: 'X-API-Key' },
        session: { type: 'apiKey', in: 'cookie', name: 'clawdx_session' },
      },
    },
  }
}

/** Every code with its status, for people. */
function errorTable(): string {
  const rows = Object.entries(errorCatalogue).map(
    ([code, { status, title }]) => `| \`${code}\` | ${status} | ${title} |`,
  )
  return `| code | status | meaning |\n|---|---|---|\n${rows.join('\n')}`
}

function operation(endpoint: Endpoint, schemas: Json): Json {
  return {
    summary: endpoint.summary,
    operationId: operationId(endpoint),
    tags: [nounOf(endpoint)],
    security: security[endpoint.auth],
    'x-rate-limit-tier': endpoint.limit,
    parameters: [
      ...parameters(endpoint.params, 'path'),
      ...parameters(endpoint.query, 'query'),
      ...headers(endpoint),
    ],
    ...(endpoint.body && { requestBody: requestBody(endpoint, endpoint.body, schemas) }),
    responses: responses(endpoint, schemas),
  }
}

/** Of what is not the client's. */
const OTHER_NOUNS: Readonly<Record<string, string>> = { [auditExport.path]: 'audit', [backup.path]: 'system' }

function nounOf(endpoint: Endpoint): string {
  const group = Object.entries(api).find(([, endpoints]) =>
    (Object.values(endpoints) as Endpoint[]).includes(endpoint),
  )
  return group?.[0] ?? OTHER_NOUNS[endpoint.path] ?? 'feeds'
}

function operationId({ method, path }: Endpoint): string {
  const words = path
    .split('/')
    .filter(Boolean)
    .map((step) => step.replace(/^:/, 'by_'))
  return [method.toLowerCase(), ...words].join('_')
}

function parameters(schema: z.ZodObject | undefined, place: 'path' | 'query'): Json[] {
  if (!schema) return []
  const { properties = {}, required = [] } = jsonSchema(schema, 'input', {}) as {
    properties?: Record<string, Json>
    required?: string[]
  }
  return Object.entries(properties).map(([name, { description, ...rest }]) => ({
    name,
    in: place,
    required: place === 'path' || required.includes(name),
    ...(description !== undefined && { description }),
    schema: rest,
  }))
}

/** Whether the first answer is given again to who retries with the same key. */
function isKept({ method, idempotent }: Endpoint): boolean {
  return method === 'POST' && idempotent !== false
}

function headers(endpoint: Endpoint): Json[] {
  if (!isKept(endpoint)) return []
  const description = 'Names the effect: a retry with the same key and body gets the first answer again'
  return [
    {
      name: 'Idempotency-Key',
      in: 'header',
      required: false,
      description,
      schema: { type: 'string', maxLength: 255 },
    },
  ]
}

function requestBody(endpoint: Endpoint, body: z.ZodType, schemas: Json): Json {
  const content: Json = { 'application/json': { schema: jsonSchema(body, 'input', schemas) } }
  for (const type of endpoint.bodyTypes ?? []) {
    content[type] =
      type === 'multipart/form-data'
        ? {
            schema: {
              type: 'object',
              properties: { persona: { type: 'string', format: 'binary' } },
              required: ['persona'],
            },
          }
        : { schema: { type: 'string' } }
  }
  return { required: endpoint.bodyOptional !== true, content }
}

function responses(endpoint: Endpoint, schemas: Json): Json {
  const success = successOf(endpoint, schemas)
  const statuses = [endpoint.status, ...(endpoint.statusAgain ? [endpoint.statusAgain] : [])]
  const answers: [string, Json][] = statuses.map((status) => [String(status), success])
  if (endpoint.method === 'GET' && !endpoint.produces)
    answers.push(['304', { description: 'What `If-None-Match` names is still right' }])
  const byStatus = Map.groupBy(codesOf(endpoint), (code) => errorCatalogue[code].status)
  for (const [status, codes] of [...byStatus].sort(([a], [b]) => a - b)) {
    answers.push([String(status), problem(codes)])
  }
  return Object.fromEntries(answers)
}

function successOf({ summary, response, produces }: Endpoint, schemas: Json): Json {
  if (produces) return { description: summary, content: { [produces]: { schema: { type: 'string' } } } }
  if (!response) return { description: 'Done' }
  const schema = jsonSchema(response, 'output', schemas)
  return { description: summary, content: { 'application/json': { schema } } }
}

function codesOf(endpoint: Endpoint): ErrorCode[] {
  const { method, auth, limit, errors = [] } = endpoint
  const isWrite = method !== 'GET'
  const isGuarded = auth !== 'open' && auth !== 'optional' && auth !== 'api_key'
  const possible: [boolean, readonly ErrorCode[]][] = [
    [auth !== 'open', ['invalid_token']],
    [isGuarded || auth === 'api_key', ['unauthorized']],
    [isGuarded, ['forbidden']],
    [isGuarded && isWrite, ['origin_refused']],
    [isGuarded && isWrite && !FOR_HUMANS.includes(auth), ['bot_not_active', 'network_paused']],
    [isGuarded && isWrite && !FOR_HUMANS.includes(auth) && !endpoint.evenIfSpent, ['budget_spent']],
    [isWrite, BODY_CODES],
    [true, ['validation_failed']],
    [isKept(endpoint), ['idempotency_in_flight', 'idempotency_key_reused']],
    [limit !== 'none', ['rate_limited', 'unavailable']],
    [true, errors],
  ]
  return possible.flatMap(([isPossible, codes]) => (isPossible ? codes : []))
}

const FOR_HUMANS: readonly Auth[] = ['human', 'admin', 'login']

// Also where no body is asked for: one that comes all the same is read and judged.
const BODY_CODES: readonly ErrorCode[] = [
  'malformed_json',
  'malformed_utf8',
  'unsupported_media_type',
  'payload_too_large',
]

function problem(codes: readonly ErrorCode[]): Json {
  const described = [...new Set(codes)].map((code) => `\`${code}\``).join(', ')
  return {
    description: described,
    content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
  }
}

/** A schema as JSON Schema; schemas with an id become components that are referred to. */
function jsonSchema(schema: z.ZodType, io: 'input' | 'output', schemas: Json): Json {
  const {
    $schema: _,
    $defs,
    ...result
  } = z.toJSONSchema(schema, { io, unrepresentable: 'any' }) as Json & { $defs?: Json }
  const text = JSON.stringify({ result, $defs }).replaceAll('"#/$defs/', '"#/components/schemas/')
  const parsed = JSON.parse(text) as { result: Json; $defs?: Json }
  Object.assign(schemas, parsed.$defs)
  return parsed.result
}
