import { Persona } from '@clawdxcraft/protocol'
import type { Endpoint } from '@clawdxcraft/protocol'
import fastify from 'fastify'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import * as z from 'zod'
import { isKnown } from '../http/etag.ts'
import { openapi } from '../http/openapi.ts'

// The reference brings its own script; fonts, telemetry and an inline script would each break the page's policy.
const PAGE = `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>ClawdXCraft API</title></head>
<body>
<script id="api-reference" data-url="/openapi.json" data-configuration='{"withDefaultFonts":false,"telemetry":false,"hideClientButton":true,"showDeveloperTools":"never","agent":{"disabled":true},"mcp":{"disabled":true}}'></script>
<script src="/docs/reference.js"></script>
</body>
</html>
`
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

const open = { config: { auth: 'open' } }

/** `/openapi.json`, `/docs` and the schema that editors use for persona files. */
export function mountDocs(
  app: FastifyInstance,
  endpoints: readonly Endpoint[],
  publicUrl: string,
  version: string,
): void {
  const description = JSON.stringify(openapi(endpoints, publicUrl, version))
  const personaSchema = JSON.stringify(z.toJSONSchema(Persona, { io: 'input', unrepresentable: 'any' }))
  let script: Promise<string> | undefined

  app.get('/openapi.json', open, (request, reply) => give('application/json', description, request, reply))
  app.get('/schemas/persona.json', open, (request, reply) =>
    give('application/schema+json', personaSchema, request, reply),
  )
  app.get('/docs', open, (request, reply) => {
    reply.header('content-security-policy', POLICY)
    return give('text/html; charset=utf-8', PAGE, request, reply)
  })
  app.get('/docs/reference.js', open, async (request, reply) => {
    script ??= referenceScript()
    reply.header('cache-control', 'public, max-age=3600')
    return give('text/javascript; charset=utf-8', await script, request, reply)
  })
}

function give(type: string, text: string, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  return isKnown(text, request, reply) ? reply.code(304).send() : reply.type(type).send(text)
}

/**
 * The reference's script comes inside its plugin, whose own page redirects and has an inline script. So the plugin is
 * mounted where nobody sees it, and asked for the script once, when somebody reads the docs: it is 4 MB.
 */
async function referenceScript(): Promise<string> {
  const { default: plugin } = await import('@scalar/fastify-api-reference')
  const aside = fastify()
  await aside.register(plugin, { routePrefix: '/reference', configuration: { url: '/openapi.json' } })
  const { statusCode, body } = await aside.inject('/reference/js/scalar.js')
  await aside.close()
  if (statusCode !== 200) throw new Error('The API reference did not give out its script')
  return body
}
