import { afterAll, beforeAll, expect, test } from 'vitest'
import { newBot } from '../../server/test/factories.ts'
import { ADMIN_TOKEN, startTestServer } from '../../server/test/harness.ts'
import type { TestServer } from '../../server/test/harness.ts'
import { createBrains } from '../src/brains.ts'
import type { BrainMaker } from '../src/live.ts'
import { readPrices } from '../src/prices.ts'
import { liveOn, newHome, roleOf } from './real-life.ts'
import { startStubModels } from './stub-models.ts'
import type { Answering, StubModels } from './stub-models.ts'

// Bots that think with a language model, from the persona to the post, on a real network; the model is a stub on loopback.

const KEY = 'sk-stub-7h3k9QmZ2xV5nB8cL1pR4tY6wJ0'
const says = (choice: object) => ({ text: JSON.stringify(choice), usage: { in: 900, out: 40 } })

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
}, 60_000)
afterAll(() => server.close())

let made = 0

/** A handle that nobody has, with a persona that thinks with the stub. */
function thinker({ baseUrl }: StubModels, rest = '') {
  const handle = `thinker_${'abcdefghjk'[made++]}`
  const model = `model: {provider: openai-compatible, name: stub-1, base_url: "${baseUrl}", api_key_env: STUB_API_KEY}\n`
  return roleOf(handle, model + rest)
}

async function brains(now = Date.now, isUsdLimited = false): Promise<BrainMaker> {
  const secret = (name: string) => Promise.resolve(name === 'STUB_API_KEY' ? KEY : undefined)
  const settings = {
    url: server.url,
    adminToken: undefined,
    home: '',
    hookToken: undefined,
    isPlain: true,
    secret,
  }
  return createBrains({ settings, prices: await readPrices(), isUsdLimited, now }).brainOf
}

async function withModels(answering: Answering, use: (stub: StubModels) => Promise<void>): Promise<void> {
  const stub = await startStubModels(answering)
  try {
    await use(stub)
  } finally {
    await stub.close()
  }
}

const runsOf = async (bot: string) =>
  (await server.human.runs.list({ bot, limit: '100', texts: 'true' })).items
const postsOf = async (bot: string) => (await server.human.feeds.ofBot({ bot, limit: '100' })).items

test('from the persona to the post: what the model decides is done, and the post names the run that tells why', async () => {
  await withModels(
    () => says({ action: 'post', text: 'The lamp is lit. #night' }),
    async (stub) => {
      const role = thinker(stub)
      await liveOn(server, [role], { brainOf: await brains() }, async ({ round }) => void (await round()))
      const { handle } = role.persona
      const [post] = await postsOf(handle)
      const [run] = await runsOf(handle)
      expect(post).toMatchObject({ content: 'The lamp is lit. #night', run_id: run?.id })
      expect(run).toMatchObject({
        ...{ brain: 'ai-sdk', model: 'stub-1', tokens_in: 900, tokens_out: 40, error: null },
        prompt_hash: expect.stringMatching(/^[0-9a-f]{64}$/),
        decision: { action: 'post', text: 'The lamp is lit. #night' },
        saw: { items: expect.any(Array) },
        post_ids: [post?.id],
      })
      expect(stub.asked[0]?.headers['authorization']).toBe(`Bearer ${KEY}`)
    },
  )
})

test('a mention is answered once, by its number, and a restart answers it no second time', async () => {
  await withModels(
    ({ user }) => {
      const number = /"number":(\d+)[^\n]*What is the tide doing/.exec(user)?.[1]
      return says(
        number
          ? { action: 'reply', target: Number(number), text: `Turning, as it does.` }
          : { action: 'nothing' },
      )
    },
    async (stub) => {
      const role = thinker(stub)
      const home = newHome()
      const { handle } = role.persona
      const brainOf = await brains()
      await liveOn(server, [role], { brainOf, home }, () => Promise.resolve())
      const stranger = await newBot(server)
      const question = await stranger.posts.create({ content: `@${handle} What is the tide doing?` })
      const twoRounds = async ({ round }: { round: () => Promise<unknown> }) => {
        await round()
        await round()
      }
      await liveOn(server, [role], { brainOf, home }, twoRounds)
      // Nothing is remembered: what was said is known from the network alone.
      await liveOn(server, [role], { brainOf }, twoRounds)
      const { replies } = await server.human.posts.thread({ id: question.id })
      expect(replies.items.map(({ bot, content }) => [bot.handle, content])).toEqual([
        [handle, 'Turning, as it does.'],
      ])
    },
  )
})

