import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newBot } from '../../server/test/factories.ts'
import { startTestServer } from '../../server/test/harness.ts'
import type { TestServer } from '../../server/test/harness.ts'
import { BrainFailure, NOTHING_SPENT } from '../src/brain/brain.ts'
import type { Brain, Situation } from '../src/brain/brain.ts'
import { homeOf } from '../src/home.ts'
import type { BrainMaker } from '../src/live.ts'
import { createMemory } from '../src/memory.ts'
import { liveOn, newHome, roleOf } from './real-life.ts'

// What goes wrong between a bot and a real network, and what it remembers.

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
}, 60_000)
afterAll(() => server.close())

let made = 0
const newRole = () => roleOf(`trouble_${'abcdefghjkmnpqrstuvwxyz'[made++]}`)

/** A brain that wants this, whatever it sees. */
function wanting(choose: (situation: Situation) => object): BrainMaker {
  const brain: Brain = {
    name: 'test',
    think: (situation) =>
      Promise.resolve({ ...NOTHING_SPENT, choice: choose(situation), model: null, promptHash: null }),
  }
  return () => Promise.resolve(brain)
}

/** Answers what asks it something, in other words each time. */
const answering = wanting(({ scene }) => {
  const target = scene.items.findIndex(({ source, post }) => source === 'inbox' && post) + 1
  return target > 0 ? { action: 'reply', target, text: `Answer ${Math.random()}` } : { action: 'nothing' }
})

const postsOf = async (bot: string) => (await server.human.feeds.ofBot({ bot, limit: '100' })).items

type Break = (request: Request) => 'before' | 'after' | undefined

/** A connection that breaks before the network has heard a request, or after it has dealt with it. */
function breaking(when: Break): typeof fetch {
  return async (input, init) => {
    const request = new Request(input, init)
    const how = when(request)
    const lost = () => new TypeError('fetch failed', { cause: { code: 'ECONNRESET' } })
    if (how === 'before') throw lost()
    const answer = await fetch(request)
    if (how === undefined) return answer
    await answer.arrayBuffer()
    throw lost()
  }
}

describe('once', () => {
  test.each(['before', 'after'] as const)(
    'a post whose connection breaks %s the network has it stands there once',
    async (how) => {
      const role = newRole()
      let broken = 0
      const flaky = breaking(({ method, url }) =>
        method === 'POST' && /\/(posts|runs|inbox\/read)$/.test(url) && broken++ % 3 < 2 ? how : undefined,
      )
      await liveOn(
        server,
        [role],
        { fetch: flaky, brainOf: wanting(() => ({ action: 'post', text: 'Only once.' })) },
        async ({ round }) => void (await round()),
      )
      expect(broken).toBeGreaterThan(2)
      expect((await postsOf(role.persona.handle)).map(({ content }) => content)).toEqual(['Only once.'])
      const { items } = await server.human.runs.list({ bot: role.persona.handle })
      expect(items).toHaveLength(1)
    },
  )

  test('who dies between the answer and the memory of it has answered all the same', async () => {
    const role = newRole()
    const { handle } = role.persona
    const home = newHome()
    await liveOn(server, [role], { home, brainOf: answering }, () => Promise.resolve())
    const asker = await newBot(server)
    const question = await asker.posts.create({ content: `@${handle} Well?` })
    // The answer arrives, and nothing that comes after it: so it is for who is killed at that moment.
    let isDead = false
    const dying = breaking(({ method, url }) => {
      if (isDead) return 'before'
      isDead = method === 'POST' && url.endsWith('/posts')
      return isDead ? 'after' : undefined
    })
    await liveOn(server, [role], { home, fetch: dying, brainOf: answering }, async ({ round }) => {
      // It would try until the network is back, which for this process it never is.
      void round().catch(() => undefined)
      while (!isDead) await new Promise((resolve) => setTimeout(resolve, 5))
    })
    for (const _ of [1, 2]) {
      await liveOn(server, [role], { brainOf: answering }, async ({ round }) => {
        await round()
        await round()
      })
    }
    const { replies } = await server.human.posts.thread({ id: question.id })
    expect(replies.items).toHaveLength(1)
  })

  test('many who want the same turn at once get one after the other', async () => {
    const role = newRole()
    let running = 0
    const brainOf: BrainMaker = () =>
      Promise.resolve({
        name: 'slow',
        async think() {
          expect(++running).toBe(1)
          await new Promise((resolve) => setTimeout(resolve, 5))
          running--
          return { ...NOTHING_SPENT, choice: { action: 'nothing' }, model: null, promptHash: null }
        },
      })
    await liveOn(server, [role], { brainOf }, async ({ society, members: [member] }) => {
      if (member) await Promise.all(Array.from({ length: 50 }, () => society.wake(member)))
    })
    expect((await server.human.runs.list({ bot: role.persona.handle, limit: '100' })).items).toHaveLength(50)
  })
})

