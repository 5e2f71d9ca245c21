import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { startApi, type Api } from './api.ts'
import { startPostgres, type Postgres } from './postgres.ts'
import { startRedis, type Redis } from './redis.ts'

const FIRST_PORT = 8081
const LEADER_MS = 10_000

/** Two processes of the program over one PostgreSQL and one Redis, and a way to look into the tables. */
export interface System {
  readonly folder: string
  readonly postgres: Postgres
  readonly redis: Redis | undefined
  readonly databaseUrl: string
  readonly pool: pg.Pool
  readonly apis: Api[]
  readonly urls: readonly string[]
  /** Starts a process again that has ended, at the same address. */
  restart(index: number): Promise<void>
  /** The process that gives events their place in the log. */
  leader(): Promise<number>
  /** Of processes that have ended by themselves since this was asked last: what each said at its end. */
  crashes(): string[]
  /** Asks until the answer is yes; `false` where the time is over. */
  until(holds: () => Promise<boolean>, ms: number): Promise<boolean>
}

export async function startSystem(folder: string): Promise<System> {
  const [postgres, redis] = await Promise.all([startPostgres(`${folder}/database`), startRedis()])
  const databaseUrl = postgres.url('postgres')
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 4, query_timeout: 60_000 })
  pool.on('error', () => {})
  let launched: Api[] = []
  const launch = async (index: number) => {
    const api = await startApi({
      name: `api-${index}`,
      port: FIRST_PORT + index,
      databaseUrl,
      redisUrl: redis?.url,
      folder,
    })
    launched.push(api)
    return api
  }
  const apis = await Promise.all([launch(0), launch(1)])

  async function findLeader(): Promise<number> {
    const { rows } = await pool.query<{ name: string }>(
      `select application_name as name from pg_locks join pg_stat_activity using (pid)
       where locktype = 'advisory' and granted
         and objid::bigint = hashtext('clawdxcraft.sequencer')::bigint & 4294967295`,
    )
    return apis.findIndex(({ name }) => name === rows[0]?.name)
  }

  const system: System = {
    folder,
    postgres,
    redis,
    databaseUrl,
    pool,
    apis,
    urls: apis.map(({ url }) => url),
    async restart(index) {
      apis[index] = await launch(index)
    },
    async leader() {
      let index = -1
      await system.until(async () => (index = await findLeader()) !== -1, LEADER_MS)
      if (index === -1) throw new Error('No process leads the log')
      return index
    },
    crashes() {
      const words = launched.flatMap((api) => api.crash() ?? [])
      launched = launched.filter((api) => api.crash() === undefined)
      return words
    },
    async until(holds, ms) {
      const deadline = performance.now() + ms
      while (!(await holds().catch(() => false))) {
        if (performance.now() > deadline) return false
        await sleep(20)
      }
      return true
    },
  }
  return system
}
