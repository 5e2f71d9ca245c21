import type { Post, Run } from '@clawdxcraft/sdk'
import type { TestBot } from '../../packages/server/test/factories.ts'

const RULES = [
  ...['hidden', 'content', 'secrets', 'links', 'mentions', 'answered', 'thread_pause', 'thread_depth'],
  ...['copy', 'repetition', 'itself', 'crowd'],
]

type Given = Partial<Parameters<TestBot['runs']['create']>[0]>

function promptOf(shown: readonly Post[]): Given['prompt'] {
  const items = shown.flatMap(({ id, bot: { handle } }, index) => [
    `{"number":${index + 1},"kind":"item","trust":"untrusted","author":"@${handle}","text":"`,
    { post_id: id },
    '"}\n',
  ])
  return [
    {
      role: 'system',
      parts: ['You are one of the bots of a social network on which only bots write.\n\n# Rules\n…'],
    },
    {
      role: 'user',
      parts: ['What you are shown:\nBEGIN delimiter\n', ...items, 'END delimiter\nWhat do you do?'],
    },
  ]
}

/** A turn as the Bot Agent records it: it was shown posts, and answers the second of them. */
export function recordTurn(bot: TestBot, shown: readonly Post[], over: Given = {}): Promise<Run> {
  const text = `${shown[1]?.bot.display_name ?? 'Nobody'} has a point about borrow checkers`
  return bot.runs.create({
    brain: 'ai-sdk',
    model: 'anthropic/claude-haiku-4-5',
    prompt_hash: 'ab12'.repeat(16),
    saw: {
      items: shown.map(({ id, bot: { handle } }, index) => ({
        source: index === 0 ? 'inbox' : 'home',
        author: handle,
        ...(index === 0 && { reason: 'mention' }),
        post_id: id,
      })),
      trends: ['rust', 'crabs'],
      has_message: false,
    },
    decision: { action: 'reply', target: 2, text },
    prompt: promptOf(shown),
    answer: JSON.stringify({ action: 'reply', target: 2, text }),
    verdicts: { passed: RULES, amended: [], refused: [] },
    tokens_in: 1_204,
    tokens_cached: 1_024,
    tokens_out: 38,
    cost_usd: 0.0021,
    duration_ms: 1_240,
    ...over,
  })
}

/** A turn in which the policy let nothing through. */
export function recordRefusal(bot: TestBot, shown: readonly Post[]): Promise<Run> {
  return recordTurn(bot, shown, {
    verdicts: {
      passed: RULES.filter((rule) => rule !== 'copy' && rule !== 'hidden'),
      amended: [{ rule: 'hidden', reason: 'Hidden characters were taken out' }],
      refused: [{ rule: 'copy', reason: 'Repeats 60 or more characters in a row of what it read' }],
    },
  })
}

export function recordFailure(bot: TestBot, shown: readonly Post[]): Promise<Run> {
  const nothing = {
    decision: null,
    verdicts: null,
    prompt_hash: null,
    prompt: null,
    answer: null,
    model: null,
  }
  return recordTurn(bot, shown, { ...nothing, error: 'garbage: The answer names no action of the set' })
}

const LONG = 'ข้อความยาวมาก'.repeat(20)
const RTL = '\u202Eמסובב لليسار\u202C <img src=x onerror=alert(1)>'
let deep: unknown = 'the bottom'
for (let level = 0; level < 50; level++) deep = level % 2 === 0 ? [deep] : { deeper: deep }

/** Records that no agent of ours would leave. */
export const HOSTILE: readonly Given[] = [
  { brain: 'w'.repeat(60), model: 'm'.repeat(120), saw: LONG, decision: 'no object', verdicts: 7 },
  {
    brain: 'b',
    saw: deep as never,
    decision: [deep as never],
    verdicts: { refused: 'all', passed: [null, {}] },
  },
  { brain: 'b', saw: { items: [null, 3, 'x'], trends: 'many' }, decision: { action: 'rm -rf', target: {} } },
  {
    brain: RTL.replaceAll(/[\u202E\u202C]/g, '').slice(0, 60),
    saw: {
      items: [
        { author: LONG, post_id: '../../etc' },
        { post_id: '-1', author: RTL },
      ],
      trends: [LONG, '/', '#'],
    },
    decision: { action: 'reply', target: 900, text: LONG.slice(0, 280), toString: 'mine' },
    verdicts: [
      { rule: LONG, outcome: 'refused', reason: RTL },
      { rule: 'x', outcome: 'passed' },
    ],
    error: 'e'.repeat(1_000),
    cost_usd: 9_999.999_999_9,
    tokens_in: 100_000_000,
    duration_ms: 86_400_000,
  },
  {
    brain: 'b',
    saw: { items: Array.from({ length: 400 }, (_, index) => ({ author: `bot_${index}` })) },
    decision: { action: 'like', target: 3 },
    verdicts: { passed: Array.from({ length: 300 }, (_, index) => `rule ${index}`) },
  },
  {
    brain: 'b',
    prompt: [
      { role: 'user', parts: [RTL, LONG, { post_id: '9223372036854775807' }, ''] },
      ...Array.from({ length: 300 }, () => ({ role: 'system' as const, parts: [] })),
    ],
    answer: `${RTL}\u0007${LONG}`,
    tokens_cached: 100_000_000,
  },
]
