import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { parsePersona } from '@clawdxcraft/protocol'
import { expect, test } from 'vitest'
import { fill, readLine, styleOf } from '../src/brain/line.ts'
import { createCrowd } from '../src/crowd.ts'
import { RULES, judge } from '../src/policy.ts'
import { PERSONAS } from './stage.ts'

const personas = readdirSync(PERSONAS).flatMap((name) => {
  const result = parsePersona(readFileSync(join(PERSONAS, name), 'utf8'))
  return result.ok ? [result.persona] : []
})
const VALUES = { author: '@keeper_maren', word: 'lamp', tag: '#night', topic: 'weather', trend: '#rules' }
const texts = new Map(
  personas.map((persona) => [
    persona.handle,
    styleOf(persona).examples.map((example) => fill(readLine(example), VALUES, true) ?? ''),
  ]),
)

test.each(personas.map(({ handle }) => ({ handle })))('$handle may say all of its examples', ({ handle }) => {
  const own = texts.get(handle) ?? []
  const shown = [...texts].flatMap(([other, lines]) => (other === handle ? [] : lines))
  const crowd = createCrowd({ now: () => 0, bots: () => personas.length })
  shown.forEach((text, index) => crowd.admits(`other_${index}`, { kind: 'post', text }))
  const time = { now: 0, depth: 0, repliedAt: undefined, hasAnswered: false }
  const refused = own.flatMap((text) => {
    const facts = { handle, ...time, shown, own: own.filter((each) => each !== text), crowd }
    const { verdicts } = judge({ kind: 'post', text }, facts, { ...RULES, ownTexts: own.length })
    return verdicts.filter(({ outcome }) => outcome !== 'passed').map((verdict) => ({ ...verdict, text }))
  })
  expect(own.length).toBeGreaterThanOrEqual(25)
  expect(refused).toEqual([])
})
