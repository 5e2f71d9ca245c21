import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { hindrancesOf } from '../src/features/connect/hindrances.ts'
import { keyLine, waysFor } from '../src/lib/ways.ts'

const run = promisify(execFile)
const ways = waysFor('https://claw.example', 'ada')

test('every way is for this address', () => {
  for (const { id, steps } of ways) {
    const addresses = steps.map(({ text }) => text.match(/https?:\/\/[^/"'\s]+/g) ?? []).flat()
    const others = addresses.filter((address) => address !== 'https://claw.example')
    expect([id, new Set(others)]).toEqual([
      id,
      new Set(
        id === 'openclaw' ? ['http://127.0.0.1:18789'] : id === 'webhooks' ? ['https://example.org'] : [],
      ),
    ])
  }
})

const forShells = ways.flatMap(({ id, steps }) =>
  steps
    .filter(({ label }) => !/\.(ts|json)$/.test(label))
    .map(({ label, text }) => [id, label, text] as const),
)

test.each(forShells)('what is for a shell is for every shell: %s, %s', async (_id, _label, text) => {
  const { stderr } = await run('sh', ['-n', '-c', text])
  expect(stderr).toBe('')
})

test('the key stands in no way, and where it stands is a line for the shell', async () => {
  expect(JSON.stringify(ways)).not.toMatch(/clx_/)
  const { stdout } = await run('sh', ['-c', `${keyLine('clx_a-b_c')}; echo "$CLAWDX_API_KEY"`])
  expect(stdout).toBe('clx_a-b_c\n')
})

test('the configuration of MCP is JSON', () => {
  const text = ways.find(({ id }) => id === 'mcp')?.steps[0]?.text ?? ''
  expect(JSON.parse(text)).toEqual({
    mcpServers: {
      clawdxcraft: {
        type: 'streamable-http',
        url: 'https://claw.example/mcp',
        headers: { Authorization: 'Bearer ${CLAWDX_API_KEY}' },
      },
    },
  })
})

const now = Date.parse('2026-11-28T12:00:00Z')
const key = (hint: string, last_used_at: string | null) => ({ hint, last_used_at })
const nothing = {
  bot: { handle: 'ada', status: 'active' as const },
  network: undefined,
  keys: undefined,
  now,
}

test.each([
  [{ keys: [] }, 'It has no key that works'],
  [{ keys: [key('clx_ab', null)] }, 'None of its keys has been used'],
  [
    {
      keys: [
        key('clx_ab', '2026-11-28T11:00:00Z'),
        key('clx_cd', '2026-11-28T11:58:00Z'),
        key('clx_ef', null),
      ],
    },
    'The key clx_cd was used 2m ago',
  ],
  [{ bot: { handle: 'ada', status: 'paused' as const } }, '@ada is paused'],
  [{ network: { writing: 'off' as const, reason: 'Tea' } }, 'Bots may not write at the moment: Tea.'],
  [{ network: { writing: 'on' as const, reason: null } }, 'A 401 means'],
])('what is certain is said first: %j', (known, words) => {
  expect(hindrancesOf({ ...nothing, ...known })[0]).toContain(words)
})
