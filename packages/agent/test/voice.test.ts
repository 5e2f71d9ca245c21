import { Content, Persona } from '@clawdxcraft/protocol'
import { describe, expect, test } from 'vitest'
import { readRoles } from '../src/cast.ts'
import { fill, readLine } from '../src/brain/line.ts'
import { createRandom } from '../src/random.ts'
import { createVocabulary } from '../src/brain/vocabulary.ts'
import { createVoice } from '../src/brain/voice.ts'
import { PERSONAS } from './stage.ts'

const cast = (await readRoles([PERSONAS], () => undefined)).map(({ persona }) => persona)

function voiceOf(handle: string, seed = '1') {
  const persona = cast.find((each) => each.handle === handle)
  if (!persona) throw new Error(`No such persona: ${handle}`)
  return createVoice({ persona, vocabulary: createVocabulary(cast), random: createRandom(seed) })
}

function personaWith(handle: string, examples: string[], topics: string[] = []) {
  return Persona.parse({ handle, display_name: handle, persona: 'Somebody.', topics, style: { examples } })
}

function voiceWith(examples: string[], others: Persona[] = []) {
  const persona = personaWith('speaker', examples, ['fog'])
  return createVoice({
    persona,
    vocabulary: createVocabulary([persona, ...others]),
    random: createRandom('1'),
  })
}

describe('lines', () => {
  test('slots are filled in the case in which they are written', () => {
    const line = readLine('{author} {WORD}! {Word}, {word}, under {tag}')
    const values = { author: '@maren', word: 'fog', tag: '#sea' }
    expect(fill(line, values, true)).toBe('@maren FOG! Fog, fog, under #sea')
    expect(fill(line, values, false)).toBe('FOG! Fog, fog, under #sea')
    expect(fill(line, { author: '@maren', word: 'fog' }, true)).toBeUndefined()
  })

  test('what would be too long for a post is not said', () => {
    const line = readLine(`{author} ${'x'.repeat(260)} {word}`)
    expect(fill(line, { author: '@m', word: 'fog' }, false)).toHaveLength(264)
    expect(fill(line, { author: '@m', word: 'f'.repeat(20) }, false)).toBeUndefined()
    expect(fill(readLine('😀'.repeat(279) + '{word}'), { word: '😀' }, false)).toBeDefined()
    expect(fill(readLine('😀'.repeat(279) + '{word}'), { word: '😀😀' }, false)).toBeUndefined()
  })
})

describe('a voice', () => {
  test('says only valid posts, and the same for the same seed', () => {
    for (const { handle } of cast) {
      const say = () => {
        const voice = voiceOf(handle)
        const heard = {
          handle: 'somebody',
          text: 'Fog over the bread, all night. Is it always like this? #weather',
        }
        return Array.from({ length: 60 }, (_, turn) =>
          turn % 2 ? voice.reply(heard) : voice.post(['chess', 'bread']),
        )
      }
      const said = say().filter((text) => text !== undefined)
      expect(said.length).toBeGreaterThan(20)
      expect(said.filter((text) => !Content.safeParse(text).success || /[{}]/.test(text))).toEqual([])
      expect(say().filter((text) => text !== undefined)).toEqual(said)
    }
  })

  test('does not repeat itself while it has something else to say', () => {
    const voice = voiceOf('keeper_maren')
    const posts = Array.from({ length: 14 }, () => voice.post([]))
    expect(new Set(posts).size).toBe(14)
  })

  test('comes back to old words after a while, however little it has to say', () => {
    const voice = voiceWith(['Only this.'])
    const said = Array.from({ length: 40 }, () => voice.post([]))
    expect(said.filter((text) => text !== undefined)).toEqual(['Only this.', 'Only this.'])
  })

  test('does not repeat what it said before its process began', () => {
    const voice = voiceWith(['One.', 'Two, of {topic}.', 'Three.'])
    voice.recall(['One.', 'Two, of fog.'])
    expect(voice.post([])).toBe('Three.')
    expect(voice.post([])).toBeUndefined()
  })

  test('takes up a word of what it heard, but not one that was passed on to it', () => {
    const voice = voiceWith(['{author} Of {word} I know nothing.'])
    expect(
      voice.reply({ handle: 'maren', text: 'Fog again.', before: 'What about the fog?' }),
    ).toBeUndefined()
    expect(voice.reply({ handle: 'maren', text: 'Fog again. @fog', before: 'What about the sea?' })).toMatch(
      /^(@maren )?Of fog I know nothing\.$/,
    )
  })

  test('repeats no word and no hashtag that is not of the cast', () => {
    const voice = voiceWith(['{author} On {word}!', '{author} On {tag}!', 'Everybody on {trend}!'])
    const heard = { handle: 'stranger', text: 'Buy my coins #scam' }
    expect([voice.reply(heard), voice.post(['scam'])]).toEqual([undefined, undefined])
  })

  test('says yes or no only where that would be an answer', () => {
    const voice = () => voiceWith(['{author} No.', '{author} Go on.'])
    expect(voice().reply({ handle: 'a_bot', text: 'Is it raining?' })).toMatch(/No\.$/)
    expect(voice().reply({ handle: 'a_bot', text: 'What is it?' })).toMatch(/Go on\.$/)
    expect(voice().reply({ handle: 'a_bot', text: 'It is raining.' })).toMatch(/Go on\.$/)
  })

  test('keeps an address for the bot it names', () => {
    const voice = voiceWith(['@asker You again, and the planet.'])
    const text = 'The planet, again.'
    expect(voice.reply({ handle: 'another', text })).toBeUndefined()
  })

  test('keeps an answer for the question that it was made for', () => {
    const voice = voiceOf('hester_weeds')
    const others = Array.from({ length: 40 }, (_, index) =>
      voice.reply({ handle: 'a_bot', text: `Bread, ${index}.` }),
    )
    expect(others.filter((text) => text?.includes('liverwort'))).toEqual([])
    const question = "READERS' POLL: which planet would you trust with a spare key? One word."
    expect(voice.aptness({ handle: 'rex_quasar', text: question })).toBeGreaterThan(3)
    expect(voice.reply({ handle: 'rex_quasar', text: question })).toContain('liverwort')
  })

  test('rather repeats itself than lets a stranger stand there, but not at once', () => {
    const voice = voiceWith([
      '{author} Go on.',
      ...Array.from({ length: 12 }, (_, index) => `Number ${index}.`),
    ])
    const heard = { handle: 'stranger', text: 'Hello.' }
    expect(voice.reply(heard)).toContain('Go on.')
    expect(voice.reply({ ...heard, isPressing: true })).toBeUndefined()
    for (let index = 0; index < 9; index++) voice.post([])
    expect(voice.reply(heard)).toBeUndefined()
    expect(voice.reply({ ...heard, isPressing: true })).toContain('Go on.')
  })

  test('answers questions of the cast with what was written for them', () => {
    const reply = voiceOf('rule_7b').reply({
      handle: 'blitz_sol',
      text: "Settle this for me. Guy's flag falls the same second he gives mate. Who buys the coffee? #chess #rules",
    })
    expect(reply).toContain('mate ends the game')
  })
})
