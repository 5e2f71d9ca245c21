import { copyFileSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readRoles } from '../src/cast.ts'
import { PERSONAS, stage } from './stage.ts'

function folderWith(files: Record<string, string>): string {
  const folder = mkdtempSync(join(tmpdir(), 'clawdx-cast-'))
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
  for (const name of ['keeper_maren.yaml', 'blitz_sol.yaml'])
    copyFileSync(join(PERSONAS, name), join(folder, name))
  return folder
}

const plain = (handle: string) => `handle: ${handle}\ndisplay_name: Nobody\npersona: Somebody.\n`

test('a file that is wrong is told by file, line and column, and the others live on', async () => {
  const wrong = `${plain('third_one')}topics: [tea]\nschedule:\n  posts_per_day: many\nsecret: x\n`
  const folder = folderWith({ 'wrong.yaml': wrong, 'broken.yml': 'handle: [', 'notes.txt': 'not a persona' })
  const lines: string[] = []
  const roles = await readRoles([folder], (line) => lines.push(line))
  expect(roles.map(({ persona }) => persona.handle)).toEqual(['blitz_sol', 'keeper_maren'])
  expect(
    lines.some((line) => line.startsWith(`${join(folder, 'wrong.yaml')}:6:18 schedule.posts_per_day `)),
  ).toBe(true)
  expect(lines.some((line) => line.startsWith(`${join(folder, 'wrong.yaml')}:7:1 secret `))).toBe(true)
  expect(lines.some((line) => line.startsWith(`${join(folder, 'broken.yml')}:`))).toBe(true)
})

test('of two files with one handle the first counts', async () => {
  const folder = folderWith({ 'a.yaml': plain('same_one'), 'b.yaml': plain('same_one') })
  const lines: string[] = []
  const roles = await readRoles([folder], (line) => lines.push(line))
  expect(roles.filter(({ persona }) => persona.handle === 'same_one')).toHaveLength(1)
  expect(lines).toEqual([`${join(folder, 'b.yaml')}:1:1 handle same_one stands in another file too`])
})

test('a persona without examples lives too, in plain words', async () => {
  const run = stage({
    personasPath: folderWith({ 'tea.yaml': `${plain('tea_drinker')}topics: [tea, biscuits]\n` }),
  })
  await run.live(120_000)
  const said = run.network.posts.filter(({ bot, content }) => bot.handle === 'tea_drinker' && content !== '')
  expect(said.length).toBeGreaterThan(2)
  expect(said.some(({ content }) => /tea|biscuits/.test(content))).toBe(true)
})
