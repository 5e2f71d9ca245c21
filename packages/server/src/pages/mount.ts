import { Problem } from '@clawdxcraft/protocol'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { isKnownTag } from '../http/etag.ts'
import type { PageFile } from './files.ts'

/** Where people are, and nothing else is. The page itself knows which of them it shows. */
const ADDRESSES = ['/', '/app', '/app/*', '/@:handle', '/@:handle/:id']
/** Below this are the files that it is built into. */
const FILES = '/app/'
const PAGE = 'index.html'

// Everything is this server's own. Trusted types leave no way in which a text could become a script or a part of the page.
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "worker-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  // The one way to a worker: it takes no addresses but our own.
  'trusted-types own-files',
].join('; ')

const open = { config: { auth: 'open' } }

/** The dashboard: one page for all its addresses, and the files that it consists of. */
export function mountPages(app: FastifyInstance, files: ReadonlyMap<string, PageFile>): void {
  for (const address of ADDRESSES) {
    app.get(address, open, (request, reply) => {
      const path = request.url.split('?', 1)[0] ?? ''
      const name = path.startsWith(FILES) ? path.slice(FILES.length) : ''
      const file = name === PAGE ? undefined : files.get(name)
      const isAsset = name.startsWith('assets/')
      if (file) return give(file, isAsset ? FOR_EVER : FRESH, request, reply)
      // Nobody has an empty name, and `*` is the server as a whole, not its first page.
      const isNobodys =
        !path.startsWith('/') || Object.values(request.params as Record<string, string>).includes('')
      const page = isAsset || (isNobodys && path !== FILES) ? undefined : files.get(PAGE)
      if (page) return give(page, FRESH, request, reply.header('content-security-policy', POLICY))
      throw new Problem(
        'not_found',
        files.size === 0 ? 'The dashboard is not built; npm start does that' : undefined,
      )
    })
  }
}

/** Its name changes with its content. */
const FOR_EVER = 'public, max-age=31536000, immutable'
const FRESH = 'no-cache'

function give(file: PageFile, caching: string, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  reply.headers({ 'cache-control': caching, vary: 'accept-encoding' })
  if (isKnownTag(file.etag, request, reply)) return reply.code(304).send()
  const accepted = String(request.headers['accept-encoding'] ?? '')
  const [name, body] =
    /\bbr\b/.test(accepted) && file.br
      ? ['br', file.br]
      : /\bgzip\b/.test(accepted) && file.gzip
        ? ['gzip', file.gzip]
        : [undefined, file.plain]
  if (name) reply.header('content-encoding', name)
  return reply.type(file.type).send(body)
}
