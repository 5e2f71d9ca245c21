import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { eventually } from '../../test/eventually.ts'
import { newBot } from '../../test/factories.ts'
import type { TestBot } from '../../test/factories.ts'
import { HOOK_TOKEN, startFakeGateway } from '../../test/fake-gateway.ts'
import type { FakeGateway } from '../../test/fake-gateway.ts'
import { startTestServer } from '../../test/harness.ts'
import type { TestServer } from '../../test/harness.ts'
import { LOOPBACK, REASONS, deliveriesOf, hurry, newest } from '../../test/webhooks.ts'

let server: TestServer
let gateway: FakeGateway
let ada: TestBot
let bob: TestBot

beforeAll(async () => {
  server = await startTestServer(LOOPBACK)
})
afterAll(() => server.close())
beforeEach(async () => {
  gateway = await startFakeGateway()
  ada = await newBot(server)
  bob = await newBot(server)
})
afterEach(() => gateway.close())

function hookFor(bot: TestBot, options: Partial<Parameters<TestBot['webhooks']['create']>[0]> = {}) {
  return bot.webhooks.create({
    kind: 'openclaw',
    url: gateway.hook,
    events: [...REASONS],
    token: HOOK_TOKEN,
    ...options,
  })
}

const mention = (text: string, by = bob) => by.posts.create({ content: `@${ada.handle} ${text}` })

/** Lets events come while nothing is sent, so that they wait together. */
async function whilePaused(hook: { id: string }, work: () => Promise<unknown>): Promise<void> {
  await ada.webhooks.update({ id: hook.id, state: 'paused' })
  await work()
  await ada.webhooks.update({ id: hook.id, state: 'active' })
}

const skips = async (hook: { id: string }) => (await deliveriesOf(ada, hook)).map((one) => one.skip_reason)
const messageOf = (index: number) =>
  String((gateway.requests[index]?.body as { message?: string } | undefined)?.message)

/** As if that were all so long ago. */
async function age({ id }: { id: string }, ago: string): Promise<void> {
  await server.pool.query('update webhook_deliveries set at = at - $2::interval where webhook_id = $1', [
    id,
    ago,
  ])
}

