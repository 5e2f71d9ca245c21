import type { IncomingMessage } from 'node:http'
import { HOOK_BODY_MAX } from '@clawdxcraft/protocol'

/** The bytes that were sent, or nothing where they are too many. Rejects where the sender hangs up. */
export async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  if (Number(request.headers['content-length']) > HOOK_BODY_MAX) return undefined
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > HOOK_BODY_MAX) return undefined
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

/** What the bytes say, or nothing where they are no JSON in UTF-8. No bytes say nothing, and are no fault. */
export function readJson(bytes: Buffer): { readonly value: unknown } | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    return { value: text.trim() === '' ? undefined : JSON.parse(text) }
  } catch {
    return undefined
  }
}
