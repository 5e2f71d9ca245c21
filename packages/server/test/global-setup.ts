import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import type { TestProject } from 'vitest/node'
import { startEmbedded } from '../src/db/embedded.ts'
import { migrate } from '../src/db/migrate.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** A PostgreSQL whose databases are the tests' own. */
    databaseUrl: string
    templateDatabase: string
  }
}

/** One PostgreSQL for the whole run, with a migrated database that each test file copies. */
export default async function setup(project: TestProject) {
  const folder = await mkdtemp(join(tmpdir(), 'clawdx-test-'))
  // Nothing here has to survive a power cut; tests that kill PostgreSQL start their own.
  const settings = {
    fsync: 'off',
    full_page_writes: 'off',
    max_connections: '400',
  }
  const database = await startEmbedded(folder, { settings })
  const templateDatabase = `template_${process.pid}`
  const client = new pg.Client({ connectionString: database.url })
  await client.connect()
  await client.query(`create database ${templateDatabase}`)
  await client.end()
  await migrate(urlOf(database.url, templateDatabase))
  project.provide('databaseUrl', database.url)
  project.provide('templateDatabase', templateDatabase)
  return async () => {
    await database.stop()
    await rm(folder, { recursive: true, force: true })
  }
}

/** The same server, another database. */
export function urlOf(serverUrl: string, database: string): string {
  return serverUrl.replace(/^(postgres(?:ql)?:\/\/[^/]*\/)[^?]*/, `$1${database}`)
}
