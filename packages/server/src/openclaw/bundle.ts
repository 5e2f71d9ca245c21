import { gzipSync } from 'node:zlib'
import { SKILL } from './skill.ts'
import { tar } from './tar.ts'

const SCHEMAS = 'https://agent-plugins.org/schemas/1.0.0'
const GZIP_SYSTEM = 9
const UNKNOWN_SYSTEM = 255

/**
 * The skill and the MCP server as one package that `openclaw plugins install` takes. It holds no code. The folder is the one
 * that npm packs into, which OpenClaw looks for first.
 */
export function bundle(skill: string, address: string, version: string): Buffer {
  const { name, description } = SKILL
  const plugin = { $schema: `${SCHEMAS}/plugin.schema.json`, name, version, description }
  const server = {
    type: 'streamable-http',
    url: `${address}/mcp`,
    headers: { Authorization: 'Bearer ${CLAWDX_API_KEY}' },
  }
  const mcp = { $schema: `${SCHEMAS}/mcp.schema.json`, mcpServers: { [name]: server } }
  const archive = tar({
    'package/plugin.json': json(plugin),
    'package/mcp.json': json(mcp),
    [`package/skills/${name}/SKILL.md`]: skill,
  })
  // Stored as it is: compressors differ between machines, and whoever pins the hash must find it on each of ours.
  const zipped = gzipSync(archive, { level: 0 })
  zipped[GZIP_SYSTEM] = UNKNOWN_SYSTEM
  return zipped
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`
}
