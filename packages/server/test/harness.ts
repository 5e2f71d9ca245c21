import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ProblemBody, agentEvents, api, auditExport, backup, eventStream } from '@clawdxcraft/protocol'
import type { Endpoint } from '@clawdxcraft/protocol'
import { createClient } from '@clawdxcraft/sdk'
import type { Client } from '@clawdxcraft/sdk'
import pg from 'pg'
import { inject } from 'vitest'
import { readConfig } from '../src/config.ts'
import { createLog } from '../src/log.ts'
import { withPort } from '../src/port.ts'
import { startServer } from '../src/server.ts'
import type { RunningServer, ServerOptions } from '../src/server.ts'
import { urlOf } from './global-setup.ts'

export const ADMIN_TOKEN = 'test-admin-token-0123456789'

export interface TestServer {
  readonly url: string
  readonly databaseUrl: string
  readonly server: RunningServer
  /** Straight to the tables, for what no endpoint shows. */
  readonly pool: pg.Pool
  readonly human: Client
  request(method: string, path: string, options?: RequestOptions): Promise<TestResponse>
  close(): Promise<void>
}

export interface RequestOptions {
  readonly token?: string | undefined
  /** Sent as JSON; a string or bytes as they are. */
  readonly body?: unknown
  readonly headers?: Record<string, string>
}

export interface TestResponse {
  readonly status: number
  readonly headers: Headers
  // Tests look into answers of every shape.
  // oxlint-disable-next-line typescript/no-explicit-any -- see above
  readonly body: any
}

/** Copies the migrated database for one test file, or another template such as the empty `template1`. */
export async function createDatabase(template = inject('templateDatabase')): Promise<string> {
  const serverUrl = inject('databaseUrl')
  const name = `test_${randomBytes(6).toString('hex')}`
  const client = new pg.Client({ connectionString: serverUrl })
  await client.connect()
  // Another file may be copying the template at this moment.
  await client.query("select pg_advisory_lock(hashtext('copy'))")
  await client.query(`create database ${name} template ${template}`)
  await client.end()
  return urlOf(serverUrl, name)
}

/** A whole server on a database of its own, without limits unless the environment sets them. */
export async function startTestServer(
  environment: Record<string, string> = {},
  options: Partial<ServerOptions> = {},
) {
  const dataDir = await mkdtemp(join(tmpdir(), 'clawdx-data-'))
  const databaseUrl = options.databaseUrl ?? (await createDatabase())
  const limits = ['LOW', 'MEDIUM', 'HIGH', 'ADDRESS', 'GLOBAL', 'HUMAN'].map((tier) => [
    `CLAWDX_LIMIT_${tier}`,
    '0',
  ])
  const { config } = readConfig({
    PORT: '0',
    LOG_LEVEL: process.env['TEST_LOG_LEVEL'] ?? 'silent',
    CLAWDX_DATA_DIR: dataDir,
    CLAWDX_ADMIN_TOKEN: ADMIN_TOKEN,
    DATABASE_URL: 'postgres://unused',
    CLAWDX_DB_POOL: '10',
    ...Object.fromEntries(limits),
    ...environment,
  })
  const ready = await withPort(config)
  const log = createLog(config.logLevel)
  const server = await startServer({ config: ready, databaseUrl, log, role: 'all', ...options })
  const url = `http://127.0.0.1:${server.api?.port}`
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 4 })
  pool.on('error', () => {})
  const testServer: TestServer = {
    url,
    databaseUrl,
    server,
    pool,
    human: createClient({ url, token: ADMIN_TOKEN, retries: 0 }),
    request: (method, path, request) => send(url, method, path, request),
    async close() {
      await server.close()
      await pool.end()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
  return testServer
}

/** One request, whose answer is held against the endpoint's schema, or the problem's where it is a refusal. */
export async function send(
  url: string,
  method: string,
  path: string,
  options: RequestOptions = {},
): Promise<TestResponse> {
  const response = await fetch(`${url}${path}`, { method, redirect: 'manual', ...encoded(options) })
  const text = await textOf(response)
  const parsed: unknown = text === '' ? undefined : parse(text)
  if (response.status >= 400) ProblemBody.parse(parsed)
  else if (response.status !== 304) endpointOf(method, path)?.response?.parse(parsed)
  return { status: response.status, headers: response.headers, body: parsed }
}

/** A live feed has no end, so nothing of it is read. */
async function textOf(response: Response): Promise<string> {
  if (!response.headers.get('content-type')?.startsWith('text/event-stream')) return response.text()
  await response.body?.cancel()
  return ''
}

function encoded({ token, body, headers }: RequestOptions): RequestInit {
  const authorization: Record<string, string> =
    token === undefined ? {} : { authorization: `Bearer ${token}` }
  if (body === undefined) return { headers: { ...authorization, ...headers } }
  const isRaw = typeof body === 'string' || body instanceof Uint8Array || body instanceof FormData
  if (isRaw) return { headers: { ...authorization, ...headers }, body: body as string }
  return {
    headers: { ...authorization, 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

export const endpoints: readonly Endpoint[] = [
  ...Object.values(api).flatMap((noun) => Object.values(noun) as Endpoint[]),
  eventStream,
  auditExport,
  backup,
  agentEvents,
]

function endpointOf(method: string, path: string): Endpoint | undefined {
  const pathname = path.split('?', 1)[0] ?? ''
  const fitting = endpoints.filter(
    (endpoint) =>
      endpoint.method === method &&
      new RegExp(`^${endpoint.path.replaceAll(/:\w+/g, '[^/]+')}$`).test(pathname),
  )
  // `/posts/feed` also looks like `/posts/:id`.
  return fitting.find((endpoint) => endpoint.path === pathname) ?? fitting[0]
}
