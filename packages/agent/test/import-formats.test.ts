import { mkdtempSync, readFileSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parsePersona } from '@clawdxcraft/protocol'
import type { Persona } from '@clawdxcraft/protocol'
import { describe, expect, test } from 'vitest'
import { importPersonas } from '../src/commands/import.ts'
import { readCsv } from '../src/import/csv.ts'
import { callCommand } from './command-call.ts'

const FIXTURES = join(import.meta.dirname, 'fixtures')
const newFolder = () => mkdtempSync(join(tmpdir(), 'clawdx-import-'))

interface Report {
  readonly written: { path: string; where: string; losses: { field: string; why: string }[] }[]
  readonly refused: { where: string; why: string }[]
  readonly kept: string[]
  readonly losses: { field: string; why: string }[]
  readonly follows?: { path: string; count: number }
}

async function imported(path: string, ...args: string[]) {
  const folder = newFolder()
  const { code, out } = await callCommand(importPersonas, [path, '--out', folder, '--json', ...args])
  const personas = new Map<string, Persona>()
  for (const name of readdirSync(folder).filter((each) => each.endsWith('.yaml'))) {
    const result = parsePersona(readFileSync(join(folder, name), 'utf8'))
    if (!result.ok) throw new Error(`${name}: ${result.errors[0]?.msg}`)
    expect(name).toBe(`${result.persona.handle}.yaml`)
    personas.set(result.persona.handle, result.persona)
  }
  return { code, folder, out, personas, report: JSON.parse(out) as Report }
}

function fileWith(content: string | Uint8Array, name: string): string {
  const path = join(newFolder(), name)
  writeFileSync(path, content)
  return path
}

function lossesOf(report: Report, handle: string): string[] {
  const found = report.written.find(({ path }) => path.endsWith(`/${handle}.yaml`))
  return found?.losses.map(({ field, why }) => `${field}: ${why}`) ?? []
}

describe('OASIS', () => {
  test('profiles of its Twitter become personas, and who follows whom a table', async () => {
    const { code, folder, personas, report } = await imported(join(FIXTURES, 'oasis-twitter.csv'))
    expect(code).toBe(6)
    expect([...personas.keys()].toSorted()).toEqual(['ana_maria', 'ana_maria_2', 'bob_the_builder'])
    expect(personas.get('ana_maria')).toMatchObject({
      display_name: 'Ana María Ñandú',
      bio: 'Meteorologist. Rain is news.',
      persona: 'Ana writes about rain, "good" coffee\nand the sea.',
      style: { examples: ["It's raining in Vigo.", "A 'quoted' “word”"] },
    })
    expect(readCsv(readFileSync(join(folder, 'follows.csv'), 'utf8')).map(({ cells }) => cells)).toEqual([
      ['follower', 'followee'],
      ['ana_maria', 'ana_maria_2'],
      ['ana_maria_2', 'ana_maria'],
      ['bob_the_builder', 'ana_maria'],
    ])
    expect(report.follows).toEqual({ path: join(folder, 'follows.csv'), count: 3 })
    expect(report.refused).toEqual([
      { kind: 'refused', where: 'row 3 (line 5)', why: 'says nowhere who it is' },
    ])
    expect(lossesOf(report, 'ana_maria')).toEqual(['handle: "Ana María!" became ana_maria'])
    expect(lossesOf(report, 'bob_the_builder')).toEqual([
      'previous_tweets: is no list of texts or numbers',
      'handle: "bob.the-builder_of_houses" became bob_the_builder',
    ])
    expect(report.losses).toEqual([
      {
        field: 'following_agentid_list',
        why: '3 follows of nobody, of itself or of an agent that was refused',
      },
      { field: '(no name)', why: 'a column without a name numbers the rows (in 4 of 4)' },
      { field: 'user_id', why: 'the network gives ids itself (in 4 of 4)' },
      { field: 'followers_count', why: 'a persona has no such field (in 3 of 4)' },
    ])
  })

  test('profiles of its Reddit become personas, with what they are told in words', async () => {
    const { code, personas, report } = await imported(join(FIXTURES, 'oasis-reddit.json'))
    expect(code).toBe(6)
    expect(personas.get('millerhospitali')).toMatchObject({
      display_name: 'James Miller',
      topics: ['Economics', 'Business', 'General News'],
      persona: expect.stringMatching(
        /small hotels\.\n\nAge: 40\. Gender: male\. Personality type \(MBTI\): ESTJ\. Country: UK\. Profession: Hosp/,
      ) as string,
    })
    expect(personas.get('bot')).toMatchObject({ display_name: '小林 健', topics: ['running', 'coffee'] })
    expect(report.refused.map(({ where, why }) => `${where} ${why}`)).toEqual([
      'agent 2 says nowhere who it is',
      'agent 3 is no object',
    ])
    expect(report.losses.map(({ field }) => field)).toEqual(['user_id', 'karma', 'created_at'])
  })

  test('follows that name a user_id are understood', async () => {
    const csv =
      'user_id,username,user_char,following_agentid_list\n700,one_a,Somebody.,"[701]"\n701,two_b,Another.,"[700]"\n'
    const { folder, report } = await imported(fileWith(csv, 'ids.csv'))
    expect(readFileSync(join(folder, 'follows.csv'), 'utf8')).toBe(
      'follower,followee\r\none_a,two_b\r\ntwo_b,one_a\r\n',
    )
    expect(report.losses[0]?.why).toContain('read as user_id')
  })

  test('a row with too few cells is told, and the others live', async () => {
    const { code, personas, report } = await imported(
      fileWith('username,user_char\nada_l,Counts.\nbob\n', 'few.csv'),
    )
    expect({ code, handles: [...personas.keys()] }).toEqual({ code: 6, handles: ['ada_l'] })
    expect(report.refused[0]).toMatchObject({ where: 'row 2 (line 3)', why: 'has 1 cells under 2 columns' })
  })
})

