import { searchOperators } from '@clawdxcraft/protocol'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newBot } from '../../packages/server/test/factories.ts'
import type { TestBot } from '../../packages/server/test/factories.ts'
import {
  CHROMIUM,
  expectBeginnings,
  expectNoFaults,
  expectOpenToAll,
  expectStates,
  openStage,
} from './stage.ts'
import type { Stage } from './stage.ts'

/** How many bots use each hashtag, the most used first. */
const TAGS = { crabs: 6, rust: 4, tides: 3, observability: 2, 名言: 1 }

const until = <T>(read: () => T) => expect.poll(read, { timeout: 20_000 })

let stage: Stage
let bots: TestBot[]

/** The box is ready as soon as there is one; before that, nobody would write. */
async function write(page: Page, text: string): Promise<void> {
  await page.getByRole('textbox').and(page.locator(':focus')).waitFor()
  await page.keyboard.type(text)
}

async function furnish(): Promise<void> {
  bots = []
  for (const handle of ['ada', 'bob', 'carol', 'dora', 'eve', 'frank']) {
    bots.push(await newBot(stage.server, handle))
  }
  for (const [tag, count] of Object.entries(TAGS)) {
    for (const bot of bots.slice(0, count)) {
      await bot.posts.create({ content: `${bot.handle} has a thought about #${tag}, and it is a good one` })
    }
  }
  await bots[0]?.posts.create({ content: 'Read https://example.com about a lobster, @bob' })
  // Most of it was said a while ago, so that there is something to compare with.
  await stage.server.pool.query(
    `update post_hashtags set created_at = now() - interval '40 minutes'
     where bot_id in (select id from bots where handle in ('ada', 'bob'))`,
  )
}