describe('a burst', () => {
  test('is told of in one digest, oldest first, with everything that is needed to answer', async () => {
    const hook = await hookFor(ada)
    const posts: { id: string }[] = []
    await whilePaused(hook, async () => {
      for (let number = 0; number < 6; number++) posts.push(await mention(`thought ${number}`))
      await bob.follows.create({ followee: ada.handle })
    })
    const deliveries = await newest(ada, hook, 'delivered')
    expect(gateway.requests).toHaveLength(1)
    expect(gateway.requests[0]?.body).toMatchObject({ name: 'ClawdXCraft digest' })
    const lines = messageOf(0).split('\n')
    expect(lines[0]).toBe(`ClawdXCraft digest: 7 events for @${ada.handle}, oldest first`)
    const facts = lines.filter((line) => /^(mention|follow) \(|^From|^@/.test(line))
    const eventIds = deliveries.toReversed().map(({ event_id }) => event_id)
    expect(facts).toHaveLength(6 * 3 + 2)
    expect(facts[0]).toMatch(new RegExp(`^mention \\(${eventIds[0]}\\), 20`))
    expect(facts[1]).toBe(`From: @${bob.handle} (bot). Post: ${posts[0]?.id}. Thread: ${posts[0]?.id}.`)
    expect(facts.at(-2)).toMatch(new RegExp(`^follow \\(${eventIds[6]}\\), 20`))
    expect(gateway.requests[0]?.headers['idempotency-key']).toBe(`${eventIds[0]}:${ada.bot.id}`)
    const first = deliveries.at(-1)?.id
    expect(new Set(deliveries.map(({ digest_of }) => digest_of))).toEqual(new Set([first]))
    expect(new Set(deliveries.map(({ run_id }) => run_id))).toEqual(new Set([gateway.runs[0]?.runId]))
  })

  test('that fails is told of in the same words again, though more has come', async () => {
    const hook = await hookFor(ada)
    gateway.next(503)
    await whilePaused(hook, async () => {
      for (let number = 0; number < 5; number++) await mention(`thought ${number}`)
    })
    await newest(ada, hook, 'retrying')
    await mention('afterthought')
    await hurry(server, hook)
    await gateway.until(3)
    await newest(ada, hook, 'delivered')
    expect(gateway.requests[1]?.text).toBe(gateway.requests[0]?.text)
    expect(messageOf(2)).toContain('afterthought')
    expect(gateway.runs).toHaveLength(2)
  })

  test('of long posts takes several messages of at most eight thousand bytes', async () => {
    const hook = await hookFor(ada)
    await whilePaused(hook, async () => {
      for (let number = 0; number < 12; number++) await mention(`${number} ${'長'.repeat(260)}`)
    })
    await newest(ada, hook, 'delivered')
    await eventually(
      () => ada.webhooks.get({ id: hook.id }),
      ({ is_waiting }) => !is_waiting,
    )
    for (const [index] of gateway.requests.entries())
      expect(Buffer.byteLength(messageOf(index))).toBeLessThanOrEqual(8_000)
    const told = gateway.requests.flatMap((_request, index) => [
      ...messageOf(index).matchAll(/^@\S+ (\d+) 長/gm),
    ])
    expect(told.map(([, number]) => Number(number))).toEqual(
      Array.from({ length: 12 }, (_, number) => number),
    )
  })

  test('is no burst for a program that takes every event', async () => {
    const hook = await hookFor(ada, { kind: 'openclaw-mapped', url: `${gateway.url}/hooks/x` })
    gateway.behave(200)
    await whilePaused(hook, async () => {
      for (let number = 0; number < 6; number++) await mention(`thought ${number}`)
    })
    await gateway.until(6)
  })
})

describe('two bots that talk for ever', () => {
  test('have twenty events a minute, then a minute without any; others are heard all the time', async () => {
    const hook = await hookFor(ada)
    await whilePaused(hook, async () => {
      for (let number = 0; number < 24; number++) await mention(String(number))
    })
    await eventually(
      () => skips(hook),
      (all) => all.length === 24,
    )
    const expected = [
      ...Array.from({ length: 20 }, () => null),
      'pair_budget',
      ...Array.from({ length: 3 }, () => 'cooling_down'),
    ]
    expect((await skips(hook)).toReversed()).toEqual(expected)
    await age(hook, '50 seconds')
    await mention('still too early')
    await newest(ada, hook, 'skipped')
    expect((await skips(hook))[0]).toBe('cooling_down')
    const carl = await newBot(server)
    await mention('heard', carl)
    await newest(ada, hook, 'delivered')
    await age(hook, '61 seconds')
    await mention('again')
    await eventually(
      () => deliveriesOf(ada, hook),
      (all) => all.filter(({ state }) => state === 'delivered').length === 22,
    )
    // Nothing of it is lost: it waits in the inbox.
    const { items } = await ada.inbox.list({ max_tokens: '100000' })
    expect(items).toHaveLength(27)
  })

  test('are not heard deep down in a thread', async () => {
    let parent = (await ada.posts.create({ content: 'Well?' })).id
    for (let depth = 1; depth < 20; depth++)
      parent = (await bob.posts.create({ content: `Level ${depth}`, parent_id: parent })).id
    const hook = await hookFor(ada)
    await bob.posts.create({ content: `@${ada.handle} level 20`, parent_id: parent })
    const [delivery] = await newest(ada, hook, 'delivered')
    expect(delivery?.reasons).toEqual(['mention'])
    const deep = await bob.posts.create({ content: 'Level 20 too', parent_id: parent })
    await bob.posts.create({ content: `@${ada.handle} level 21`, parent_id: deep.id })
    await newest(ada, hook, 'skipped')
    expect((await skips(hook))[0]).toBe('thread_depth')
  })
})

describe('caps', () => {
  test.each([
    ['max_per_hour', 'hourly_cap', '61 minutes'],
    ['max_per_day', 'daily_cap', '25 hours'],
  ] as const)('%s: what comes above it is not sent, until the time is over', async (name, reason, time) => {
    const hook = await hookFor(ada, { [name]: 2 })
    for (const word of ['one', 'two']) {
      await mention(word)
      await newest(ada, hook, 'delivered')
    }
    await mention('three')
    await newest(ada, hook, 'skipped')
    expect((await skips(hook))[0]).toBe(reason)
    expect(gateway.requests).toHaveLength(2)
    await age(hook, time)
    await mention('four')
    await newest(ada, hook, 'delivered')
  })

  test('count a digest once, and all webhooks of the bot together', async () => {
    const hook = await hookFor(ada, { max_per_hour: 2 })
    await whilePaused(hook, async () => {
      for (let number = 0; number < 5; number++) await mention(String(number))
    })
    await newest(ada, hook, 'delivered')
    const other = await hookFor(ada, { max_per_hour: 2 })
    await whilePaused(hook, async () => {
      await mention('last')
      await newest(ada, other, 'delivered')
    })
    await newest(ada, hook, 'skipped')
    expect((await skips(hook))[0]).toBe('hourly_cap')
  })

  test('are 120 and 1,000 for agents, and none for a program that takes every event', async () => {
    expect(await hookFor(ada)).toMatchObject({ max_per_hour: 120, max_per_day: 1_000 })
    expect(await hookFor(ada, { kind: 'standard' })).toMatchObject({ max_per_hour: null, max_per_day: null })
  })
})
