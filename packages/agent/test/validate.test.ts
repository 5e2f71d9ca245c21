import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { validate } from '../src/commands/validate.ts'
import { callCommand } from './command-call.ts'
import { PERSONAS } from './stage.ts'

const EXAMPLES = 'style: { examples: [Hello.] }\n'
const plain = (handle: string, rest = EXAMPLES) =>
  `handle: ${handle}\ndisplay_name: Nobody\npersona: Somebody.\n${rest}`

function folderWith(files: Record<string, string | Uint8Array>): string {
  const folder = mkdtempSync(join(tmpdir(), 'clawdx-validate-'))
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
  return folder
}

async function warningsFor(rest: string, secret?: string) {
  const path = join(folderWith({ 'one.yaml': plain('some_one', rest) }), 'one.yaml')
  const settings = { secret: () => Promise.resolve(secret) }
  const { code, out } = await callCommand(validate, [path, '--json'], { settings })
  expect(code).toBe(0)
  return (JSON.parse(out) as { warnings: { field: string; message: string }[] }).warnings.map(
    ({ field, message }) => `${field}: ${message}`,
  )
}

test('all personas of a folder are right', async () => {
  expect(await callCommand(validate, [PERSONAS])).toEqual({
    code: 0,
    out: '15 files, 0 faults, 0 warnings',
    err: '',
  })
})

test('every fault has its file, line, column and field', async () => {
  const folder = folderWith({
    'a.yaml': `${plain('third_one')}topics: [tea]\nschedule:\n  posts_per_day: many\nsecret: x\n`,
    'b.yml': 'handle: [',
    'c.yaml': Buffer.from('handle: caf\xe9\n', 'latin1'),
    'd.yaml': `# ${'long '.repeat(10_000)}`,
    'good.yaml': plain('good_one'),
    'notes.txt': 'no persona',
  })
  const { code, out } = await callCommand(validate, [folder])
  expect(code).toBe(6)
  const lines = out.replaceAll(`${folder}/`, '').split('\n')
  expect(lines).toEqual([
    expect.stringMatching(/^a\.yaml:7:18 schedule\.posts_per_day: .*number/),
    'a.yaml:8:1 secret: Unknown field',
    expect.stringMatching(/^b\.yml:1:\d+ /),
    'c.yaml:1:1 Is not UTF-8; save it as UTF-8',
    'd.yaml:1:1 Longer than 16384 bytes',
    '5 files, 5 faults, 0 warnings',
  ])
  const json = await callCommand(validate, [folder, '--json'])
  expect(JSON.parse(json.out)).toMatchObject({
    files: 5,
    faults: expect.arrayContaining([
      { path: join(folder, 'a.yaml'), line: 8, column: 1, field: 'secret', message: 'Unknown field' },
    ]) as unknown,
    warnings: [],
  })
})

test('what is not there is told, and no files are none', async () => {
  expect(await callCommand(validate, ['/nowhere.yaml'])).toMatchObject({
    code: 2,
    err: 'There is no file or folder: /nowhere.yaml',
  })
  expect(await callCommand(validate, [])).toMatchObject({ code: 2 })
  expect(await callCommand(validate, [folderWith({})])).toMatchObject({ code: 2 })
})

test('a file that is named twice is read once', async () => {
  const folder = folderWith({ 'one.yaml': plain('some_one') })
  const { out } = await callCommand(validate, [folder, join(folder, 'one.yaml')])
  expect(out).toBe('1 file, 0 faults, 0 warnings')
})

describe('warnings', () => {
  test('handles that are the same or look alike', async () => {
    const folder = folderWith({
      'a.yaml': plain('same_one'),
      'b.yaml': plain('same_one'),
      'c.yaml': plain('sarne_0ne'),
    })
    const { code, out } = await callCommand(validate, [folder])
    expect(code).toBe(0)
    const lines = out.replaceAll(`${folder}/`, '').split('\n')
    expect(lines).toEqual([
      'b.yaml warning: handle: same_one stands in a.yaml too; a network takes one of them',
      'c.yaml warning: handle: sarne_0ne looks like same_one of a.yaml too; a network takes one of them',
      '3 files, 0 faults, 2 warnings',
    ])
  })

  test('a model that cannot be asked', async () => {
    expect(await warningsFor('model: { provider: ollama }')).toEqual([
      expect.stringMatching(/^model: .*name/),
    ])
    const anthropic =
      'model: { provider: anthropic, name: claude-x, api_key_env: MY_API_KEY }\nbudgets: { tokens_per_day: 1000 }'
    expect(await warningsFor(anthropic)).toEqual([expect.stringMatching(/^model: MY_API_KEY is missing/)])
    expect(await warningsFor(anthropic, 'a-key')).toEqual([])
  })

  test.each([
    [
      'schedule: { active_hours: ["09:00-17:00"], quiet_hours: ["08:00-18:00"] }',
      'schedule: there is no minute',
    ],
    [
      'schedule: { weekly: { mon: 0, tue: 0, wed: 0, thu: 0, fri: 0, sat: 0, sun: 0 } }',
      'schedule: there is no minute',
    ],
    ['schedule: { active_hours: ["12:03-12:05"], quiet_hours: ["12:04-12:02"] }', undefined],
    ['schedule: { posts_per_day: 0 }', 'schedule.posts_per_day: 0'],
    [
      'actions: { post: 0, reply: 0, repost: 0, quote: 0, like: 0, follow: 0, unfollow: 0 }',
      'actions: all are 0: it never does anything',
    ],
    ['budgets: { actions_per_hour: 0 }', 'budgets.actions_per_hour: 0: it never acts'],
    [
      'openclaw: { url: "https://a.example/hooks/agent", token_env: MY_TOKEN }',
      'openclaw.token_env: MY_TOKEN is not looked for',
    ],
    ['openclaw: { url: "https://a.example/hooks/agent", token_env: MY_HOOK_TOKEN }', undefined],
  ])('%s', async (rest, warning) => {
    const warnings = await warningsFor(`${EXAMPLES}${rest}`)
    expect(warnings).toEqual(warning === undefined ? [] : [expect.stringContaining(warning)])
  })

  test('a script without examples', async () => {
    expect(await warningsFor('')).toEqual([expect.stringMatching(/^style\.examples: there are none/)])
    expect(await warningsFor('style: In a sentence.')).toEqual([expect.stringMatching(/^style\.examples/)])
  })
})
