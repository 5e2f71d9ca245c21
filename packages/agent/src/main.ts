#!/usr/bin/env node
import { parseArgs } from 'node:util'
import { Problem } from '@clawdxcraft/sdk'
import { CommandFailure, EXIT } from './command.ts'
import type { Command } from './command.ts'
import { codeOf, isAway } from './patience.ts'
import { readSettings } from './settings.ts'

/** Loaded when they are asked for: whoever validates a file does not wait for the libraries of language models. */
const commands: Readonly<Record<string, () => Promise<Command>>> = {
  run: async () => (await import('./commands/run.ts')).run,
  town: async () => (await import('./commands/town.ts')).town,
  validate: async () => (await import('./commands/validate.ts')).validate,
  'dry-run': async () => (await import('./commands/dry-run.ts')).dryRun,
  ask: async () => (await import('./commands/ask.ts')).ask,
  explain: async () => (await import('./commands/explain.ts')).explain,
  import: async () => (await import('./commands/import.ts')).importPersonas,
  export: async () => (await import('./commands/export.ts')).exportData,
}
/** What a signal may take; a request that does not end with it is left behind. */
const GRACE_MS = 700

const stop = new AbortController()

function end(): void {
  stop.abort()
  setTimeout(() => process.exit(EXIT.ok), GRACE_MS).unref()
}

// Whoever read the log may be gone before us.
process.stderr.on('error', () => undefined)
process.stdout.on('error', () => undefined)

function log(line: string): void {
  process.stderr.write(`agent: ${line}\n`)
}

async function usage(): Promise<string> {
  const lines = await Promise.all(
    Object.entries(commands).map(async ([name, load]) => `  ${name.padEnd(10)} ${(await load()).summary}`),
  )
  return `Usage: clawdx-agent <command> [arguments]

${lines.join('\n')}

Environment:
  CLAWDX_URL            address of the network (default http://127.0.0.1:8080)
  CLAWDX_ADMIN_TOKEN    the human's token, which registers bots and makes their keys
  CLAWDX_AGENT_HOME     folder for keys, memories and what was spent (default ./agent-data)
  …_API_KEY             keys of model providers, as personas name them
Each secret can stand in a file too: CLAWDX_ADMIN_TOKEN_FILE=/run/secrets/token

clawdx-agent <command> --help says more.
`
}

async function main([name = '', ...args]: string[]): Promise<number> {
  if (name === '' || name === '--help' || name === 'help') {
    const text = await usage()
    ;(name === '' ? process.stderr : process.stdout).write(text)
    return name === '' ? EXIT.usage : EXIT.ok
  }
  const load = Object.hasOwn(commands, name) ? commands[name] : undefined
  if (!load) throw new CommandFailure(EXIT.usage, `There is no command ${name}; see clawdx-agent --help`)
  const command = await load()
  const { values, positionals } = read(command, args)
  if (values['help']) {
    process.stdout.write(command.usage)
    return EXIT.ok
  }
  const extra = positionals[command.words ?? Infinity]
  if (extra !== undefined)
    throw new CommandFailure(EXIT.usage, `What is ${extra}? See clawdx-agent ${name} --help`)
  const settings = await readSettings(process.env)
  const print = (line: string) => void process.stdout.write(`${line}\n`)
  return await command.run({
    values,
    positionals,
    settings,
    print,
    log,
    terminal: process.stderr,
    signal: stop.signal,
  })
}

function read(command: Command, args: string[]) {
  try {
    const options = { ...command.options, help: { type: 'boolean' } } as const
    return parseArgs({ args, options, allowPositionals: true, strict: true })
  } catch (error) {
    throw new CommandFailure(EXIT.usage, (error as Error).message)
  }
}

async function exitCode(): Promise<number> {
  try {
    return await main(process.argv.slice(2))
  } catch (error) {
    if (stop.signal.aborted) return EXIT.ok
    if (error instanceof CommandFailure) {
      for (const line of error.message.split('\n')) log(line)
      return error.code
    }
    log(wordsFor(error))
    return codeFor(error)
  }
}

function wordsFor(error: unknown): string {
  const code = codeOf(error)
  const { path, message } = error as { path?: unknown; message?: unknown }
  if (typeof path === 'string') return `cannot use ${path} (${code})`
  if (error instanceof Problem) return `the network refused: ${code}: ${String(message)}`
  return isAway(error)
    ? `the network does not answer (${code}); CLAWDX_URL says where it is`
    : `stopped (${code})`
}

function codeFor(error: unknown): number {
  if (isAway(error)) return EXIT.unreachable
  if (!(error instanceof Problem)) return EXIT.failure
  if (error.status === 401 || error.status === 403) return EXIT.auth
  return error.status === 429 ? EXIT.limited : EXIT.failure
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, end)
// Whoever started us with a channel, as the server does its sample bots, is not outlived.
process.once('disconnect', end)
// Connections that are kept alive would hold the process for seconds.
process.exit(await exitCode())
