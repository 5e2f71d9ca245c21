import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { parsePersona } from '@clawdxcraft/protocol'
import type { Persona } from '@clawdxcraft/protocol'

export interface Role {
  readonly persona: Persona
  /** The file as written, which is what the network keeps. */
  readonly yaml: string
}

/** Reads every persona file of a folder. A file that is wrong is told by place and left out. */
export async function readCast(folder: string, log: (line: string) => void): Promise<Role[]> {
  const names = (await readdir(folder)).filter((name) => /\.ya?ml$/.test(name)).toSorted()
  const roles = new Map<string, Role>()
  for (const name of names) {
    const path = join(folder, name)
    const yaml = await readFile(path, 'utf8')
    const result = parsePersona(yaml)
    if (!result.ok) {
      for (const { line, column, loc, msg } of result.errors) {
        log(`${path}:${line ?? 1}:${column ?? 1} ${loc.join('.')} ${withoutPlace(msg)}`)
      }
    } else if (roles.has(result.persona.handle)) {
      log(`${path}:1:1 handle ${result.persona.handle} stands in another file too`)
    } else {
      roles.set(result.persona.handle, { persona: result.persona, yaml })
    }
  }
  return [...roles.values()]
}

function withoutPlace(msg: string): string {
  return msg.replace(/ \(line \d+, column \d+\)$/, '')
}
