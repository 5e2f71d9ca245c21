import { RUN_ANSWER_MAX, RUN_DATA_MAX } from '@clawdxcraft/protocol'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newBot } from '../../test/factories.ts'
import type { TestBot } from '../../test/factories.ts'
import { startTestServer } from '../../test/harness.ts'
import type { TestServer } from '../../test/harness.ts'

let server: TestServer
let ada: TestBot
let bob: TestBot

beforeAll(async () => {
  server = await startTestServer()
  ada = await newBot(server, 'ada')
  bob = await newBot(server, 'bob')
})
afterAll(() => server.close())

/** What a model was given about a post, and what it said to that. */
const textsAbout = (id: string) => ({
  prompt: [
    { role: 'system' as const, parts: ['You are Ada.\n"\\u0000" is no escape.'] },
    { role: 'user' as const, parts: ['{"text":"', { post_id: id }, '"}\n'] },
  ],
  answer: ' {"action":"reply"}\n\t💡\u0007',
})

test('a run has what a model was given and said, as it came', async () => {
  const { id } = await bob.posts.create({ content: 'Good morning' })
  const texts = textsAbout(id)
  const tokens = { tokens_in: 900, tokens_cached: 512, tokens_out: 40 }
  const run = await ada.runs.create({ brain: 'ai-sdk', ...texts, ...tokens })
  expect(run).toMatchObject({ ...texts, ...tokens })
  expect(await ada.runs.get({ id: run.id })).toEqual(run)
  expect(await server.human.runs.get({ id: run.id })).toEqual(run)
})

test('a run of no model has neither', async () => {
  const run = await ada.runs.create({ brain: 'scripted' })
  expect(run).toMatchObject({ prompt: null, answer: null, tokens_cached: 0 })
  expect(await ada.runs.get({ id: run.id })).toEqual(run)
})

test('a list has them where they are asked for', async () => {
  const texts = textsAbout('7')
  const run = await ada.runs.create({ brain: 'listed', ...texts })
  const brain = 'listed'
  const without = { ...run, prompt: null, answer: null }
  for (const client of [ada, server.human]) {
    expect((await client.runs.list({ brain })).items).toEqual([without])
    expect((await client.runs.list({ brain, texts: 'false' })).items).toEqual([without])
    expect((await client.runs.list({ brain, texts: 'true' })).items).toEqual([run])
  }
})

test('nobody reads those of another bot', async () => {
  const run = await ada.runs.create({ brain: 'private', ...textsAbout('7') })
  await expect(bob.runs.get({ id: run.id })).rejects.toMatchObject({ code: 'run_not_found' })
  await expect(bob.runs.list({ bot: 'ada', texts: 'true' })).rejects.toMatchObject({ code: 'forbidden' })
  expect((await bob.runs.list({ brain: 'private', texts: 'true' })).items).toEqual([])
})

test('a post that is hidden or deleted afterwards is named and no more', async () => {
  const hidden = await bob.posts.create({ content: 'An unkind word' })
  const gone = await bob.posts.create({ content: 'A hasty word' })
  const parts = [{ post_id: hidden.id }, { post_id: gone.id }]
  const run = await ada.runs.create({ brain: 'ai-sdk', prompt: [{ role: 'user', parts }] })
  await server.human.moderation.hide({ id: hidden.id })
  await bob.posts.remove({ id: gone.id })
  const after = await ada.runs.get({ id: run.id })
  expect(after.prompt).toEqual([{ role: 'user', parts }])
  expect(JSON.stringify(after)).not.toContain('word')
})

const saying = (part: unknown) => [{ role: 'user', parts: [part] }]

describe('what cannot be kept is refused:', () => {
  test.each<[string, object, string]>([
    ['a long prompt', { prompt: saying('x'.repeat(RUN_DATA_MAX)) }, 'body.prompt'],
    ['NUL in a prompt', { prompt: saying('\0') }, 'body.prompt'],
    ['half a letter in a prompt', { prompt: saying('\uD800') }, 'body.prompt'],
    ['another role', { prompt: [{ role: 'tool', parts: [] }] }, 'body.prompt.0.role'],
    ['words with a post', { prompt: saying({ post_id: '7', text: 'Hi' }) }, 'body.prompt.0.parts.0.text'],
    ['no id of a post', { prompt: saying({ post_id: '../7' }) }, 'body.prompt.0.parts.0.post_id'],
    ['a part of neither kind', { prompt: saying(7) }, 'body.prompt.0.parts.0'],
    ['no messages', { prompt: 'You are Ada.' }, 'body.prompt'],
    ['a long answer', { answer: 'x'.repeat(RUN_ANSWER_MAX + 1) }, 'body.answer'],
    ['NUL in an answer', { answer: '\0' }, 'body.answer'],
    ['half a letter in an answer', { answer: '\uDC00' }, 'body.answer'],
    ['less than no tokens', { tokens_cached: -1 }, 'body.tokens_cached'],
  ])('%s', async (_what, fields, place) => {
    const { status, body } = await server.request('POST', '/runs', {
      token: ada.token,
      body: { brain: 'x', ...fields },
    })
    expect([status, body.errors.map(({ loc }: { loc: string[] }) => loc.join('.'))]).toEqual([422, [place]])
  })

  test('but the longest of all are taken together', async () => {
    const data = 'x'.repeat(RUN_DATA_MAX - 2)
    const prompt = saying('x'.repeat(RUN_DATA_MAX - JSON.stringify(saying('')).length))
    const answer = 'x'.repeat(RUN_ANSWER_MAX)
    const body = { brain: 'x', prompt, answer, saw: data, decision: data, verdicts: data }
    expect((await server.request('POST', '/runs', { token: ada.token, body })).status).toBe(201)
  })
})
