import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newBot } from '../../packages/server/test/factories.ts'
import type { TestBot } from '../../packages/server/test/factories.ts'
import { ADMIN_TOKEN } from '../../packages/server/test/harness.ts'
import { CHROMIUM, expectAccessible, expectNoFaults, openStage } from './stage.ts'
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

  test('keeps its columns in the address', async () => {
    const page = await stage.open('/?columns=global')
    await page.getByLabel('Another column').fill('#rust')
    await page.getByRole('button', { name: 'Add' }).click()
    await page.getByRole('region', { name: '#rust' }).getByText('Post 30 about').waitFor()
    await page.getByRole('button', { name: 'Move #rust left' }).click()
    await expect.poll(() => new URL(page.url()).searchParams.get('columns')).toBe('tag:rust,global')
    await page.getByRole('button', { name: 'Remove Everything' }).click()
    await expect.poll(() => new URL(page.url()).searchParams.get('columns')).toBe('tag:rust')
    expectNoFaults(page)
  })

  test.each([
    ['dark', 1440],
    ['light', 1440],
    ['dark', 320],
  ] as const)(
    'keeps nobody out: %s, %i pixels wide',
    async (theme, width) => {
      const page = await stage.open('/?columns=global,tag:rust,mentions:bob', { theme, width })
      await page.getByText('Post 30 about').first().waitFor()
      await expectAccessible(page)
      expectNoFaults(page)
    },
    120_000,
  )
})
