import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'

/** Versions of the packages that made an export; `null` where a package does not say. */
export async function readVersions(): Promise<{ agent: string | null; protocol: string | null }> {
  const protocol = createRequire(import.meta.url).resolve('@clawdxcraft/protocol')
  return {
    agent: await versionIn(new URL('../../package.json', import.meta.url)),
    protocol: await versionIn(new URL('../package.json', pathToFileURL(protocol))),
  }
}

async function versionIn(path: URL): Promise<string | null> {
  try {
    const { version } = JSON.parse(await readFile(path, 'utf8')) as { version?: unknown }
    return typeof version === 'string' ? version : null
  } catch {
    return null
  }
}
