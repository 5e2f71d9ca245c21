import { readFile } from 'node:fs/promises'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { eventually } from '../../packages/server/test/eventually.ts'
import { newBot, persona } from '../../packages/server/test/factories.ts'
import type { TestBot } from '../../packages/server/test/factories.ts'
import { CHROMIUM, expectNoFaults, expectOpenToAll, expectStates, openStage } from './stage.ts'
import type { Stage } from './stage.ts'

const BOTS = 53
const VIEWER = { name: 'vera', password: 'only looks at things' }

/** `bot_aa` to `bot_fd`: no two handles look alike. */
const handleOf = (index: number) => `bot_${'abcdef'[Math.floor(index / 10)]}${'acdefhjkmn'[index % 10]}`

describe.skipIf(CHROMIUM === undefined)('the bots', () => {
  let stage: Stage
  const bots: TestBot[] = []

  beforeAll(async () => {
    stage = await openStage()
    await stage.server.human.humans.create({ ...VIEWER, role: 'viewer' })
    const handles = Array.from({ length: BOTS }, (_, index) => handleOf(index))
    for (; handles.length > 0;) {
      const batch = handles.splice(0, 6)
      bots.push(...(await Promise.all(batch.map((handle) => newBot(stage.server, handle)))))
    }
    await liven()
  }, 120_000)
  afterAll(() => stage[Symbol.asyncDispose]())

  /** Posts, runs, followers, budgets and webhooks, so that no column of the table is empty. */
  async function liven(): Promise<void> {
    const { human } = stage.server
    for (const [index, bot] of bots.slice(0, 12).entries()) {
      for (let number = 0; number <= index; number++) await bot.posts.create({ content: `Post ${number}` })
      const error = index % 4 === 3 ? 'The model did not answer' : null
      const tokens = { tokens_in: 1_200 * (index + 1), tokens_out: 300, cost_usd: 0.0123 * (index + 1) }
      await bot.runs.create({ brain: 'ai-sdk', model: 'gpt-5-mini', ...tokens, error })
      await bot.runs.create({ brain: 'ai-sdk', model: 'gpt-5-mini', ...tokens })
      if (index % 3 === 0) await human.budgets.update({ bot: bot.handle, usd_a_day: index + 2.5 })
      if (index % 5 === 0) {
        await bot.webhooks.create({ kind: 'standard', url: 'https://example.org/hook', events: ['mention'] })
      }
      for (const fan of bots.slice(20, 20 + index)) await fan.follows.create({ followee: bot.handle })
    }
    await human.bots.update({ bot: handleOf(1), persona_yaml: `${persona(handleOf(1))}${MODEL}` })
    await human.bots.update({ bot: handleOf(2), status: 'suspended' })
    await human.bots.update({ bot: handleOf(3), status: 'paused' })
    await eventually(
      () => human.figures.bots({ q: handleOf(11) }),
      ({ items }) => items[0]?.posts_24h === 12,
    )
  }

  const rows = (page: Page) => page.getByRole('rowheader')
  const row = (page: Page, handle: string) => page.getByRole('row').filter({ hasText: `@${handle}` })
  const statusOf = async (handle: string) => (await stage.server.human.bots.get({ bot: handle })).status
  const parameterOf = (page: Page, name: string) => new URL(page.url()).searchParams.get(name)

  test('are read page by page, sorted by heading, and found by a part of their name', async () => {
    const page = await stage.open('/app/bots')
    await row(page, handleOf(BOTS - 1)).waitFor()
    expect(await rows(page).count()).toBe(50)
    await page.getByRole('button', { name: 'More bots' }).click()
    await expect.poll(() => rows(page).count()).toBe(BOTS)

    await page.getByRole('button', { name: 'Posts' }).click()
    await expect.poll(() => rows(page).first().textContent()).toContain(`@${handleOf(11)}`)
    expect(parameterOf(page, 'sort')).toBe('posts_24h')
    await page.getByRole('button', { name: 'Bot', exact: true }).click()
    await expect.poll(() => rows(page).first().textContent()).toContain(`@${handleOf(0)}`)
    await page.getByRole('button', { name: 'Bot', exact: true }).click()
    await expect.poll(() => rows(page).first().textContent()).toContain(`@${handleOf(BOTS - 1)}`)
    expect(parameterOf(page, 'order')).toBe('desc')

    await page.getByLabel('Search by name or handle').fill('bot_b')
    await expect.poll(() => rows(page).count()).toBe(10)
    expect(parameterOf(page, 'q')).toBe('bot_b')
    await page.reload()
    await expect.poll(() => rows(page).count()).toBe(10)
    expect(await page.getByLabel('Search by name or handle').inputValue()).toBe('bot_b')
    await page.getByLabel('Search by name or handle').fill('nobody at all')
    await page.getByText('No bot is like that.').waitFor()
    await page.getByRole('button', { name: 'Show all bots' }).click()
    await page.getByLabel('Status').selectOption('suspended')
    await expect.poll(() => rows(page).allTextContents()).toEqual([expect.stringContaining(handleOf(2))])
    expectNoFaults(page)
  })

  test('are paused together, and resumed by taking that back', async () => {
    const page = await stage.open('/app/bots?q=bot_c&sort=name')
    await row(page, handleOf(20)).waitFor()
    await page.getByRole('checkbox', { name: 'Select all shown' }).check()
    await page.getByRole('checkbox', { name: `Select @${handleOf(29)}` }).uncheck()
    await page.getByText('9 selected').waitFor()
    await page.getByRole('button', { name: 'Pause', exact: true }).click()
    await page.getByText('9 bots paused').waitFor()
    const statuses = () => Promise.all([20, 28, 29].map((index) => statusOf(handleOf(index))))
    expect(await statuses()).toEqual(['paused', 'paused', 'active'])
    await row(page, handleOf(20)).getByText('paused').waitFor()
    await page.getByRole('button', { name: 'Undo' }).click()
    await expect.poll(statuses).toEqual(['active', 'active', 'active'])
    await row(page, handleOf(20)).getByText('active').waitFor()
    expectNoFaults(page)
  })

  test('stay as they were where the server refuses', async () => {
    const page = await stage.open('/app/bots?q=bot_d&sort=name')
    await row(page, handleOf(30)).waitFor()
    const refused = handleOf(31)
    await page.route(
      (url) => url.pathname === `/bots/${refused}`,
      (route) => route.fulfill(FORBIDDEN),
    )
    for (const index of [30, 31]) {
      await page.getByRole('checkbox', { name: `Select @${handleOf(index)}` }).check()
    }
    await page.getByRole('button', { name: 'Pause', exact: true }).click()
    await page.getByText(`@${handleOf(30)} paused`).waitFor()
    await page.getByText('1 of 2 bots stay as they were: Not today').waitFor()
    expect([await statusOf(handleOf(30)), await statusOf(refused)]).toEqual(['paused', 'active'])
    await row(page, refused).getByText('active').waitFor()
  })

  test('are suspended one by one, and lead to where more of them stands', async () => {
    const handle = handleOf(40)
    const page = await stage.open(`/app/bots?q=${handle}`)
    const choose = async (item: string) => {
      await page.getByRole('button', { name: `More for @${handle}` }).click()
      await page.getByRole('menuitem', { name: item }).click()
    }
    await choose('Suspend')
    await page.getByText(`@${handle} suspended`).waitFor()
    expect(await statusOf(handle)).toBe('suspended')
    await choose('Lift the suspension')
    await expect.poll(() => statusOf(handle)).toBe('active')
    await choose('Runs')
    await page.waitForURL(`**/app/runs?bot=${handle}`)
    await page.goBack()
    await row(page, handle).getByRole('link').click()
    await page.waitForURL(`**/@${handle}`)
    expectNoFaults(page)
  })

  test('are taken along as CSV', async () => {
    const page = await stage.open('/app/bots?sort=posts_24h')
    await row(page, handleOf(11)).waitFor()
    const downloading = page.waitForEvent('download')
    await page.getByRole('button', { name: 'CSV' }).click()
    const lines = (await readFile(await (await downloading).path(), 'utf8')).trimEnd().split('\r\n')
    expect(lines).toHaveLength(51)
    expect(lines[0]).toMatch(/^handle,display_name,status,posts_24h,/)
    expect(lines[1]).toMatch(new RegExp(`^${handleOf(11)},Bot ${handleOf(11)},active,12,2,1,`))
    expectNoFaults(page)
  })

  test('are left alone by a viewer', async () => {
    const page = await stage.open('/app/bots', { account: VIEWER })
    await row(page, handleOf(BOTS - 1)).waitFor()
    expect(await page.getByRole('checkbox').count()).toBe(0)
    expect(await page.getByRole('link', { name: 'Register a bot' }).count()).toBe(0)
    await page.getByRole('button', { name: `More for @${handleOf(BOTS - 1)}` }).click()
    await page.getByRole('menuitem', { name: 'Spend' }).waitFor()
    expect(await page.getByRole('menuitem').allTextContents()).toEqual(['Profile', 'Runs', 'Spend'])
  })

  test('say how they are being read', () =>
    expectStates(stage, {
      path: '/app/bots',
      endpoint: (url) => url.pathname === '/figures/bots',
      empty: { items: [], next_cursor: null },
      emptyText: 'No bots yet.',
      loadedText: `@${handleOf(BOTS - 1)}`,
      loadingLabel: 'Bots are loading',
      more: 'More bots',
    }))

  test('keep nobody out', { timeout: 180_000 }, async () => {
    const page = await stage.open('/app/bots?sort=posts_24h&q=bot_a')
    await page.getByRole('checkbox', { name: `Select @${handleOf(5)}` }).check()
    // Before that: looking at everything keeps a small machine so busy that the server begins to refuse.
    expectNoFaults(page)
    await expectOpenToAll(page, 'bots')
  })
})

const MODEL = 'model: { provider: openai, name: gpt-5-mini }\n'
const FORBIDDEN = {
  status: 403,
  headers: { 'content-type': 'application/problem+json' },
  body: JSON.stringify({ code: 'forbidden', detail: 'Not today' }),
}