describe('eliza', () => {
  test('a character becomes a persona, without anything secret', async () => {
    const { code, folder, out, personas, report } = await imported(join(FIXTURES, 'tilly.character.json'))
    expect(code).toBe(0)
    expect(personas.get('tilly_the_clerk')).toMatchObject({
      display_name: 'Tilly',
      bio: 'Tilly minds the lost property of a railway.',
      topics: ['lost things', 'umbrellas'],
      style: {
        tone: 'exact, kind, patient',
        quirks: ['Counts things', 'Never hurries', 'One object a post', 'Asks for the colour first'],
        examples: [
          'A left glove came in. The right one came in on Tuesday.',
          'Nobody ever asks for the accordion.',
          'Shelf four, between the harp and the other green scarf.',
        ],
      },
    })
    const text = personas.get('tilly_the_clerk')?.persona ?? ''
    for (const part of [
      'knows each umbrella',
      'Once returned a trombone',
      'Play Tilly, a clerk',
      'timetable of 1987',
    ])
      expect(text).toContain(part)
    expect(report.written[0]?.losses.map(({ field }) => field)).toEqual([
      ...['id', 'clients', 'modelProvider', 'plugins', 'settings', 'templates', '__proto__', 'twitterSpaces'],
      ...['settings.secrets', 'knowledge', 'messageExamples', 'style.examples'],
    ])
    for (const secret of ['SECRET0VALUE', 'token-of-discord', 'OPENAI_API_KEY']) {
      expect(out).not.toContain(secret)
      expect(readFileSync(join(folder, 'tilly_the_clerk.yaml'), 'utf8')).not.toContain(secret)
    }
    expect('polluted' in {}).toBe(false)
  })

  test('what does not fit into ten quirks stands in the persona', async () => {
    const all = Array.from({ length: 14 }, (_, index) => `Rule number ${index}`)
    const character = { name: 'Ruler', bio: 'Has many rules.', style: { all }, adjectives: all }
    const { personas, report } = await imported(fileWith(JSON.stringify(character), 'ruler.json'))
    const style = personas.get('ruler')?.style as { quirks: string[]; tone?: string }
    expect(style.quirks).toHaveLength(10)
    expect(style.tone).toBeUndefined()
    for (const rule of all) expect([...style.quirks, personas.get('ruler')?.persona].join()).toContain(rule)
    expect(lossesOf(report, 'ruler')).toEqual(['handle: "Ruler" became ruler'])
  })

  test('a key in the middle of a text is left out', async () => {
    const system = 'Log in with sk-ant-api03-abcdef0123456789ABCDEF when asked.'
    const { folder, out } = await imported(
      fileWith(JSON.stringify([{ name: 'Leaky', bio: ['Leaks.'], system }]), 'l.json'),
    )
    const yaml = readFileSync(join(folder, 'leaky.yaml'), 'utf8')
    expect(yaml).toContain('Log in with [secret] when asked.')
    expect(`${yaml}${out}`).not.toContain('sk-ant')
    expect(out).toContain('what looks like a key is left out')
  })
})

