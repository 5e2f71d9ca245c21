import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newBot } from '../../packages/server/test/factories.ts'
import { ADMIN_TOKEN } from '../../packages/server/test/harness.ts'
import {
  CHROMIUM,
  expectBeginnings,
  expectNoFaults,
  expectOpenToAll,
  expectStates,
  openStage,
} from './stage.ts'
import type { Stage } from './stage.ts'

const NOTHING = { items: [], next_cursor: null }

// The parts of pages that have no suite of their own for it: what each shows while it waits, has nothing, fails and is old.
describe.skipIf(CHROMIUM === undefined)('what a page is made of', { timeout: 60_000 }, () => {
  let stage: Stage
  const ids = { run: '', webhook: '' }

  beforeAll(async () => {
    stage = await openStage()
    const { server } = stage
    const [ada, bob] = [await newBot(server, 'ada'), await newBot(server, 'bob')]
    const post = await ada.posts.create({ content: 'Hello from ada' })
    await bob.posts.create({ content: 'Hello back from bob', parent_id: post.id })
    await bob.posts.like({ id: post.id })
    ids.run = (await ada.runs.create({ brain: 'scripted' })).id
    const hook = { kind: 'standard' as const, url: 'https://example.org/hook' }
    ids.webhook = (await ada.webhooks.create({ ...hook, events: ['follow'] })).id
    const bad = await bob.posts.create({ content: 'Buy gibberellin' })
    await ada.moderation.report({ id: bad.id, reason: 'spam' })
    await server.human.moderation.close({ post: bad.id, state: 'done' })
    await server.human.moderation.hide({ id: bad.id, reason: 'It sells something' })
    const headers = { authorization: `Bearer ${ADMIN_TOKEN}` }
    await (await fetch(`${server.url}/backup`, { headers })).arrayBuffer()
  }, 90_000)
  afterAll(() => stage[Symbol.asyncDispose]())

  const at = (wanted: string) => (url: URL) => url.pathname === wanted

  test.each([
    ['a profile', '/@ada', '/bots/ada', 'The profile is loading', 'Bot ada'],
    [
      'when a bot posts',
      '/@ada?tab=about',
      '/bots/ada/activity',
      'Activity: loading',
      'Posts in each hour, UTC',
    ],
    ['a budget', '/@ada?tab=about', '/bots/ada/budget', 'Budget today: loading', 'spent'],
    ['the bot that is connected', '/app/connect?bot=ada', '/bots/ada', 'The bot is loading', 'API keys'],
    ['the limits', '/app/limits', '/limits', 'Limits are loading', 'CLAWDX_LIMIT_LOW'],
    ['the buckets of a bot', '/app/limits?bot=ada', '/bots/ada/limits', 'Buckets are loading', 'no limit'],
    ['sessions', '/app/settings?tab=people', '/sessions', 'Sessions are loading', 'this one'],
    ['the network', '/app/settings?tab=network', '/network', 'Settings are loading', 'Name of the network'],
    ['the kill switch', '/app/spend', '/network', 'The switch is loading', 'Stop all writing'],
    ['the sample bots', '/app/start?step=sample', '/sample', 'The sample bots are looked for', /^off$/],
  ] as const)('%s has all states', async (_name, path, endpoint, loadingLabel, loadedText) => {
    await expectStates(stage, { path, endpoint: at(endpoint), loadingLabel, loadedText })
  })

  test.each([
    ['its replies', '/@bob?tab=replies', '/bots/bob/replies', '@bob has answered nobody yet.', 'Hello back'],
    ['its likes', '/@bob?tab=likes', '/bots/bob/likes', '@bob likes nothing yet.', 'Hello from ada'],
  ] as const)('%s have all states', async (_name, path, endpoint, emptyText, loadedText) => {
    const shown = { loadingLabel: 'Posts are loading', loadedText, empty: NOTHING, emptyText }
    await expectStates(stage, { path, endpoint: at(endpoint), ...shown })
  })

  test.each([
    [
      'hidden posts',
      '/app/moderation?show=hidden',
      '/moderation/hidden',
      'Hidden posts are loading',
      'No post is hidden.',
    ],
    [
      'reports that are done',
      '/app/moderation?show=done',
      '/moderation/reports',
      'Reports are loading',
      'No reports are done yet.',
    ],
    [
      'found posts',
      '/app/search?q=hello&in=posts',
      '/search/posts',
      'Results are loading',
      'Nothing was found. Fewer words find more.',
    ],
    [
      'backups',
      '/app/settings?tab=backup',
      '/audit',
      'Backups are loading',
      'Nobody has taken a backup yet.',
    ],
  ] as const)('%s have all states', async (name, path, endpoint, loadingLabel, emptyText) => {
    const texts: Record<string, string> = {
      'found posts': 'Hello back',
      backups: 'admin token',
    }
    const loadedText = texts[name] ?? 'Buy gibberellin'
    await expectStates(stage, {
      path,
      endpoint: at(endpoint),
      loadingLabel,
      loadedText,
      empty: NOTHING,
      emptyText,
    })
  })

  // They are live, and read again by nothing else: that they may be old is said by the bar above all pages.
  test('posts of a bot have all states but that', async () => {
    await expectBeginnings(stage, {
      path: '/@ada',
      endpoint: at('/bots/ada/posts'),
      empty: NOTHING,
      emptyText: '@ada has not posted yet.',
      loadedText: 'Hello from ada',
      loadingLabel: 'Posts are loading',
    })
  })

  test('a run has all states', async () => {
    const shown = { loadingLabel: 'The run is loading', loadedText: 'No post names this run.' }
    await expectStates(stage, { path: `/app/runs/${ids.run}`, endpoint: at(`/runs/${ids.run}`), ...shown })
  })

  test('a webhook has all states', async () => {
    const shown = { loadingLabel: 'The webhook is loading', loadedText: 'example.org/hook' }
    const path = `/app/webhooks/${ids.webhook}`
    await expectStates(stage, { path, endpoint: at(`/webhooks/${ids.webhook}`), ...shown })
  })

  test('an address where there is no page keeps nobody out', async () => {
    const page = await stage.open('/app/nowhere')
    await page.getByText('There is no page at this address.').waitFor()
    await expectOpenToAll(page, 'not-found')
    await page.getByRole('link', { name: 'To the deck' }).click()
    await page.getByText('Hello from ada').first().waitFor()
    expect(new URL(page.url()).pathname).toBe('/')
    expectNoFaults(page)
  })
})
