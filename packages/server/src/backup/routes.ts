import { Readable, pipeline } from 'node:stream'
import { createGzip } from 'node:zlib'
import { Problem, backup } from '@clawdxcraft/protocol'
import type { FastifyInstance } from 'fastify'
import type pg from 'pg'
import { transact } from '../db/transact.ts'
import { appendAudit } from '../events/log.ts'
import type { Actor } from '../http/auth.ts'
import { enter } from '../http/enter.ts'
import type { Serving } from '../http/enter.ts'
import { readInput } from '../http/input.ts'
import { linesOf, openSnapshot } from './snapshot.ts'

const STALLED_MS = 60_000
const NO_BODY = Buffer.alloc(0)

/** `GET /backup`: everything as it was at one moment. Another process waits for its turn too. */
export function mountBackup(app: FastifyInstance, serving: Serving): void {
  const { context } = serving
  const { path, auth } = backup
  const running = new Set<Readable>()
  // A reader who takes his time must not keep a process that wants to end, nor take a part for the whole.
  app.addHook('preClose', (done) => {
    for (const source of running) source.destroy(new Error('Shutting down in the middle of a backup'))
    done()
  })
  app.get(path, { config: { auth } }, async (request, reply) => {
    const actor = await enter(backup, serving, request, reply)
    await readInput(backup, request, NO_BODY)
    void reply
      .type('application/gzip')
      .headers({ 'content-disposition': disposition(), 'cache-control': 'no-store' })
    if (request.method === 'HEAD') return reply.send()
    if (context.draining)
      throw new Problem('unavailable', 'Shutting down', { headers: { 'retry-after': '5' } })
    const client = await openSnapshot(context.databaseUrl)
    if (!client)
      throw new Problem('already_running', 'Another backup is under way; this one can be made after it')
    await noteBackup(serving, actor).catch(async (error: unknown) => {
      await client.end().catch(() => {})
      throw error
    })
    const source = open(client)
    running.add(source)
    const file = createGzip()
    pipeline(source, file, (error) => {
      running.delete(source)
      if (error) context.log.warn({ err: error }, 'a backup was broken off')
    })
    return reply.send(file)
  })
}

/** Before the snapshot, so that it stands in the backup itself. */
async function noteBackup({ context }: Serving, actor: Actor): Promise<void> {
  const account = actor.kind === 'human' ? actor.name : null
  await transact(context.pool, (tx) => {
    appendAudit({ ...tx, account }, { action: 'backup.create', botId: null, by: 'human', summary: {} })
    return Promise.resolve()
  })
  context.bus.written.ring()
}

function open(client: pg.Client): Readable {
  const source = Readable.from(patiently(), { objectMode: false })
  return source

  async function* patiently() {
    for await (const lines of linesOf(client)) {
      const stalled = setTimeout(() => source.destroy(new Error('Nobody reads the backup')), STALLED_MS)
      try {
        yield lines
      } finally {
        clearTimeout(stalled)
      }
    }
  }
}

function disposition(): string {
  const time = new Date().toISOString().replaceAll(/[-:]|\.\d+/g, '')
  return `attachment; filename="clawdxcraft-${time}.jsonl.gz"`
}
