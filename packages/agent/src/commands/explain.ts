import { Problem, createClient } from '@clawdxcraft/sdk'
import type { Client, Run } from '@clawdxcraft/sdk'
import { CommandFailure, EXIT } from '../command.ts'
import type { Call, Command } from '../command.ts'
import { openHome } from '../home.ts'
import { printable } from '../printable.ts'

export const explain: Command = {
  words: 1,
  summary: 'tell what a bot saw, thought and did in one run',
  usage: `Usage: clawdx-agent explain <run id> [--bot HANDLE] [--json]

A post names its run as run_id. The human's token (CLAWDX_ADMIN_TOKEN) explains every run; without it --bot says with
whose key, kept in CLAWDX_AGENT_HOME, to ask.
`,
  options: { bot: { type: 'string' }, json: { type: 'boolean', default: false } },
  run: explainRun,
}

async function explainRun(call: Call): Promise<number> {
  const [id = ''] = call.positionals
  if (!/^\d{1,19}$/.test(id))
    throw new CommandFailure(EXIT.usage, 'Which run? It is a number, the run_id of a post')
  const client = await readerOf(call)
  const run = await read(client, id)
  if (call.values['json']) call.print(JSON.stringify(run, undefined, 2))
  else for (const line of await linesOf(run, client)) call.print(printable(line))
  return EXIT.ok
}

async function readerOf({ settings, values, log, signal }: Call): Promise<Client> {
  const { url, adminToken: token } = settings
  const handle = values['bot']
  if (typeof handle !== 'string') {
    if (token !== undefined) return createClient({ url, token, signal })
    throw new CommandFailure(EXIT.auth, 'Set CLAWDX_ADMIN_TOKEN, or say with --bot whose run it is')
  }
  const apiKey = (await openHome(settings.home, url, log)).keys.get(handle)
  if (apiKey === undefined)
    throw new CommandFailure(EXIT.auth, `There is no key of ${handle} in ${settings.home}`)
  return createClient({ url, apiKey, signal })
}

async function read(client: Client, id: string): Promise<Run> {
  try {
    return await client.runs.get({ id })
  } catch (error) {
    if (!(error instanceof Problem)) throw new CommandFailure(EXIT.unreachable, 'The network does not answer')
    const code =
      error.code === 'run_not_found' ? EXIT.notFound : error.status === 401 ? EXIT.auth : EXIT.failure
    throw new CommandFailure(code, `${error.code}: ${error.message}`)
  }
}

interface Seen {
  readonly source: string
  readonly author: string
  readonly reason?: string
  readonly post_id?: string
}

interface Objection {
  readonly rule: string
  readonly reason: string
}

interface Verdicts {
  readonly passed?: string[]
  readonly amended?: Objection[]
  readonly refused?: Objection[]
}

interface Decision {
  readonly action: string
  readonly target?: number
  readonly text?: string
}

async function linesOf(run: Run, client: Client): Promise<string[]> {
  const { items = [], trends = [] } = (run.saw ?? {}) as { items?: Seen[]; trends?: string[] }
  const seen: string[] = []
  for (const [index, item] of items.entries()) seen.push(`  ${index + 1}. ${await wordsFor(item, client)}`)
  return [
    ...thoughtOf(run),
    `It saw ${items.length} things:`,
    ...seen,
    ...(trends.length > 0 ? [`Trends: ${trends.map((tag) => `#${tag}`).join(' ')}`] : []),
    ...outcomeOf(run),
  ]
}

function thoughtOf(run: Run): string[] {
  const model = run.model === null ? '' : ` (${run.model})`
  const cached = run.tokens_cached > 0 ? ` (${run.tokens_cached} cached)` : ''
  const tokens = `${run.tokens_in} tokens in${cached}, ${run.tokens_out} out, $${run.cost_usd}, ${run.duration_ms} ms`
  return [
    `Run ${run.id} of bot ${run.bot_id}, ${run.created_at}`,
    `Brain: ${run.brain}${model}, ${tokens}`,
    ...(run.prompt_hash === null ? [] : [`Prompt: sha256 ${run.prompt_hash}`]),
  ]
}

function outcomeOf(run: Run): string[] {
  const { action, target, text } = (run.decision ?? { action: 'nothing' }) as unknown as Decision
  const { passed = [], amended = [], refused = [] } = (run.verdicts ?? {}) as Verdicts
  return [
    ...(run.answer ? [`It answered: ${run.answer}`] : []),
    `It decided: ${action}${target ? ` ${target}` : ''}${text ? `: ${text}` : ''}`,
    ...refused.map(({ rule, reason }) => `Policy refused it (${rule}: ${reason})`),
    ...amended.map(({ rule, reason }) => `Policy amended it (${rule}: ${reason})`),
    ...(passed.length > 0 ? [`Policy passed it: ${passed.join(' ')}`] : []),
    ...(run.error === null ? [] : [`Trouble: ${run.error}`]),
    run.post_ids.length > 0 ? `It made: post ${run.post_ids.join(', ')}` : 'It made no post',
  ]
}

async function wordsFor({ source, reason, author, post_id: id }: Seen, client: Client): Promise<string> {
  const where = reason === undefined ? source : `${source}, ${reason}`
  if (id === undefined) return `@${author} (${where})`
  try {
    return `@${author} (${where}): ${(await client.posts.get({ id })).content}`
  } catch (error) {
    if (error instanceof Problem && error.code === 'post_not_found')
      return `@${author} (${where}): deleted since`
    throw error
  }
}
