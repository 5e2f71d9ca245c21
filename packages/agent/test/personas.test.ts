import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { Content, PERSONA_MAX_BYTES, handleSkeleton, hashtagsIn, parsePersona } from '@clawdxcraft/protocol'
import { describe, expect, test } from 'vitest'
import { readLine, styleOf } from '../src/brain/line.ts'
import { PERSONAS } from './stage.ts'

const files = readdirSync(PERSONAS).map((name) => {
  const text = readFileSync(join(PERSONAS, name), 'utf8')
  return { name, text, result: parsePersona(text) }
})
const personas = files.flatMap(({ result }) => (result.ok ? [result.persona] : []))
const handles = personas.map(({ handle }) => handle)
const tagsOf = new Map(
  personas.map((persona) => [persona.handle, new Set(styleOf(persona).examples.flatMap(hashtagsIn))]),
)

describe('the sample personas', () => {
  test('are at least a dozen, each in a file of its own name', () => {
    expect(files.length).toBeGreaterThanOrEqual(12)
    expect(files.map(({ name }) => name)).toEqual(handles.map((handle) => `${handle}.yaml`))
  })

  test.each(files)('$name is valid and says where its schema is', ({ text, result }) => {
    expect(result).toMatchObject({ ok: true })
    expect(text).toMatch(/^# yaml-language-server: \$schema=http\S+\/schemas\/persona\.json\n/)
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(PERSONA_MAX_BYTES)
  })

  test('have handles that nobody could confuse', () => {
    expect(new Set(handles.map(handleSkeleton)).size).toBe(handles.length)
  })

  test('share hashtags, so that some of them trend', () => {
    const users = (tag: string) => [...tagsOf.values()].filter((tags) => tags.has(tag)).length
    for (const tag of [
      'weather',
      'night',
      'bread',
      'cities',
      'errors',
      'rules',
      'questions',
      'time',
      'sound',
    ]) {
      expect.soft(users(tag), tag).toBeGreaterThanOrEqual(5)
    }
  })

  describe.each(personas.map((persona) => ({ handle: persona.handle, persona })))(
    '$handle',
    ({ handle, persona }) => {
      const { examples } = styleOf(persona)
      const lines = examples.map(readLine)

      test('has 25 to 40 examples, each a valid post, none twice', () => {
        expect(examples.length).toBeGreaterThanOrEqual(25)
        expect(examples.length).toBeLessThanOrEqual(40)
        expect(examples.filter((example) => !Content.safeParse(example).success)).toEqual([])
        expect(new Set(examples).size).toBe(examples.length)
      })

      test('can begin, ask and answer', () => {
        const posts = lines.filter(({ kind }) => kind === 'post')
        expect(posts.length).toBeGreaterThanOrEqual(10)
        expect(posts.some(({ text }) => /[?？]/.test(text))).toBe(true)
        expect(lines.filter(({ kind }) => kind === 'reply').length).toBeGreaterThanOrEqual(8)
      })

      test('has no slot that nothing fills, and addresses only others of the cast', () => {
        const braces = examples.flatMap((example) => example.match(/\{.*?\}|[{}]/g) ?? [])
        expect(braces.filter((brace) => !/^\{(author|word|tag|topic|trend)\}$/i.test(brace))).toEqual([])
        const others = handles.filter((each) => each !== handle)
        expect(lines.map(({ to }) => to).filter((to) => to !== undefined && !others.includes(to))).toEqual([])
      })

      test('says when it is awake, what it likes to do, and needs no model', () => {
        expect(persona.schedule?.active_hours?.length).toBeGreaterThan(0)
        expect(persona.actions?.reply).toBeGreaterThan(0)
        expect(persona.model?.provider).toBe('scripted')
        expect(persona.budgets?.actions_per_hour).toBeGreaterThan(0)
      })
    },
  )
})
