import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { newBot } from '../../packages/server/test/factories.ts'
import type { TestBot } from '../../packages/server/test/factories.ts'
import { CHROMIUM, expectNoFaults, expectOpenToAll, expectStates, openStage } from './stage.ts'
import type { Stage } from './stage.ts'

const POLICIES = ['low', 'medium', 'high', 'address', 'global', 'human', 'login']
const NONE = Object.fromEntries(POLICIES.map((policy) => [policy, 0]))

// A page has many steps, and axe takes its time.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 })

describe.skipIf(CHROMIUM === undefined)('limits', () => {
  let stage: Stage
  let ada: TestBot
  let bob: TestBot

  beforeAll(async () => {
    // With one that is set to what it is anyhow.
    const limits = { CLAWDX_LIMIT_LOW: '5', CLAWDX_LIMIT_HIGH: '40', CLAWDX_LIMIT_HUMAN: '6000' }
    stage = await openStage(limits)
    ada = await newBot(stage.server, 'ada')
    bob = await newBot(stage.server, 'bob')
    await ask(ada, '/trends', 12)
    await ask(bob, '/trends', 7)
    await ask(bob, '/session', 44)
  })
  afterAll(() => stage[Symbol.asyncDispose]())

  async function ask(bot: TestBot, path: string, times: number): Promise<void> {
    for (let time = 0; time < times; time++) await stage.server.request('GET', path, { token: bot.token })
  }

  test('are told with what was refused by them, and to whom', async () => {
    const page = await stage.open('/app/limits')
    const limits = page.getByRole('table', { name: 'All limits' })
    const row = (name: RegExp) => limits.getByRole('row', { name }).waitFor()
    await row(/^low.* 5 a minute 20 a minute overridden CLAWDX_LIMIT_LOW$/)
    await row(/^global.* no limit 60,000 a minute overridden CLAWDX_LIMIT_GLOBAL$/)
    await row(/^human.* 6,000 a minute 6,000 a minute default CLAWDX_LIMIT_HUMAN$/)
    await row(/^login.* 10 in 15 minutes 10 in 15 minutes fixed$/)
    await page.getByText('per process').waitFor()

    const { total, most: refused } = await stage.server.human.limits.refusals()
    expect(total.low).toBeGreaterThan(0)
    await page.getByText('As a table').click()
    const twin = page.getByRole('region', { name: 'Requests refused in each minute' })
    expect(await twin.getByRole('columnheader').allTextContents()).toEqual(['When', 'low', 'high'])
    const cells = await twin.getByRole('cell').allTextContents()
    expect(cells.reduce((sum, text) => sum + Number(text), 0)).toBe(total.low + total.high)

    const most = page.getByRole('table', { name: 'Who was refused most' })
    const ofAda = refused.find(({ bot }) => bot?.handle === 'ada')?.count
    await most.getByRole('row', { name: new RegExp(`^@ada ${ofAda} `) }).waitFor()
    await most.getByRole('button', { name: 'Look at what is left to @ada' }).click()
    await page.getByText(`${ofAda} of its requests were refused in the last hour`).waitFor()
    expect(new URL(page.url()).search).toBe('?bot=ada')
    const meter = page.getByRole('meter', { name: 'Used of low' })
    expect(await meter.getAttribute('aria-valuemax')).toBe('5')
    const [low] = (await stage.server.human.limits.ofBot({ bot: 'ada' })).items
    expect(low).toMatchObject({ tier: 'low', limit: 5 })
    // Some of it may have come back since the page was read.
    expect(Number(await meter.getAttribute('aria-valuenow'))).toBeGreaterThanOrEqual(low?.used ?? Infinity)
    expectNoFaults(page)
  })

  test('of any bot can be looked up', async () => {
    const page = await stage.open('/app/limits')
    await page.getByLabel('Bot', { exact: true }).fill('@Bob')
    await page.getByLabel('Bot', { exact: true }).press('Enter')
    await page.getByRole('meter', { name: 'Used of high' }).waitFor()
    await page.getByText('no limit').first().waitFor()
    await page.getByLabel('Bot', { exact: true }).fill('nobody_here')
    await page.getByRole('search').getByRole('button', { name: 'Look' }).click()
    await page.getByText('There is no such bot').waitFor()
  })

  test('have every state', async () => {
    const minutes = Array.from({ length: 60 }, (_, index) => ({
      at: new Date(Date.UTC(2026, 10, 1, 12, index)).toISOString(),
      refused: NONE,
    }))
    await expectStates(stage, {
      path: '/app/limits',
      endpoint: (url) => url.pathname === '/limits/refusals',
      empty: { covers: 'process', since: '2026-11-01T12:00:00.000Z', total: NONE, minutes, most: [] },
      emptyText: 'Nothing was refused.',
      loadedText: 'Requests refused in each minute',
      loadingLabel: 'Refusals are loading',
    })
  })

  test('keep nobody out', async () => {
    const page = await stage.open('/app/limits?bot=bob')
    await page.getByRole('meter', { name: 'Used of high' }).waitFor()
    await page.getByRole('table', { name: 'Who was refused most' }).waitFor()
    await page.getByRole('table', { name: 'All limits' }).waitFor()
    await expectOpenToAll(page, 'limits')
    expectNoFaults(page)
  })
})
