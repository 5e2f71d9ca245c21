import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { createLedger } from '../src/budget.ts'
import { homeOf, openHome } from '../src/home.ts'
import { createMemory } from '../src/memory.ts'
import type { SavedMemory } from '../src/memory.ts'

const URL = 'http://127.0.0.1:3000'

/** A home with one file in it. */
async function homeWith(file: string, text: string) {
  const path = mkdtempSync(join(tmpdir(), 'clawdx-home-'))
  const inside = join(homeOf(path, URL), file)
  await mkdir(dirname(inside), { recursive: true })
  writeFileSync(inside, text)
  const lines: string[] = []
  return { inside, lines, open: () => openHome(path, URL, (line) => lines.push(line)) }
}

describe('a memory', () => {
  const told = ['keeper: its memory cannot be read; it begins anew']

  function lived(): SavedMemory {
    const memory = createMemory()
    memory.spoke({ text: 'Good morning', at: 1 })
    memory.spoke({ text: 'Good evening', at: 2, to: 'ada' })
    memory.repliedIn({ rootId: '7', postId: '8' }, 3)
    memory.heard('bob', 4)
    memory.note('2026-03-02 09:00 post: Good morning')
    return memory.save()
  }

  async function recalled(saved: object) {
    const { lines, open } = await homeWith('memory/keeper.json', JSON.stringify(saved))
    const memory = await (await open()).memories.recall('keeper')
    // Whatever is recalled can be lived with.
    createMemory(undefined, memory).save()
    return { memory, lines }
  }

  test('that was kept is recalled', async () => {
    const saved = JSON.parse(JSON.stringify(lived())) as SavedMemory
    expect(await recalled(saved)).toEqual({ memory: saved, lines: [] })
    const { answered: _none, ...older } = saved
    expect(await recalled(older)).toEqual({ memory: older, lines: [] })
  })

  const relationship = { toThem: 1, toMe: 1, lastAt: 1 }

  test.each([
    ['said', null],
    ['said', { text: 5, at: 1 }],
    ['said', { text: 'x' }],
    ['said', { text: 'x', at: '1' }],
    ['said', { text: 'x', at: 1, to: 5 }],
    ['said', { text: 'x'.repeat(20_000), at: 1 }],
    ['replied', 5],
    ['replied', null],
    ['replied', ['7']],
    ['replied', [7, 1]],
    ['replied', ['7', null]],
    ['answered', 5],
    ['relationships', ['ada', null]],
    ['relationships', ['ada', { ...relationship, toMe: 'x' }]],
    ['relationships', [5, relationship]],
    ['diary', 5],
  ])('with an entry in %s that is none (%j) counts as lost', async (list, entry) => {
    expect(await recalled({ ...lived(), [list]: [entry] })).toEqual({ memory: undefined, lines: told })
  })

  test.each([
    { version: 2 },
    { said: undefined },
    { replied: 5 },
    { answered: 'x' },
    { diary: Array(20_000).fill('x') },
  ])('that is none (%j) counts as lost', async (more) => {
    expect(await recalled({ ...lived(), ...more })).toEqual({ memory: undefined, lines: told })
  })
})

describe('what was spent', () => {
  const ledger = createLedger({ now: () => 1 })
  ledger.spend('keeper', { tokensIn: 1, tokensOut: 2, costUsd: 3 })
  const kept = JSON.parse(JSON.stringify(ledger.snapshot())) as object

  test('is known again', async () => {
    const { open, lines, inside } = await homeWith('spent.json', JSON.stringify(kept))
    expect((await open()).spent).toEqual(kept)
    expect(lines).toEqual([])
    expect(existsSync(`${inside}.broken`)).toBe(false)
  })

  test.each([
    '',
    'null',
    '[]',
    '5',
    '{}',
    '{"version":1,"owner":{},"bots":',
    '{"version":1,"owner":5,"bots":{}}',
  ])('and cannot be understood (%j) is moved aside, and said', async (text) => {
    const { open, lines, inside } = await homeWith('spent.json', text)
    const home = await open()
    expect(home.spent).toBeUndefined()
    expect(lines).toEqual([
      'spent.json cannot be understood and is kept as spent.json.broken; budgets begin anew',
    ])
    await home.spentKeeper(() => kept)()
    expect(readFileSync(`${inside}.broken`, 'utf8')).toBe(text)
    expect((await open()).spent).toEqual(kept)
  })
})
