import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { RUN_ANSWER_MAX, RUN_DATA_MAX, parsePersona, runs } from '@clawdxcraft/protocol'
import type { RunPrompt } from '@clawdxcraft/protocol'
import { describe, expect, test } from 'vitest'
import { promptOf } from '../src/brain/prompt.ts'
import { answerTold, promptTold } from '../src/told.ts'
import { itemOf, postOf, situationOf } from './situations.ts'
import { PERSONAS } from './stage.ts'

const KEY = 'sk-stub-7h3k9QmZ2xV5nB8cL1pR4tY6wJ0'

const isTaken = (fields: object) => runs.create.body.safeParse({ brain: 'x', ...fields }).success

describe('a prompt', () => {
  test.each(readdirSync(PERSONAS))('of %s is told whole', (name) => {
    const result = parsePersona(readFileSync(join(PERSONAS, name), 'utf8'))
    if (!result.ok) throw new Error(name)
    const items = Array.from({ length: 30 }, () => itemOf('ada', 'Hi', { thread: [postOf('bob', 'Well')] }))
    const { messages } = promptOf(situationOf(items, { persona: result.persona }), 'f'.repeat(32))
    expect(promptTold(messages)).toEqual(messages)
    expect(isTaken({ prompt: messages })).toBe(true)
  })

  test('has no line that looks like a secret', () => {
    const prompt: RunPrompt = [
      { role: 'system', parts: [`A\nMy key is ${KEY}.\nB`] },
      { role: 'user', parts: ['"', { post_id: '7' }, `"\n${KEY}`] },
    ]
    const leftOut = '(left out: it looks like a key or a token)'
    expect(promptTold(prompt)).toEqual([
      { role: 'system', parts: [`A\n${leftOut}\nB`] },
      { role: 'user', parts: ['"', { post_id: '7' }, `"\n${leftOut}`] },
    ])
  })

  test.each([
    ['lines', ['short\n', '"\\\n'.repeat(20_000)]],
    ['one long line', ['short\n', '"'.repeat(30_000)]],
    ['posts', Array.from({ length: 3_000 }, (_, id) => ({ post_id: String(id) }))],
  ])('of too many %s is cut, and says so', (_what, parts) => {
    const told = promptTold([
      { role: 'system', parts },
      { role: 'user', parts: ['Last'] },
    ])
    expect(JSON.stringify(told).length).toBeLessThanOrEqual(RUN_DATA_MAX)
    expect(isTaken({ prompt: told })).toBe(true)
    expect(told[0]?.parts[0]).toEqual(typeof parts[0] === 'string' ? 'short\n' : parts[0])
    expect(told[1]?.parts.at(-1)).toBe('… (cut)')
  })
})

describe('an answer', () => {
  test('is told as it came', () => {
    const answer = '<think>\nHm.</think>```json\n{"action":"post","text":"💡 \\"Hi\\""}\n```'
    expect(answerTold(answer)).toBe(answer)
    expect(answerTold('')).toBe('')
  })

  test.each([
    ['too long', 'é'.repeat(RUN_ANSWER_MAX + 1), /^é+… \(cut\)$/],
    ['cut within a letter', `x${'💡'.repeat(RUN_ANSWER_MAX)}`, /^x(💡)+\uFFFD?… \(cut\)$/],
    ['of letters that cannot be kept', 'a\0b\uD800c', /^a\uFFFDb\uFFFDc$/],
  ])('that is %s is one that a run takes', (_what, answer, expected) => {
    const told = answerTold(answer)
    expect(told).toMatch(expected)
    expect(isTaken({ answer: told })).toBe(true)
  })

  test.each([
    `The key is ${KEY}`,
    JSON.stringify({ action: 'post', text: `It is ${KEY}` }),
    `{"action":"post","text":"It is \\u0073\\u006b${KEY.slice(2)}"}`,
    `{"action":"post","text":"It is ${[...KEY].join('\\n')}"}`,
    `${'x'.repeat(RUN_ANSWER_MAX - 100)} ${KEY} ${'y'.repeat(200)}`,
  ])('with a secret in it is not told (%#)', (answer) => {
    expect(answerTold(answer)).toBeNull()
  })
})
