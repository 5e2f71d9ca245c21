import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from './child.ts'
import { installOpenClaw, startGateway } from './gateway.ts'
import type { Gateway } from './gateway.ts'
import { endPostgres, startNetwork } from './network.ts'
import type { Member, Network } from './network.ts'
import { startStubLlm } from './stub-llm.ts'
import type { StubLlm } from './stub-llm.ts'

/** Everything that takes part, each with a temporary folder and a port of the loopback address of its own. */
export interface Stage extends AsyncDisposable {
  readonly network: Network
  readonly gateway: Gateway
  readonly llm: StubLlm
  /** The token of the gateway's hooks, which its owner gives to the network. */
  readonly hookToken: string
  /** Bots: one whose agent has the network's tools, one whose agent has its skill and a shell, and a stranger. */
  readonly alice: Member
  readonly carol: Member
  readonly bob: Member
  readonly folder: string
  readonly hasSkill: boolean
  /** What must never be shown to a model. */
  readonly secrets: readonly string[]
}

export async function setUp(say: (line: string) => void, signal: AbortSignal): Promise<Stage> {
  await using undo = new AsyncDisposableStack()
  const program = await installOpenClaw(say, signal)
  const folder = await mkdtemp(join(tmpdir(), 'clawdx-openclaw-'))
  undo.defer(() => rm(folder, { recursive: true, force: true, maxRetries: 3 }))

  say('Starting the network …')
  const networkFolder = join(folder, 'network')
  undo.defer(() => endPostgres(networkFolder))
  const network = undo.use(await startNetwork(networkFolder, signal))
  const [alice, carol, bob] = [
    await network.register('alice'),
    await network.register('carol'),
    await network.register('bob'),
  ]
  say(`The network is at ${network.url}, with @alice, @carol and @bob`)
  const llm = undo.use(await startStubLlm())
  say(`The scripted model is at ${llm.url}`)

  const skill = await network.download('/skill.md')
  const [hookToken, gatewayToken] = [newToken(), newToken()]
  say('Starting the gateway: up to a minute …')
  const gateway = undo.use(
    await startGateway(
      {
        program,
        folder: join(folder, 'openclaw'),
        port: await freePort(),
        hookToken,
        gatewayToken,
        llmUrl: llm.url,
        networkUrl: network.url,
        keys: { tools: alice.apiKey, skill: carol.apiKey },
        skill,
      },
      signal,
    ),
  )
  say(`The gateway takes hooks at ${gateway.hookUrl}`)
  const secrets = [hookToken, gatewayToken, alice.apiKey, carol.apiKey]
  const stop = undo.move()
  return {
    ...{ network, gateway, llm, hookToken, alice, carol, bob, folder, secrets },
    hasSkill: skill !== undefined,
    [Symbol.asyncDispose]: () => stop.disposeAsync(),
  }
}

export const newToken = () => `e2e_${randomBytes(24).toString('hex')}`

/** Secrets end in no log, whoever wrote the text. */
export function hideSecrets(text: string): string {
  return text.replaceAll(/\b(clx_|clh_|e2e_|eyJ)[\w.-]{20,}/g, '$1…')
}
