import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Page, WebSocketRoute } from 'playwright-core'
import { changeEpoch } from '../../packages/server/src/events/epoch.ts'
import { newBot } from '../../packages/server/test/factories.ts'
import type { TestBot } from '../../packages/server/test/factories.ts'
import { ADMIN_TOKEN } from '../../packages/server/test/harness.ts'
import {
  CHROMIUM,
  FAILURE,
  expectBeginnings,
  expectNoFaults,
  expectOpenToAll,
  openStage,
  takePicture,
} from './stage.ts'
import type { Stage } from './stage.ts'

describe.skipIf(CHROMIUM === undefined)('the deck', () => {
  let stage: Stage
  let ada: TestBot
  let bob: TestBot

  beforeAll(async () => {
    stage = await openStage()
    ada = await newBot(stage.server, 'ada')
    bob = await newBot(stage.server, 'bob')
    for (let number = 1; number <= 30; number++) {
      await ada.posts.create({ content: `Post ${number} about #rust, for @bob to read` })
    }
  }, 60_000)
  afterAll(() => stage[Symbol.asyncDispose]())

  test('lets nobody watch who has not logged in, then shows what is said', async () => {
    const page = await stage.open('/', { isStranger: true })
    await page.getByRole('button', { name: 'Use the admin token' }).click()
    await page.getByLabel('Admin token', { exact: true }).fill('not the token at all')
    await page.getByRole('button', { name: 'Log in' }).click()
    await page.getByText('This is not the admin token.').waitFor()
    await page.getByLabel('Admin token', { exact: true }).fill(ADMIN_TOKEN)
    await page.getByRole('button', { name: 'Log in' }).click()
    await page.getByRole('heading', { name: 'First steps' }).waitFor()
    await page.goto('/')
    await page.getByText('Post 30 about').first().waitFor()
    const cookies = await page.context().cookies()
    expect(cookies).toMatchObject([{ httpOnly: true, sameSite: 'Strict' }])
  })

  test('shows a post the moment it is made, and moves nothing that is being read', async () => {
    const page = await stage.open('/?columns=global,tag:rust,bot:ada')
    const column = page.getByRole('region', { name: 'Everything' })
    await column.getByText('Post 30 about').waitFor()
    await page.getByText('Live', { exact: true }).waitFor()
    await bob.posts.create({ content: 'Fresh from bob' })
    await column.getByText('Fresh from bob').waitFor()

    const feed = column.getByRole('feed')
    await feed.evaluate((element) => element.scrollTo({ top: 800 }))
    const before = await feed.evaluate((element) => element.scrollTop)
    await bob.posts.create({ content: 'While somebody reads' })
    await column.getByRole('button', { name: 'Show 1 new post' }).waitFor()
    expect(await column.getByText('While somebody reads').count()).toBe(0)
    expect(await feed.evaluate((element) => element.scrollTop)).toBe(before)
    await column.getByRole('button', { name: 'Show 1 new post' }).click()
    await column.getByText('While somebody reads').waitFor()
    expectNoFaults(page)
  })

  test('keeps what has come where older posts do not, and tries again', async () => {
    const page = await stage.open('about:blank')
    await page.route(FEED, (route) => {
      const url = route.request().url()
      return url.includes('cursor=')
        ? route.fulfill(FAILURE)
        : route.continue({ url: url.replace('=100', '=10') })
    })
    await page.goto('/?columns=global')
    const column = page.getByRole('region', { name: 'Everything' })
    await column.getByText('Post 30 about').waitFor()
    const toEnd = () => column.getByRole('feed').evaluate((feed) => feed.scrollTo({ top: feed.scrollHeight }))
    await toEnd()
    await column.getByText('request req-of-the-test').waitFor()
    await column.getByText('Post 23 about').waitFor()
    await takePicture(page, 'deck-partial')
    await page.unroute(FEED)
    await column.getByRole('button', { name: 'Try again' }).click()
    await column.getByText('Post 22 about').waitFor()
    await toEnd()
    await column.getByText('This is where it began.').waitFor()
  })

  test('says that it may be old while the server is away, and offers what was missed', async () => {
    const page = await stage.open('about:blank')
    const connection = await openingOf(page)
    await page.goto('/?columns=global')
    const column = page.getByRole('region', { name: 'Everything' })
    await page.getByText('Live', { exact: true }).waitFor()
    await bob.posts.create({ content: 'The last one before' })
    await column.getByText('The last one before').waitFor()
    await connection.cut()
    await page.getByText('The server cannot be reached: what you see may be old.').waitFor()
    await takePicture(page, 'deck-away')
    await bob.posts.create({ content: 'Meanwhile' })
    // A backup was restored: nobody can say what was told since.
    await changeEpoch(stage.server.databaseUrl)
    connection.allow()
    await page.getByText('Live', { exact: true }).waitFor({ timeout: 60_000 })
    await column.getByRole('button', { name: 'Load missed posts' }).click()
    await column.getByText('Meanwhile').waitFor()
    expect(await column.getByRole('button', { name: 'Load missed posts' }).count()).toBe(0)
  })

  test('keeps its columns in the address', async () => {
    const page = await stage.open('/?columns=global')
    const columns = () => new URL(page.url()).searchParams.get('columns')
    await page.getByLabel('Which one').fill('#rust')
    await page.getByRole('button', { name: 'Add', exact: true }).click()
    await page.getByRole('region', { name: '#rust' }).getByText('Post 30 about').waitFor()
    await page.getByRole('button', { name: 'Settings of #rust' }).click()
    await page.getByRole('menuitem', { name: 'Move left' }).click()
    await expect.poll(columns).toBe('tag:rust,global')
    await page.getByRole('button', { name: 'Settings of #rust' }).click()
    await page.getByRole('menuitem', { name: 'Make it wide' }).click()
    await expect.poll(columns).toBe('tag:rust;wide,global')
    await page.getByRole('button', { name: 'Remove Everything' }).click()
    await expect.poll(columns).toBe('tag:rust;wide')
    await page.goto('/')
    await page.getByRole('region', { name: '#rust' }).getByText('Post 30 about').waitFor()
    await expect.poll(columns).toBe('tag:rust;wide')
    expect(await page.getByRole('link', { name: 'Deck', exact: true }).getAttribute('aria-current')).toBe(
      'page',
    )
    await page.goto('/?add=bot:ada')
    await page.getByRole('region', { name: '@ada' }).getByText('Post 30 about').waitFor()
    await expect.poll(columns).toBe('tag:rust;wide,bot:ada')
    expectNoFaults(page)
  })

  test('hides replies in a column where somebody wants that', async () => {
    const post = await ada.posts.create({ content: 'A question about #quiet' })
    await bob.posts.create({ content: 'An answer about #quiet', parent_id: post.id })
    const page = await stage.open('/?columns=tag:quiet')
    const column = page.getByRole('region', { name: '#quiet' })
    await column.getByText('An answer about').waitFor()
    await page.getByRole('button', { name: 'Settings of #quiet' }).click()
    await page.getByRole('menuitem', { name: 'Hide replies' }).click()
    await column.getByText('without replies').waitFor()
    await column.getByText('A question about').waitFor()
    expect(await column.getByText('An answer about').count()).toBe(0)
  })

  test('a search is a column that finds what is posted next', async () => {
    const page = await stage.open('/?columns=search:from:bob lighthouse')
    const column = page.getByRole('region', { name: 'from:bob lighthouse' })
    await column.getByText('Nothing has been posted here yet').waitFor()
    await page.getByText('Live', { exact: true }).waitFor()
    await ada.posts.create({ content: 'The lighthouse of somebody else' })
    await bob.posts.create({ content: 'My lighthouse blinks' })
    await column.getByText('My lighthouse blinks').waitFor()
    expect(await column.getByRole('article').count()).toBe(1)
  })

  test('is all there with the keyboard', async () => {
    const page = await stage.open('/?columns=global,bot:ada,tag:rust')
    for (const name of ['@ada', '#rust']) {
      await page.getByRole('region', { name }).getByText('Post 30 about').waitFor()
    }
    const focused = () => page.evaluate(() => document.activeElement?.getAttribute('aria-posinset'))
    const column = () =>
      page.evaluate(() => document.activeElement?.closest('section')?.getAttribute('aria-label'))
    /** How far from the upper edge of its column the focus is: nothing may cover or cut it. */
    const fromTop = () =>
      page.evaluate(() => {
        const edge = document.activeElement?.closest('[role=feed]')?.getBoundingClientRect().top ?? Number.NaN
        return Math.abs((document.activeElement?.getBoundingClientRect().top ?? Number.NaN) - edge)
      })
    await page.keyboard.press('2')
    for (const place of ['2', '3', '4']) {
      await page.keyboard.press('j')
      await expect.poll(focused).toBe(place)
    }
    await expect.poll(fromTop).toBeLessThan(3)
    await page.keyboard.press('k')
    await expect.poll(focused).toBe('3')
    await page.keyboard.press(']')
    await expect.poll(column).toBe('#rust')
    await page.keyboard.press('[')
    await expect.poll(column).toBe('@ada')
    await page.keyboard.press('o')
    await page.getByRole('heading', { name: 'Thread' }).waitFor()
    // At once, as both have to come within a second.
    await page.keyboard.type('gt')
    await page.getByRole('heading', { name: 'Trends' }).waitFor()
    await page.keyboard.press('?')
    await page.getByRole('dialog', { name: 'Keys' }).getByText('Go to Bots').waitFor()
    await page.keyboard.press('Escape')
    await page.keyboard.press('Control+k')
    await page.getByRole('combobox', { name: 'Page, bot or hashtag' }).fill('bob')
    await page.getByRole('option', { name: '@bob' }).waitFor()
    await page.keyboard.press('Enter')
    await page.waitForURL('**/@bob')
    expectNoFaults(page)
  })

  test('of many posts has only those on the page that can be seen', async () => {
    const { rows } = await stage.server.pool.query<{ id: string }>(
      `select id::text from bots where handle = 'ada'`,
    )
    await stage.server.pool.query(FILL, [rows[0]?.id])
    const page = await stage.open('/?columns=bot:ada')
    const feed = page.getByRole('feed')
    let most = 0
    const last = async () => {
      const places = await feed.evaluate((element) =>
        [...element.querySelectorAll('article')].map((each) => Number(each.ariaPosInSet)),
      )
      most = Math.max(most, places.length)
      return Math.max(...places)
    }
    await feed.getByRole('article').first().waitFor()
    while ((await last()) < 500) {
      const before = await last()
      await feed.evaluate((element) => element.scrollTo({ top: element.scrollHeight }))
      await expect.poll(last, { timeout: 20_000 }).toBeGreaterThan(before)
    }
    // At any time, not only once it stands still.
    expect(most).toBeLessThanOrEqual(60)
  }, 120_000)

  test('says of a column that it loads, is empty or has failed, and tries again', async () => {
    await expectBeginnings(stage, {
      path: '/?columns=global',
      endpoint: ({ pathname }) => pathname === '/posts/feed',
      empty: { items: [], next_cursor: null },
      emptyText: 'Nothing has been posted here yet.',
      loadedText: 'Post 30 about',
      loadingLabel: 'Everything is loading',
    })
  })

  test('has keys and a palette that keep nobody out', { timeout: 180_000 }, async () => {
    const page = await stage.open('/?columns=bot:bob')
    await page.getByRole('region', { name: '@bob' }).waitFor()
    await page.keyboard.press('?')
    await page.getByRole('dialog', { name: 'Keys' }).waitFor()
    await expectOpenToAll(page, 'keys')
    await page.keyboard.press('Escape')
    await page.keyboard.press('Control+k')
    await page.getByRole('combobox', { name: 'Page, bot or hashtag' }).waitFor()
    await expectOpenToAll(page, 'palette')
    expectNoFaults(page)
  })

  test('keeps nobody out', { timeout: 180_000 }, async () => {
    const page = await stage.open('/?columns=global,tag:rust,mentions:bob')
    await page.getByText('Post 30 about').first().waitFor()
    await expectOpenToAll(page, 'deck')
    expectNoFaults(page)
  })
})

/** What a column of everything reads. */
const FEED = (url: URL) => url.pathname === '/posts/feed'

/** The live feed of a page, which can be cut and let through again. */
async function openingOf(page: Page) {
  let isCut = false
  let current: WebSocketRoute | undefined
  await page.routeWebSocket(/\/ws\/feed$/, (socket) => {
    if (isCut) return void socket.close()
    socket.connectToServer()
    current = socket
  })
  return {
    async cut() {
      isCut = true
      await current?.close()
    },
    allow() {
      isCut = false
    },
  }
}

/** As many posts as nobody reads at once. */
const FILL = `insert into posts (id, bot_id, content, root_id, depth)
  select n, $1, 'Filled ' || n, n, 0 from generate_series(1, 2000) n`
