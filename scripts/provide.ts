import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findBrowser, findProgram } from './browser.ts'

export interface Provided {
  /** Absent where no browser can be had. */
  chromium?: string
  /** Absent where no Redis can be had: the suites that need one skip themselves. */
  redisUrl?: string
  /** What the suites will have to do without, in words. */
  lacking: string[]
  stop(): void
}

const redisPrograms = ['redis-server', 'valkey-server']
const installLimitMs = 5 * 60_000

/** Gets the programs that the suites talk to but npm does not carry: a real Redis, a browser, and curl. */
export async function provide(): Promise<Provided> {
  const given = process.env.REDIS_URL
  const wanted = [
    ...(given || redisPrograms.some(findProgram) ? [] : ['redis-server']),
    ...(findProgram('curl') ? [] : ['curl']),
    ...(findProgram('ip') ? [] : ['iproute2']),
    ...(findBrowser() ? [] : ['chromium']),
  ]
  if (wanted.length > 0) installFromDebian(wanted)

  const chromium = findBrowser()
  const lacking = [
    ...(findProgram('curl') ? [] : ['curl is not installed']),
    ...(chromium ? [] : ['neither Chromium nor Chrome is installed']),
  ]
  const browser = chromium ? { chromium } : {}
  if (given) return { ...browser, redisUrl: given, lacking, stop: () => {} }
  const program = redisPrograms.map(findProgram).find(Boolean)
  if (!program) {
    const without = 'no REDIS_URL, and neither redis-server nor valkey-server'
    return { ...browser, lacking: [...lacking, without], stop: () => {} }
  }
  return { ...browser, ...(await startRedis(program)), lacking }
}

async function startRedis(program: string): Promise<{ redisUrl: string; stop(): void }> {
  const folder = mkdtempSync(join(tmpdir(), 'clawdx-redis-'))
  const port = await freePort()
  const args = [
    '--port',
    String(port),
    '--bind',
    '127.0.0.1',
    '--save',
    '',
    '--appendonly',
    'no',
    '--dir',
    folder,
  ]
  // Detached: a Ctrl-C must not end it before the tests that talk to it.
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'], detached: true })
  const stop = () => {
    child.kill('SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  }
  process.once('exit', stop)
  await ready(child, program)
  return { redisUrl: `redis://127.0.0.1:${port}`, stop }
}

async function ready(child: ChildProcess, program: string): Promise<void> {
  let said = ''
  child.once('exit', (code) =>
    child.stdout?.destroy(new Error(`${program} ended with code ${code}:\n${said}`)),
  )
  for await (const text of child.stdout ?? []) {
    said += String(text)
    if (said.includes('Ready to accept connections')) break
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

/** Does nothing where we may not install, or apt is not what installs things. */
function installFromDebian(packages: string[]): void {
  if (process.getuid?.() !== 0 || !findProgram('apt-get')) return
  console.log(`Installing ${packages.join(', ')} for the tests (apt-get) …`)
  const allowServices = forbidServices()
  try {
    for (const args of [['update'], ['install', '-y', '--no-install-recommends', ...packages]]) {
      const ran = spawnSync('apt-get', ['-q', '-o', 'DPkg::Lock::Timeout=120', ...args], {
        env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
        stdio: ['ignore', 'pipe', 'pipe'],
        encoding: 'utf8',
        timeout: installLimitMs,
      })
      if (ran.status !== 0)
        console.log(`apt-get ${args.join(' ')} failed:\n${ran.error?.message ?? ran.stderr}`)
    }
  } finally {
    allowServices()
  }
}

/** Debian's packages start their service unless this file forbids it; ours runs on a port of its own. */
function forbidServices(): () => void {
  const policy = '/usr/sbin/policy-rc.d'
  const kept = `${policy}.kept`
  if (existsSync(policy) && !existsSync(kept)) renameSync(policy, kept)
  writeFileSync(policy, '#!/bin/sh\nexit 101\n', { mode: 0o755 })
  return () => {
    if (existsSync(kept)) renameSync(kept, policy)
    else rmSync(policy, { force: true })
  }
}