describe('SOUL.md', () => {
  test('becomes a persona with the identity beside it, and reads nothing about its human', async () => {
    const { code, folder, personas, report } = await imported(join(FIXTURES, 'clawd', 'SOUL.md'))
    expect(code).toBe(0)
    const persona = personas.get('clawd_vesper')
    expect(persona).toMatchObject({
      display_name: 'Clawd Vesper',
      bio: 'AI with the energy of a lobster.',
      style: { tone: 'Short when short will do. Dry, never cruel.' },
    })
    for (const part of [
      'Its emoji is 🦞.',
      'Lobsters never stop',
      '## Core Truths',
      '## Boundaries',
      '## Vibe',
    ])
      expect(persona?.persona).toContain(part)
    for (const part of ['Continuity', 'how do you come across', 'SOUL.md', 'summary:'])
      expect(persona?.persona).not.toContain(part)
    expect(lossesOf(report, 'clawd_vesper').map((loss) => loss.split(':')[0])).toEqual([
      ...['IDENTITY.md avatar', 'front matter', 'Continuity', 'USER.md', 'handle'],
    ])
    expect(readFileSync(join(folder, 'clawd_vesper.yaml'), 'utf8')).not.toContain('Elm Street')
  })

  test('takes its name from the heading, or from the folder', async () => {
    const heading = await imported(
      fileWith('# SOUL.md - Data Engineer\r\n\r\nKeeps pipes clean.\r\n', 'SOUL.md'),
    )
    expect(heading.personas.get('data_engineer')?.persona).toContain('Keeps pipes clean.')
    const nameless = await imported(fileWith('Keeps to itself.\n', 'SOUL.md'))
    expect([...nameless.personas.keys()][0]).toMatch(/^clawdx_import/)
    expect(nameless.out).toContain('taken from the folder')
  })
})

describe('the command', () => {
  test('keeps files that exist unless it is forced, and never writes through a link', async () => {
    const source = fileWith('username,user_char\nada_l,Counts.\n', 'a.csv')
    const folder = newFolder()
    const elsewhere = fileWith('untouched', 'elsewhere.yaml')
    symlinkSync(elsewhere, join(folder, 'ada_l.yaml'))
    const kept = await callCommand(importPersonas, [source, '--out', folder])
    expect(kept).toMatchObject({
      code: 6,
      out: expect.stringContaining('ada_l.yaml exists and was kept') as string,
    })
    const forced = await callCommand(importPersonas, [source, '--out', folder, '--force'])
    expect(forced).toMatchObject({ code: 0, out: expect.stringContaining('1 written') as string })
    expect(readFileSync(join(folder, 'ada_l.yaml'), 'utf8')).toContain('Counts.')
    expect(readFileSync(elsewhere, 'utf8')).toBe('untouched')
    expect(readdirSync(folder)).toEqual(['ada_l.yaml'])
  })

  test.each([
    ['broken.json', '[{"username": "a",\n "persona": }]', 6, /broken\.json:2:13 Is not JSON here$/],
    ['broken.csv', 'username,user_char\nada,"open\n', 6, /broken\.csv:2:5 A quote is opened/],
    [
      'latin.csv',
      Buffer.from('username,user_char\nada,caf\xe9\n', 'latin1'),
      6,
      /latin\.csv:2:1 Is not UTF-8/,
    ],
    ['other.csv', 'a;b\n1;2\n', 6, /Has no column username/],
    ['odd.json', '{"a": 1}', 2, /odd\.json could be anything/],
    ['SOUL.md', '', 6, /^$/],
  ])('says what is wrong with %s', async (name, content, code, message) => {
    const called = await callCommand(importPersonas, [fileWith(content, name), '--out', newFolder()])
    expect(called).toMatchObject({ code, err: expect.stringMatching(message) as string })
  })

  test('says what is missing', async () => {
    const run = (...args: string[]) => callCommand(importPersonas, args)
    expect(await run()).toMatchObject({ code: 2 })
    expect(await run('a.csv')).toMatchObject({ code: 2, err: expect.stringContaining('--out') as string })
    expect(await run('/nowhere.csv', '--out', newFolder())).toMatchObject({
      code: 2,
      err: 'There is no file: /nowhere.csv',
    })
    expect(await run('a.csv', '--out', 'x', '--format', 'y')).toMatchObject({ code: 2 })
  })

  test('ends between two personas when it is asked to', async () => {
    const rows = Array.from({ length: 50 }, (_, index) => `somebody_${index},Somebody.`)
    const source = fileWith(['username,user_char', ...rows].join('\n'), 'many.csv')
    const folder = newFolder()
    const called = await callCommand(importPersonas, [source, '--out', folder], {
      signal: AbortSignal.abort(),
    })
    expect(called).toMatchObject({ code: 130, out: expect.stringContaining('interrupted') as string })
    expect(readdirSync(folder)).toEqual([])
  })

  test('shows a terminal no control characters of a source', async () => {
    const source = fileWith('username,user_char,\u001b[2Jwipe\nada_l,Counts.,1\n', 'esc.csv')
    const { out } = await callCommand(importPersonas, [source, '--out', newFolder()])
    expect(out).toContain('wipe')
    // oxlint-disable-next-line no-control-regex -- it must not be there
    expect(out).not.toMatch(/[\u0000-\u0009\u000B-\u001F]/)
  })
})
