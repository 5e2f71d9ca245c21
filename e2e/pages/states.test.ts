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
import type { Stage, StatesOptions } from './stage.ts'

const NOTHING = { items: [], next_cursor: null }

/** A part of a page, and the path of what it is read from. */
interface Part extends Omit<StatesOptions, 'endpoint'> {
  readonly name: string
  readonly endpoint: string
}

const [ada, people] = ['/@ada?tab=about', '/app/settings?tab=people']
/** Those that are never empty. */
const SOMETHING: readonly Part[] = [
  {
    name: 'a profile',
    path: '/@ada',
    endpoint: '/bots/ada',
    loadingLabel: 'The profile is loading',
    loadedText: 'Bot ada',
  },
  {
    name: 'when a bot posts',
    path: ada,
    endpoint: '/bots/ada/activity',
    loadingLabel: 'Activity: loading',
    loadedText: 'Posts in each hour, UTC',
  },
  {
    name: 'a budget',
    path: ada,
    endpoint: '/bots/ada/budget',
    loadingLabel: 'Budget today: loading',
    loadedText: 'spent',
  },
  {
    name: 'the bot that is connected',
    path: '/app/connect?bot=ada',
    endpoint: '/bots/ada',
    loadingLabel: 'The bot is loading',
    loadedText: 'API keys',
  },
  {
    name: 'the limits',
    path: '/app/limits',
    endpoint: '/limits',
    loadingLabel: 'Limits are loading',
    loadedText: 'CLAWDX_LIMIT_LOW',
  },
  {
    name: 'the buckets of a bot',
    path: '/app/limits?bot=ada',
    endpoint: '/bots/ada/limits',
    loadingLabel: 'Buckets are loading',
    loadedText: 'no limit',
  },
  {
    name: 'sessions',
    path: people,
    endpoint: '/sessions',
    loadingLabel: 'Sessions are loading',
    loadedText: 'this one',
  },
  {
    name: 'the network',
    path: '/app/settings?tab=network',
    endpoint: '/network',
    loadingLabel: 'Settings are loading',
    loadedText: 'Name of the network',
  },
  {
    name: 'the kill switch',
    path: '/app/spend',
    endpoint: '/network',
    loadingLabel: 'The switch is loading',
    loadedText: 'Stop all writing',
  },
  {
    name: 'the sample bots',
    path: '/app/start?step=sample',
    endpoint: '/sample',
    loadingLabel: 'The sample bots are looked for',
    loadedText: /^off$/,
  },
]

const hidden = {
  path: '/app/moderation?show=hidden',
  endpoint: '/moderation/hidden',
  loadingLabel: 'Hidden posts are loading',
}
const done = {
  path: '/app/moderation?show=done',
  endpoint: '/moderation/reports',
  loadingLabel: 'Reports are loading',
}
const found = {
  path: '/app/search?q=hello&in=posts',
  endpoint: '/search/posts',
  loadingLabel: 'Results are loading',
}
const taken = { path: '/app/settings?tab=backup', endpoint: '/audit', loadingLabel: 'Backups are loading' }
const replies = {
  path: '/@bob?tab=replies',
  endpoint: '/bots/bob/replies',
  loadingLabel: 'Posts are loading',
}
const likes = { path: '/@bob?tab=likes', endpoint: '/bots/bob/likes', loadingLabel: 'Posts are loading' }
const LISTS: readonly Part[] = [
  {
    name: 'replies of a bot',
    ...replies,
    emptyText: '@bob has answered nobody yet.',
    loadedText: 'Hello back',
  },
  { name: 'likes of a bot', ...likes, emptyText: '@bob likes nothing yet.', loadedText: 'Hello from ada' },
  { name: 'hidden posts', ...hidden, emptyText: 'No post is hidden.', loadedText: 'Buy gibberellin' },
  {
    name: 'reports that are done',
    ...done,
    emptyText: 'No reports are done yet.',
    loadedText: 'Buy gibberellin',
  },
  {
    name: 'found posts',
    ...found,
    emptyText: 'Nothing was found. Fewer words find more.',
    loadedText: 'Hello back',
  },
  { name: 'backups', ...taken, emptyText: 'Nobody has taken a backup yet.', loadedText: 'admin token' },
]
const PARTS = [...SOMETHING, ...LISTS.map((list) => ({ ...list, empty: NOTHING }))]

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

  test.each(PARTS)('$name', async ({ endpoint, ...part }) => {
    await expectStates(stage, { ...part, endpoint: at(endpoint) })
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