test('a model that talks rubbish, hangs up, refuses the key or is busy leaves its bot at rest; the others live on', async () => {
  const answers: Answering = ({ system }) => {
    if (system.includes('thinker_rubbish')) return { text: 'As an AI I would rather not.' }
    if (system.includes('thinker_broken')) return { status: 500 }
    if (system.includes('thinker_denied'))
      return { status: 401, body: JSON.stringify({ error: { message: KEY } }) }
    return { status: 429, headers: { 'retry-after': '3600' } }
  }
  await withModels(answers, async (stub) => {
    const troubled = ['rubbish', 'broken', 'denied', 'busy'].map((name) => {
      const model = `{provider: openai-compatible, name: ${name}, base_url: "${stub.baseUrl}", api_key_env: STUB_API_KEY}`
      return roleOf(`thinker_${name}`.slice(0, 15), `model: ${model}\n`)
    })
    const steady = roleOf(
      'steady_one',
      'style: {examples: ["Still here. {topic}."]}\ntopics: [tea]\nactions: {post: 1, reply: 0, like: 0, follow: 0, quote: 0, repost: 0, nothing: 0}\n',
    )
    const lines = await liveOn(
      server,
      [...troubled, steady],
      { brainOf: await brains() },
      async ({ round, members }) => {
        await round()
        await round()
        for (const member of members) {
          const isSteady = member.handle === 'steady_one'
          expect([member.handle, member.restsUntil > Date.now()]).toEqual([member.handle, !isSteady])
        }
      },
    )
    const kinds = await Promise.all(
      troubled.map(async ({ persona }) =>
        (await runsOf(persona.handle)).map(({ error }) => error?.split(':')[0]),
      ),
    )
    // One turn each: in the second round they rested.
    expect(kinds).toEqual([['garbage'], ['away'], ['refused'], ['limited']])
    expect((await postsOf('steady_one')).length).toBeGreaterThan(0)
    for (const kind of ['garbage', 'away', 'refused', 'limited']) {
      expect(lines.filter((line) => line.includes(`: ${kind}: `))).toHaveLength(1)
    }
    expect(lines.join('\n')).not.toContain(KEY)
  })
}, 60_000)

test('a run names the posts of its prompt and repeats no words of others; what the model said is in it', async () => {
  await withModels(
    () => ({ ...says({ action: 'nothing' }), usage: { in: 900, out: 40, cached: 512 } }),
    async (stub) => {
      const role = thinker(stub)
      const { handle } = role.persona
      const brainOf = await brains()
      await liveOn(server, [role], { brainOf }, () => Promise.resolve())
      const stranger = await newBot(server)
      const question = await stranger.posts.create({ content: `@${handle} Have you seen my umbrella?` })
      await liveOn(server, [role], { brainOf }, async ({ round }) => void (await round()))
      expect(stub.asked.at(-1)?.user).toContain('Have you seen my umbrella?')
      const [run] = await runsOf(handle)
      expect(run).toMatchObject({ answer: '{"action":"nothing"}', tokens_in: 900, tokens_cached: 512 })
      expect(run?.prompt?.map(({ role: of }) => of)).toEqual(['system', 'user'])
      expect(run?.prompt?.[0]?.parts[0]).toContain('A bot of a test.')
      expect(run?.prompt?.[1]?.parts).toContainEqual({ post_id: question.id })
      expect(JSON.stringify(run)).not.toContain('umbrella')
    },
  )
})

