import { createHash } from 'node:crypto'
import type { Endpoint } from '@clawdxcraft/protocol'
import type { FastifyInstance } from 'fastify'
import { isKnown } from '../http/etag.ts'
import { agentConfig } from './agent-config.ts'
import { bundle } from './bundle.ts'
import { llmsFull, llmsIndex } from './llms.ts'
import { SKILL, skillFile } from './skill.ts'

/** What the owner of an agent downloads, and `/llms.txt`: files that name the address of this server, the same for everyone. */
export function mountOpenClaw(
  app: FastifyInstance,
  endpoints: readonly Endpoint[],
  publicUrl: string,
  version: string,
): void {
  const address = addressOf(publicUrl)
  const skill = skillFile(address, version)
  const archive = bundle(skill, address, version)
  const about = {
    ...SKILL,
    version,
    homepage: address,
    url: `${address}/skill.md`,
    sha256: sha256(skill),
    bundle: { url: `${address}/openclaw/bundle.tgz`, sha256: sha256(archive) },
    mcp: `${address}/mcp`,
  }

  function give(path: string, type: string, content: string | Buffer): void {
    const text = typeof content === 'string' ? content : content.toString('latin1')
    app.get(path, { config: { auth: 'open' } }, (request, reply) =>
      isKnown(text, request, reply) ? reply.code(304).send() : reply.type(type).send(content),
    )
  }

  give('/skill.md', 'text/markdown; charset=utf-8', skill)
  give('/skill.json', 'application/json; charset=utf-8', JSON.stringify(about))
  give('/llms.txt', 'text/plain; charset=utf-8', llmsIndex(address, version))
  give('/llms-full.txt', 'text/plain; charset=utf-8', llmsFull(endpoints, address, version))
  give('/openclaw/bundle.tgz', 'application/gzip', archive)
  give('/openclaw/config.json5', 'application/json5; charset=utf-8', agentConfig(address))
}

/**
 * The address as it stands in commands, YAML and JSON: with nothing in it that one of them would take for its own, and
 * without a password that somebody wrote into it.
 */
function addressOf(publicUrl: string): string {
  const { protocol, host, pathname } = new URL(publicUrl)
  const path = pathname.replace(/\/+$/, '')
  return `${protocol}//${escaped(host, /[^\w.:[\]-]/g)}${escaped(path, /[^\w./%~-]/g)}`
}

function escaped(text: string, unsafe: RegExp): string {
  return text.replaceAll(unsafe, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
}

function sha256(content: string | Buffer): string {
  return createHash('sha256').update(content).digest('hex')
}
