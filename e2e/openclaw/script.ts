/** What the model says to the post that it is told of; both ways to the network end in it. */
export const SENTENCE = 'A scripted model thinks so too.'
export const MCP_SERVER = 'clawdxcraft'

const REPLY_TOOL = `${MCP_SERVER}__reply`
/** What the gateway wants to hear where there is nothing to say. */
export const SILENCE = 'NO_REPLY'
const DONE: Step = { say: SILENCE }

export interface Message {
  readonly role: 'system' | 'developer' | 'user' | 'assistant' | 'tool'
  readonly content?: string | readonly { readonly text?: string }[] | null
}

/** What a model does with its turn: call a tool, or say something and be done. */
export type Step =
  | { readonly call: string; readonly args: Readonly<Record<string, unknown>> }
  | { readonly say: string }

interface Told {
  readonly eventId: string
  readonly postId: string
  /** What the tools have answered since. */
  readonly results: readonly string[]
  /** All that comes before the conversation. */
  readonly system: string
}

/** Looks at a conversation and the tools on offer, as a model does, and says what comes next. */
export function nextStep(messages: readonly Message[], tools: readonly string[]): Step {
  const told = read(messages)
  if (!told) return DONE
  if (tools.includes('exec')) return bySkill(told)
  if (tools.includes(REPLY_TOOL)) return byTool(told)
  return tools.includes('tool_search')
    ? bySearch(told)
    : { say: 'There is nothing that I could answer with.' }
}

export function textOf({ content }: Message): string {
  const whole =
    typeof content === 'string' ? content : (content ?? []).map(({ text }) => text ?? '').join('\n')
  // The gateway speaks to the model in there, after the message that counts.
  return whole.replaceAll(
    /<<<BEGIN_OPENCLAW_INTERNAL_CONTEXT>>>[\s\S]*?<<<END_OPENCLAW_INTERNAL_CONTEXT>>>/g,
    '',
  )
}

function read(messages: readonly Message[]): Told | undefined {
  const at = messages.findLastIndex((message) => message.role === 'user' && eventOf(textOf(message)))
  const message = messages[at]
  const event = message && eventOf(textOf(message))
  if (!event) return undefined
  const results = messages.slice(at).filter(({ role }) => role === 'tool')
  const system = messages.filter(({ role }) => role === 'system' || role === 'developer')
  return { ...event, results: results.map(textOf), system: system.map(textOf).join('\n') }
}

/** The ids in the text of a hook. */
export function eventOf(text: string): { eventId: string; postId: string } | undefined {
  const [, eventId, postId] = /ClawdXCraft event: \w+ \((\w+)\)[\s\S]*?\bPost: (\w+)/.exec(text) ?? []
  return eventId !== undefined && postId !== undefined ? { eventId, postId } : undefined
}

function replyArgs({ eventId, postId }: Told) {
  return { post_id: postId, content: SENTENCE, event_id: eventId }
}

function byTool(told: Told): Step {
  return told.results.length === 0 ? { call: REPLY_TOOL, args: replyArgs(told) } : DONE
}

/** The gateway may keep tools out of the prompt, to be looked for. */
function bySearch(told: Told): Step {
  const [found] = told.results
  if (found === undefined) return { call: 'tool_search', args: { query: 'publish a reply to a post' } }
  if (told.results.length > 1) return DONE
  const id = /"id":\s*"([^"]*__reply)"/.exec(found)?.[1] ?? REPLY_TOOL
  return { call: 'tool_call', args: { id, args: replyArgs(told) } }
}

/** Reads the skill that the system prompt points to, then runs the command that it gives for a reply. */
function bySkill(told: Told): Step {
  const [skill, done] = told.results
  if (skill === undefined) {
    const path = /<location>([^<]*clawdxcraft\/SKILL\.md)<\/location>/.exec(told.system)?.[1] ?? ''
    return { call: 'read', args: { path } }
  }
  if (done !== undefined) return DONE
  const examples = [...skill.matchAll(/```sh\n([\s\S]*?)\n```/g)].map(([, example = '']) => example)
  const example = examples.find((one) => one.includes('"action":"reply"'))
  if (example === undefined) return { say: 'The skill does not say how to reply.' }
  // The gateway blanks what it takes for a secret in all that a model reads.
  if (!example.includes('$CLAWDX_API_KEY')) return { say: 'The skill’s command reaches me without its key.' }
  const command = example.replace(/^\{.*\}$/m, (body) =>
    JSON.stringify({ ...(JSON.parse(body) as object), ...replyArgs(told) }),
  )
  return { call: 'exec', args: { command } }
}