describe('what waits for a bot', () => {
  test('outlasts a model that fails, however often it looks', async () => {
    const role = newRole()
    const { handle } = role.persona
    const home = newHome()
    let isDown = true
    const brainOf: BrainMaker = async (...given) => {
      const brain = await answering(...given)
      const think: Brain['think'] = (...asked) =>
        isDown ? Promise.reject(new BrainFailure('limited', 'too many')) : brain.think(...asked)
      return { name: 'test', think }
    }
    await liveOn(server, [role], { home, brainOf }, () => Promise.resolve())
    const asker = await newBot(server)
    const question = await asker.posts.create({ content: `@${handle} Are you there?` })
    await liveOn(server, [role], { home, brainOf }, async ({ round, member }) => {
      for (let times = 0; times < 6; times++) {
        isDown = times < 5
        member(handle).restsUntil = 0
        await round()
      }
    })
    const { replies } = await server.human.posts.thread({ id: question.id })
    expect(replies.items.map(({ bot }) => bot.handle)).toEqual([handle])
    // Five failures and the answer are six records.
    expect((await server.human.runs.list({ bot: handle })).items).toHaveLength(6)
  })

  test('a line that comes while it thinks is for its next turn', async () => {
    const role = newRole()
    const seen: (string | undefined)[] = []
    let tell = (_line: string) => {}
    const brainOf = wanting(({ scene }) => {
      seen.push(scene.message)
      if (seen.length === 1) tell('the second line')
      return { action: 'nothing' }
    })
    await liveOn(server, [role], { brainOf }, async ({ round, members: [member] }) => {
      if (!member) return
      tell = (line) => {
        member.message = line
      }
      tell('the first line')
      for (let times = 0; times < 3; times++) await round()
    })
    expect(seen).toEqual(['the first line', 'the second line', undefined])
  })

  test('two processes do not live the same bots', async () => {
    const role = newRole()
    const home = newHome()
    await liveOn(server, [role], { home, brainOf: answering }, async () => {
      const second = liveOn(server, [role], { home, brainOf: answering }, () => Promise.resolve())
      await expect(second).rejects.toMatchObject({ code: 78, message: expect.stringContaining('already') })
    })
    await liveOn(server, [role], { home, brainOf: answering }, () => Promise.resolve())
  })
})

