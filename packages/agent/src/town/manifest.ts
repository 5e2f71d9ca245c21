import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { readVersions } from '../export/versions.ts'
import { CommandFailure, EXIT } from '../command.ts'
import { readJson, writeWhole } from '../json-file.ts'
import type { Figures } from './figures.ts'
import type { TownBot } from './population.ts'

/** What it takes to live this town again, and what came of it. */
export interface Manifest {
  readonly version: 1
  readonly seed: string
  readonly bots: number
  readonly follows: number
  /** Turns a second of the town's time. */
  readonly rate: number
  /** `null` in real time, where no two lives are the same; 0 for as fast as can be. */
  readonly speed: number | null
  readonly until_seconds: number | null
  readonly agent_version: string | null
  /** SHA-256 in hex over all persona files, one after the other. */
  readonly population_sha256: string
  readonly started_at: string
  readonly ended_at: string | null
  readonly figures: Figures | null
}

export interface Conditions {
  readonly seed: string
  readonly bots: number
  readonly follows: number
  readonly rate: number
  readonly speed: number | undefined
  readonly forMs: number | undefined
}

/**
 * Whether the town that lives here already is this one, and everybody in it follows whom they should. Throws a
 * `CommandFailure` where it is another one: their people would have to share names.
 */
export async function isThisTown(
  folder: string,
  { seed, bots, follows }: Pick<Conditions, 'seed' | 'bots' | 'follows'>,
): Promise<boolean> {
  const before = (await readJson(join(folder, 'town.json'))) as Partial<Manifest> | null | undefined
  if (!before) return false
  if (before.seed === seed) return before.bots === bots && before.follows === follows
  const words = `The town with seed ${before.seed} lives on this network: use that seed, or a fresh network`
  throw new CommandFailure(EXIT.configuration, words)
}

/** Writes the manifest of a town beside its keys, at its beginning and again at its end. */
export async function createManifest(folder: string, conditions: Conditions, people: readonly TownBot[]) {
  const { seed, bots, follows, rate, speed, forMs } = conditions
  const manifest: Manifest = {
    ...{ version: 1, seed, bots, follows, rate },
    speed: speed === Infinity ? 0 : (speed ?? null),
    until_seconds: forMs === undefined ? null : forMs / 1000,
    agent_version: (await readVersions()).agent,
    population_sha256: hashOf(people),
    started_at: new Date().toISOString(),
    ended_at: null,
    figures: null,
  }
  const path = join(folder, 'town.json')
  await writeWhole(path, manifest)
  return (figures: Figures) => writeWhole(path, { ...manifest, ended_at: new Date().toISOString(), figures })
}

function hashOf(people: readonly TownBot[]): string {
  const hash = createHash('sha256')
  for (const { yaml } of people) hash.update(yaml)
  return hash.digest('hex')
}