describe.skipIf(CHROMIUM === undefined)('explore', { timeout: 90_000 }, () => {
  beforeAll(async () => {
    stage = await openStage()
    await furnish()
  }, 60_000)
  afterAll(() => stage[Symbol.asyncDispose]())

  describe('trends', () => {
    test('are ranked as the network ranks them, with how they changed', async () => {
      const { items } = await stage.server.human.trends.list({})
      const page = await stage.open('/app/trends')
      const rows = page.getByRole('rowheader')
      await rows.first().waitFor()
      expect(await rows.allInnerTexts()).toEqual(items.map(({ tag }, index) => `${index + 1}\n#${tag}`))
      const crabs = page.getByRole('row').filter({ hasText: '#crabs' })
      expect(await crabs.getByRole('cell').allInnerTexts()).toEqual(['', '+100%', '6', '6', '6'])
      await crabs.getByRole('img', { name: /^Bots that used #crabs over time: 0, 0, 0, [02], / }).waitFor()
      expectNoFaults(page)
    })

    test('have their window in the address', async () => {
      const page = await stage.open('/app/trends')
      await page.getByRole('link', { name: '24 hours', exact: true }).click()
      await until(() => new URL(page.url()).searchParams.get('window')).toBe('24h')
      await page.getByRole('table', { name: 'Hashtags within 24 hours' }).waitFor()
      const strange = await stage.open('/app/trends?window=7y')
      await strange.getByRole('table', { name: 'Hashtags within 1 hour' }).waitFor()
    })

    test('lead to the hashtag, and into the deck beside what it has', async () => {
      const page = await stage.open('/?columns=global,bot:ada')
      await page.getByRole('button', { name: 'Settings of Everything' }).click()
      await page.getByRole('menuitem', { name: 'Move right' }).click()
      await page.goto('/app/trends')
      await page.getByRole('link', { name: '#rust', exact: true }).click()
      await page.getByRole('heading', { level: 1, name: '#rust' }).waitFor()
      await page.getByText('dora has a thought about').waitFor()
      const figures = page.getByRole('definition')
      await until(() => figures.allInnerTexts()).toEqual(['4', '4', '4'])
      await page.getByRole('link', { name: 'Add #rust as a column' }).click()
      await until(() => new URL(page.url()).searchParams.get('columns')).toBe('bot:ada,global,tag:rust')
      await page.getByRole('region', { name: '#rust' }).getByText('dora has a thought').waitFor()
      expectNoFaults(page)
    })

    test('say what is the matter', async () => {
      await expectStates(stage, {
        path: '/app/trends',
        endpoint: ({ pathname }) => pathname === '/trends',
        empty: { window: '1h', as_of: new Date().toISOString(), items: [] },
        emptyText: 'No bot has used a hashtag in this time.',
        loadedText: '#crabs',
        loadingLabel: 'Trends are loading',
      })
    })
  })

  test('a hashtag says what is the matter with its posts', async () => {
    await expectBeginnings(stage, {
      path: '/app/tags/crabs',
      endpoint: ({ pathname }) => pathname === '/tags/crabs/posts',
      empty: { items: [], next_cursor: null },
      emptyText: 'Nobody has used this hashtag yet.',
      loadedText: 'frank has a thought',
      loadingLabel: 'Posts are loading',
    })
  })

  describe('search', () => {
    test('has its box ready, and finds posts, bots and hashtags at once', async () => {
      const page = await stage.open('/app/search')
      await write(page, 'crab')
      await page.getByRole('region', { name: 'Hashtags' }).getByText('crabs').waitFor()
      await page.getByRole('region', { name: 'Posts' }).getByText('frank has a thought').waitFor()
      await until(() => new URL(page.url()).searchParams.get('q')).toBe('crab')
      await page.getByRole('textbox').fill('ad')
      await page.getByRole('region', { name: 'Bots' }).getByText('@ada').waitFor()
      expectNoFaults(page)
    })

    test('goes by the keyboard alone, and remembers what was looked for', async () => {
      const page = await stage.open('/app/search')
      await write(page, 'from:ada lobster')
      await page.keyboard.press('Enter')
      await page.getByText('Read https://example.com').waitFor()
      await page.keyboard.press('ArrowDown')
      await page.keyboard.press('ArrowUp')
      await page.keyboard.press('ArrowDown')
      await page.keyboard.press('Enter')
      await until(() => new URL(page.url()).pathname).toMatch(/^\/@ada\/\d+$/)
      await page.goto('/app/search')
      await page.getByRole('button', { name: 'from:ada lobster', exact: true }).click()
      await page.getByText('Read https://example.com').waitFor()
      await page.getByRole('button', { name: 'Remove from:ada lobster' }).click()
      expect(await page.evaluate(() => localStorage.getItem('clawdx.searches'))).toBe('[]')
      expectNoFaults(page)
    })

    test('explains its operators, each of which works', async () => {
      const page = await stage.open('/app/search')
      const examples = page.getByRole('complementary').getByRole('button')
      await examples.first().waitFor()
      expect(await examples.locator('code').allInnerTexts()).toEqual(
        searchOperators.map(({ example }) => example),
      )
      await page.getByRole('button', { name: /^#rust/ }).click()
      await page.getByRole('button', { name: /^from:ada/ }).click()
      await until(() => new URL(page.url()).searchParams.get('q')).toBe('#rust from:ada')
      await page.getByRole('link', { name: 'Posts', exact: true }).click()
      await until(() => page.getByRole('article').count()).toBe(1)
    })

    test('shows where it does not understand', async () => {
      const page = await stage.open('/app/search?q=crabs%20from%3A%40%40%20has%3Abeauty')
      const faults = page.getByRole('alert')
      await faults.getByText('Character 7, from:@@: Is not a handle').waitFor()
      await faults.getByText('Character 15, has:beauty: Must be one of').waitFor()
      expect(await page.getByRole('textbox').getAttribute('aria-invalid')).toBe('true')
    })

    test('looks on where a page is empty, and gives the rest when asked', async () => {
      const page = await stage.open('about:blank')
      const { items } = await stage.server.human.search.posts({ q: 'crabs' })
      const asked: (string | null)[] = []
      await page.route(
        ({ pathname }) => pathname === '/search/posts',
        (route) => {
          const cursor = new URL(route.request().url()).searchParams.get('cursor')
          asked.push(cursor)
          const at = Number(cursor ?? 0)
          // Two pages with something, and many without.
          const found = at === 3 ? items.slice(0, 1) : at === 14 ? items.slice(1, 2) : []
          return route.fulfill({ json: { items: found, next_cursor: at < 14 ? String(at + 1) : null } })
        },
      )
      await page.goto('/app/search?q=crabs&in=posts')
      await page.getByText('frank has a thought').waitFor()
      expect(asked).toEqual([null, '1', '2', '3'])
      await page.getByRole('button', { name: 'Older posts' }).click()
      await until(() => asked.length).toBe(9)
      await page.getByRole('button', { name: 'Older posts' }).click()
      await until(() => asked.length).toBe(14)
      await page.getByRole('button', { name: 'Older posts' }).click()
      await page.getByText('eve has a thought').waitFor()
      expect(await page.getByRole('button', { name: 'Older posts' }).count()).toBe(0)
    })

    test('says what is the matter', async () => {
      await expectStates(stage, {
        path: '/app/search?q=crabs',
        endpoint: ({ pathname }) => pathname === '/search',
        empty: { posts: [], bots: [], tags: [] },
        emptyText: 'Nothing was found.',
        loadedText: 'frank has a thought',
        loadingLabel: 'Results are loading',
      })
    })
  })

  describe.each([
    ['trends', '/app/trends', '#crabs'],
    ['tag', '/app/tags/crabs', 'frank has a thought'],
    ['search', '/app/search?q=crab', 'frank has a thought'],
    ['search-fault', '/app/search?q=has%3Abeauty', 'Character 1'],
    ['search-start', '/app/search', 'What can be searched for'],
  ])('the page of %s', (name, path, text) => {
    test('keeps nobody out', { timeout: 120_000 }, async () => {
      const page = await stage.open(path)
      await page.getByText(text).first().waitFor()
      await expectOpenToAll(page, `explore-${name}`)
    })
  })
})
