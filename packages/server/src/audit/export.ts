import { Readable } from 'node:stream'
import { Problem, auditExport } from '@clawdxcraft/protocol'
import type { AuditLine } from '@clawdxcraft/protocol'
import type { FastifyInstance } from 'fastify'
import type { Context } from '../context.ts'
import { enter } from '../http/enter.ts'
import type { Serving } from '../http/enter.ts'
import { readInput } from '../http/input.ts'
import { pageStatement, selectionOf } from './filter.ts'
import type { AuditFilter, Selection } from './filter.ts'

const TYPE = 'application/x-ndjson; charset=utf-8'
const BATCH = 500
const AT_ONCE = 8
const STALLED_MS = 60_000
const NO_BODY = Buffer.alloc(0)

/**
 * `GET /audit/export`: the audit log from the oldest entry on, up to what was the newest when it was asked for. A batch is
 * read when the one before was taken, so neither its length nor a slow reader costs memory.
 */
export function mountAuditExport(app: FastifyInstance, serving: Serving): void {
  const { context } = serving
  const { path, auth } = auditExport
  const running = new Set<Readable>()
  // A reader who takes his time must not keep a process that wants to end, nor take a part for the whole.
  app.addHook('preClose', (done) => {
    for (const stream of running) stream.destroy(new Error('Shutting down in the middle of an export'))
    done()
  })
  app.get(path, { config: { auth } }, async (request, reply) => {
    await enter(auditExport, serving, request, reply)
    const { query } = (await readInput(auditExport, request, NO_BODY)) as { query: AuditFilter }
    const selection = await upToNow(context, await selectionOf(context.pool, query))
    if (context.draining) throw unavailable('Shutting down')
    if (running.size >= AT_ONCE) throw unavailable('Too many exports are under way')
    void reply.type(TYPE).headers({ 'content-disposition': disposition(), 'cache-control': 'no-store' })
    if (request.method === 'HEAD') return reply.send()
    const stream = open(context, selection)
    running.add(stream)
    return reply.send(stream.once('close', () => running.delete(stream)))
  })
}

function unavailable(detail: string): Problem {
  return new Problem('unavailable', detail, { headers: { 'retry-after': '5' } })
}

function disposition(): string {
  const time = new Date().toISOString().replaceAll(/[-:]|\.\d+/g, '')
  return `attachment; filename="audit-${time}.ndjson"`
}

/** On a busy network it would never end. */
async function upToNow({ pool }: Context, selection: Selection): Promise<Selection> {
  const { rows } = await pool.query<{ past: string }>(
    'select coalesce(max(id), 0) + 1 as past from audit_log where id < $1',
    [selection.before],
  )
  return { ...selection, before: rows[0]?.past ?? selection.before }
}

function open(context: Context, selection: Selection): Readable {
  const stream = Readable.from(batches())
  return stream

  async function* batches() {
    let { after } = selection
    for (;;) {
      const lines = await readLines(context, { ...selection, after })
      const last = lines.at(-1)
      if (!last) return
      after = last.id
      const stalled = setTimeout(() => stream.destroy(new Error('Nobody reads the export')), STALLED_MS)
      try {
        yield lines.map((line) => `${JSON.stringify(line)}\n`).join('')
      } finally {
        clearTimeout(stalled)
      }
      if (lines.length < BATCH) return
    }
  }
}

async function readLines({ pool }: Context, selection: Selection): Promise<AuditLine[]> {
  const { after, before, values } = selection
  const { rows } = await pool.query<AuditLine>(
    `select entry.*, (
       select json_build_object('n', n, 'hash', encode(hash, 'hex')) from audit_chain where row_id = entry.id
       limit 1) as link
     from (${pageStatement(selection, 'asc')}) entry order by entry.id`,
    [after, before, BATCH, ...values],
  )
  return rows
}