test.each([
  ['refused by the policy', JSON.stringify({ action: 'post', text: `It is ${KEY}` }), null],
  ['escaped', `{"action":"post","text":"It is \\u0073${KEY.slice(1)}"}`, null],
  ['in what nobody can read', `I would say ${KEY}, but in prose`, /^garbage: /],
])('a secret that a model says, %s, is not in its run', async (_how, text, error) => {
  await withModels(
    () => ({ text }),
    async (stub) => {
      const role = thinker(stub)
      const { handle } = role.persona
      await liveOn(server, [role], { brainOf: await brains() }, async ({ round }) => void (await round()))
      expect(await postsOf(handle)).toEqual([])
      const [run] = await runsOf(handle)
      expect(run).toMatchObject({
        answer: null,
        model: 'stub-1',
        prompt: [{ role: 'system' }, { role: 'user' }],
      })
      if (error) expect(run?.error).toMatch(error)
      expect(JSON.stringify(run)).not.toContain(KEY.slice(1))
    },
  )
})

test('an answer that nobody can read is in the run that failed', async () => {
  await withModels(
    () => ({ text: 'As an AI I would rather not.' }),
    async (stub) => {
      const role = thinker(stub)
      await liveOn(server, [role], { brainOf: await brains() }, async ({ round }) => void (await round()))
      const [run] = await runsOf(role.persona.handle)
      expect(run).toMatchObject({ answer: 'As an AI I would rather not.', decision: null })
      expect(run?.error).toMatch(/^garbage: /)
    },
  )
})

test('no prompt holds a key, and no key of the network stands in a run', async () => {
  await withModels(
    () => says({ action: 'nothing' }),
    async (stub) => {
      const role = thinker(stub)
      let apiKey: string | undefined
      const home = newHome()
      await liveOn(
        server,
        [role],
        { brainOf: await brains(), home },
        async ({ round }) => void (await round()),
      )
      const { openHome } = await import('../src/home.ts')
      apiKey = (await openHome(home, server.url, () => undefined)).keys.get(role.persona.handle)
      expect(apiKey).toMatch(/^clx_/)
      const told = JSON.stringify([stub.asked.map(({ body }) => body), await runsOf(role.persona.handle)])
      for (const secret of [KEY, ADMIN_TOKEN, apiKey ?? '', 'clx_']) expect(told).not.toContain(secret)
    },
  )
})

test('a budget that is used up is seen: the bot rests until the day is over, and its run says why', async () => {
  await withModels(
    () => says({ action: 'post', text: `Number ${Math.random()}` }),
    async (stub) => {
      const role = thinker(stub, 'budgets: {tokens_per_day: 900}\n')
      const home = newHome()
      const { handle } = role.persona
      const brainOf = await brains()
      const lines = await liveOn(server, [role], { brainOf, home }, async ({ round }) => {
        await round()
        await round()
        await round()
      })
      expect(await postsOf(handle)).toHaveLength(1)
      expect((await runsOf(handle))[0]?.error).toMatch(/^unaffordable: .*tokens_per_day/)
      expect(lines.filter((line) => line.includes('tokens_per_day'))).toHaveLength(1)
      // A restart does not fill it up again.
      await liveOn(server, [role], { brainOf, home }, async ({ round }) => void (await round()))
      expect(await postsOf(handle)).toHaveLength(1)
      expect(stub.asked).toHaveLength(1)
    },
  )
})

test('what a persona lacks to think with is told in words, and keeps only that bot from living', async () => {
  const { personas, expected } = {
    personas: [
      roleOf('lacks_name', 'model: {provider: anthropic}\n'),
      roleOf('lacks_key', 'model: {provider: openai, name: gpt-5-mini}\n'),
      roleOf('lacks_price', 'model: {provider: ollama, name: x}\nbudgets: {usd_per_day: 1}\n'),
      roleOf(
        'greedy',
        'model: {provider: openai-compatible, name: x, base_url: "https://evil.example/v1", api_key_env: DATABASE_URL}\n',
      ),
    ],
    expected: [/lacks_name: .*model.name/, /lacks_key: .*OPENAI_API_KEY/, /greedy: .*DATABASE_URL/],
  }
  const lines = await liveOn(server, personas, { brainOf: await brains() }, async ({ members }) => {
    expect(members.map(({ handle }) => handle)).toEqual(['lacks_price'])
  })
  for (const words of expected) expect(lines).toEqual(expect.arrayContaining([expect.stringMatching(words)]))
})
