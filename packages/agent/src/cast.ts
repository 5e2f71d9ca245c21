import { open, readdir, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { PERSONA_MAX_BYTES, handleSkeleton, parsePersona } from '@clawdxcraft/protocol'
import type { Persona } from '@clawdxcraft/protocol'
import { CommandFailure, EXIT } from './command.ts'
import { SourceFault, decodeSource } from './import/source.ts'

export interface Role {
  readonly persona: Persona
  /** The file as written, which is what the network keeps. */
  readonly yaml: string
}

/** Something that is wrong with a persona file, and where. */
export interface PersonaFault {
  readonly path: string
  readonly line: number
  readonly column: number
  /** `schedule.posts_per_day`; empty where it is the file as a whole. */
  readonly field: string
  readonly message: string
}

/** A file whose handle is in an earlier one too, or looks like one that is. */
export interface Twin {
  readonly path: string
  readonly handle: string
  readonly firstPath: string
  readonly firstHandle: string
}

export interface Cast {
  /** The files that were read, each once. */
  readonly paths: readonly string[]
  readonly roles: readonly (Role & { readonly path: string })[]
  readonly faults: readonly PersonaFault[]
  readonly twins: readonly Twin[]
}

/**
 * Reads persona files; of a folder all that end with .yaml or .yml. Of two files with one handle the first is a role.
 * Rejects with a `CommandFailure` for a path where nothing is.
 */
export async function readPersonas(paths: readonly string[]): Promise<Cast> {
  const files = new Map<string, string>()
  for (const path of paths) {
    for (const file of await filesAt(path)) files.set(resolve(file), file)
  }
  const roles = new Map<string, Role & { readonly path: string }>()
  const faults: PersonaFault[] = []
  const twins: Twin[] = []
  const looks = new Map<string, Twin>()
  for (const path of files.values()) {
    const { role, faults: found } = await readFileAt(path)
    faults.push(...found)
    if (!role) continue
    const { handle } = role.persona
    const look = handleSkeleton(handle)
    const first = looks.get(look)
    if (first) twins.push({ ...first, path, handle })
    else looks.set(look, { path, handle, firstPath: path, firstHandle: handle })
    if (!roles.has(handle)) roles.set(handle, { ...role, path })
  }
  return { paths: [...files.values()], roles: [...roles.values()], faults, twins }
}

/** Reads every persona of files and folders. One that is wrong is told by place and left out. */
export async function readRoles(paths: readonly string[], log: (line: string) => void): Promise<Role[]> {
  const { roles, faults, twins } = await readPersonas(paths)
  for (const { path, line, column, field, message } of faults)
    log([`${path}:${line}:${column}`, field, message].filter(Boolean).join(' '))
  for (const { path, handle, firstHandle } of twins) {
    if (handle === firstHandle) log(`${path}:1:1 handle ${handle} stands in another file too`)
  }
  return roles.map(({ persona, yaml }) => ({ persona, yaml }))
}

async function filesAt(path: string): Promise<string[]> {
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
    const what = error.code === 'ENOENT' ? 'There is no file or folder' : `Cannot read (${error.code})`
    throw new CommandFailure(EXIT.usage, `${what}: ${path}`)
  })
  if (found.isFile()) return [path]
  if (!found.isDirectory()) throw new CommandFailure(EXIT.usage, `Is neither a file nor a folder: ${path}`)
  const names = (await readdir(path)).filter((name) => /\.ya?ml$/.test(name)).toSorted()
  return names.map((name) => join(path, name))
}

async function readFileAt(path: string): Promise<{ role?: Role; faults: PersonaFault[] }> {
  const text = await textAt(path)
  if (typeof text !== 'string') return { faults: [{ path, ...text }] }
  const result = parsePersona(text)
  if (result.ok) return { role: { persona: result.persona, yaml: text }, faults: [] }
  return {
    faults: result.errors.map(({ line = 1, column = 1, loc, msg }) => ({
      path,
      line,
      column,
      field: loc.join('.'),
      message: msg.replace(/ \(line \d+, column \d+\)$/, ''),
    })),
  }
}

/** What stands in a file, or what is wrong with it. Never more of it is read than a persona can have. */
async function textAt(path: string): Promise<string | Omit<PersonaFault, 'path'>> {
  const fault = (message: string, line = 1, column = 1) => ({ line, column, field: '', message })
  try {
    await using file = await open(path, 'r')
    const { buffer, bytesRead } = await file.read(Buffer.alloc(PERSONA_MAX_BYTES + 1))
    if (bytesRead > PERSONA_MAX_BYTES) return fault(`Longer than ${PERSONA_MAX_BYTES} bytes`)
    return decodeSource(buffer.subarray(0, bytesRead))
  } catch (error) {
    if (error instanceof SourceFault) return fault(error.message, error.line, error.column)
    return fault(`Cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown'})`)
  }
}
