import type { IncomingHttpHeaders } from 'node:http'
import { PERSONA_MAX_BYTES, Problem } from '@clawdxcraft/protocol'
import type { Endpoint } from '@clawdxcraft/protocol'
import { decodeUtf8, parseJson } from './json.ts'

const YAML_TYPES = new Set(['application/yaml', 'application/x-yaml', 'text/yaml', 'text/x-yaml'])

/** Makes the value that the endpoint's schema judges from what was sent; `undefined` where nothing was. */
export async function readBody(
  endpoint: Endpoint,
  bytes: Uint8Array,
  headers: IncomingHttpHeaders,
): Promise<unknown> {
  if (bytes.length === 0) return undefined
  const { 'content-type': header = '', 'content-encoding': encoding = 'identity' } = headers
  const { type, charset } = mediaType(header)
  const isPlain = encoding.toLowerCase() === 'identity' && (charset === 'utf-8' || charset === 'utf8')
  const read = isPlain ? readerOf(endpoint, type) : undefined
  if (!read) throw unsupported(endpoint)
  return personaBounded(await read(bytes, header))
}

function readerOf(
  { bodyTypes = [] }: Endpoint,
  type: string,
): ((bytes: Uint8Array, header: string) => unknown) | undefined {
  if (type === 'application/json') return parseJson
  if (type === 'multipart/form-data' && bodyTypes.includes(type)) return readForm
  if (YAML_TYPES.has(type) && bodyTypes.includes('application/yaml'))
    return (bytes) => ({ persona_yaml: decodeUtf8(bytes) })
  return undefined
}

function mediaType(header: string): { type: string; charset: string } {
  const [type = '', ...parameters] = header
    .toLowerCase()
    .split(';')
    .map((part) => part.trim())
  const charset = parameters.find((parameter) => parameter.startsWith('charset='))
  return { type, charset: charset?.slice('charset='.length).replaceAll('"', '') ?? 'utf-8' }
}

function unsupported(endpoint: Endpoint): Problem {
  const types = ['application/json', ...(endpoint.bodyTypes ?? [])]
  return new Problem('unsupported_media_type', `This takes ${types.join(', ')} in UTF-8, not compressed`, {
    headers: { accept: types.join(', ') },
  })
}

/**
 * A form becomes an object of its fields; the file `persona` becomes `persona_yaml`. A field that stands twice is
 * refused, as in JSON.
 */
async function readForm(bytes: Uint8Array, contentType: string): Promise<Record<string, unknown>> {
  // The reader of forms would put a question mark where a field is not UTF-8.
  decodeUtf8(bytes)
  let form: FormData
  try {
    form = await new Response(Buffer.from(bytes), { headers: { 'content-type': contentType } }).formData()
  } catch {
    throw new Problem('malformed_multipart')
  }
  const fields = new Map<string, unknown>()
  for (const [given, value] of form.entries()) {
    const name = given === 'persona' ? 'persona_yaml' : given
    if (fields.has(name)) throw new Problem('malformed_multipart', `The field "${name}" stands twice`)
    fields.set(name, typeof value === 'string' ? value : await value.text())
  }
  return Object.fromEntries(fields)
}

function personaBounded(body: unknown): unknown {
  const { persona_yaml: yaml } = (body ?? {}) as { persona_yaml?: unknown }
  if (typeof yaml === 'string' && Buffer.byteLength(yaml) > PERSONA_MAX_BYTES) {
    throw new Problem('payload_too_large', `A persona has at most ${PERSONA_MAX_BYTES} bytes`)
  }
  return body
}
