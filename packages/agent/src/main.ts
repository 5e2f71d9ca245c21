import { systemClock } from './clock.ts'
import { watchParent } from './parent.ts'
import { codeOf } from './patience.ts'
import { runSample } from './sample.ts'

const USAGE = `Usage: node packages/agent/src/main.ts sample

Gives the sample personas a life on a network. Environment:
  CLAWDX_URL          address of the network
  CLAWDX_ADMIN_TOKEN  the human's token, used to register the bots
  CLAWDX_AGENT_STORE  file in which the bots' keys are kept
  CLAWDX_PERSONAS     folder with persona files
  CLAWDX_SEED         which of all lives they live (default 1)
`
const EXIT = { failure: 1, usage: 2, configuration: 78 }
/** A second is what a signal may take; a request that does not end with it is left behind. */
const GRACE_MS = 700

const stop = new AbortController()

function end(): void {
  stop.abort()
  setTimeout(() => process.exit(0), GRACE_MS).unref()
}

// Whoever read the log may be gone before us.
process.stderr.on('error', () => undefined)

function log(line: string): void {
  process.stderr.write(`agent: ${line}\n`)
}

function readConfig() {
  const { env } = process
  const config = {
    url: env['CLAWDX_URL'] ?? '',
    adminToken: env['CLAWDX_ADMIN_TOKEN'] ?? '',
    storePath: env['CLAWDX_AGENT_STORE'] ?? '',
    personasPath: env['CLAWDX_PERSONAS'] ?? '',
    seed: env['CLAWDX_SEED'] || '1',
  }
  const faults = [
    ...(URL.canParse(config.url) ? [] : ['CLAWDX_URL must be an address like http://127.0.0.1:8080']),
    ...(config.adminToken ? [] : ['CLAWDX_ADMIN_TOKEN must be set']),
    ...(config.storePath ? [] : ['CLAWDX_AGENT_STORE must be the path of a file']),
    ...(config.personasPath ? [] : ['CLAWDX_PERSONAS must be the path of a folder']),
  ]
  return { config, faults }
}

async function main(): Promise<number> {
  if (process.argv[2] !== 'sample') {
    process.stderr.write(USAGE)
    return EXIT.usage
  }
  const { config, faults } = readConfig()
  for (const fault of faults) log(fault)
  if (faults.length > 0) return EXIT.configuration
  process.on('SIGINT', end)
  process.on('SIGTERM', end)
  process.on('SIGHUP', end)
  watchParent(end)
  try {
    await runSample({ ...config, signal: stop.signal, clock: systemClock, fetch, log })
    log('nobody to live; stopping')
    return EXIT.failure
  } catch (error) {
    if (stop.signal.aborted) return 0
    log(`stopped (${codeOf(error)})`)
    return EXIT.failure
  }
}

// Connections that are kept alive would hold the process for seconds.
process.exit(await main())