describe('a bot that is refused', () => {
  test('a revoked key is replaced where the human’s token is there; else it is told, and the others live on', async () => {
    const [one, other] = [newRole(), newRole()]
    const home = newHome()
    const brainOf = wanting(() => ({ action: 'post', text: `Still here ${Math.random()}` }))
    const revoke = async () => {
      const { items } = await server.human.keys.list({ bot: one.persona.handle })
      for (const { id } of items) await server.human.keys.revoke({ bot: one.persona.handle, key: id })
    }
    await liveOn(server, [one, other], { home, brainOf }, () => Promise.resolve())
    await revoke()
    const lines = await liveOn(
      server,
      [one, other],
      { home, brainOf },
      async ({ round }) => void (await round()),
    )
    expect(lines).toContain(`${one.persona.handle}: has a new key`)
    expect(await postsOf(one.persona.handle)).toHaveLength(1)
    await revoke()
    const alone = { home, brainOf, adminToken: undefined }
    const told = await liveOn(server, [one, other], alone, async ({ round, members }) => {
      expect(members.map(({ handle }) => handle)).toEqual([other.persona.handle])
      await round()
    })
    expect(told).toContainEqual(
      expect.stringMatching(`^${one.persona.handle}: not registered .*CLAWDX_ADMIN_TOKEN`),
    )
    expect(await postsOf(other.persona.handle)).toHaveLength(2)
  })

  test('who is suspended rests, and does not knock again and again', async () => {
    const [one, other] = [newRole(), newRole()]
    const brainOf = wanting(() => ({ action: 'post', text: `I speak ${Math.random()}` }))
    const lines = await liveOn(server, [one, other], { brainOf }, async ({ round, member }) => {
      await server.human.bots.update({ bot: one.persona.handle, status: 'suspended' })
      for (let times = 0; times < 3; times++) await round()
      expect(member(one.persona.handle).restsUntil).toBeGreaterThan(Date.now())
    })
    expect(lines.filter((line) => line.startsWith(`${one.persona.handle}: `))).toHaveLength(1)
    expect(await postsOf(one.persona.handle)).toEqual([])
    expect(await postsOf(other.persona.handle)).toHaveLength(3)
  })
})

describe('a memory', () => {
  test('outlives the process, holds what the bot said and with whom it had to do, and no text of others', async () => {
    const role = newRole()
    const { handle } = role.persona
    const home = newHome()
    await liveOn(server, [role], { home, brainOf: answering }, () => Promise.resolve())
    const asker = await newBot(server)
    await asker.posts.create({ content: `@${handle} Remember the word xylophone.` })
    await liveOn(server, [role], { home, brainOf: answering }, async ({ round }) => void (await round()))
    const folder = homeOf(home, server.url)
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    const texts = files
      .filter((name) => name.endsWith('.json'))
      .map((name) => readFileSync(join(folder, name), 'utf8'))
    expect(texts.join()).not.toContain('xylophone')
    await liveOn(server, [role], { home, brainOf: answering }, async ({ member }) => {
      const { said, relationships, diary } = member(handle).memory
      expect(said.map(({ text, to }) => [text.slice(0, 6), to])).toEqual([['Answer', asker.handle]])
      expect(relationships.get(asker.handle)).toMatchObject({ toThem: 1, toMe: 1 })
      expect(diary).toEqual([expect.stringMatching(`reply @${asker.handle}: Answer`)])
    })
  })

  test.each(['', '{"version": 1', '[]', 'null', '{"version": 2}', '{"version": 1, "said": 7}'])(
    'that is %j counts as lost, and is recalled from the network',
    async (broken) => {
      const role = roleOf('forgetful_one')
      const home = newHome()
      const brainOf = wanting(() => ({ action: 'post', text: `Said ${Math.random()}` }))
      await liveOn(server, [role], { home, brainOf }, async ({ round }) => void (await round()))
      const folder = join(homeOf(home, server.url), 'memory')
      mkdirSync(folder, { recursive: true })
      writeFileSync(join(folder, 'forgetful_one.json'), broken)
      await liveOn(server, [role], { home, brainOf }, async ({ member }) => {
        const texts = member('forgetful_one').memory.said.map(({ text }) => text)
        expect(texts.at(-1)).toBe((await postsOf('forgetful_one'))[0]?.content)
      })
    },
  )

  test('never grows beyond its bounds', () => {
    const memory = createMemory({ said: 3, threads: 3, people: 3, diary: 3 })
    for (let at = 0; at < 10; at++) {
      memory.spoke({ text: `text ${at}`, at, to: `bot_${at}` })
      memory.repliedIn({ rootId: `root ${at}`, postId: `post ${at}` }, at)
      memory.heard(`other_${at}`, at)
      memory.note(`line ${at}`)
    }
    const { said, replied, relationships, diary } = memory.save()
    expect([said.length, replied.length, relationships.length, diary.length]).toEqual([3, 3, 3, 3])
    expect(memory.repliedAt('root 0')).toBeUndefined()
    expect(memory.repliedAt('root 9')).toBe(9)
  })
})
