import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { newBot } from '../../packages/server/test/factories.ts'
import type { TestBot } from '../../packages/server/test/factories.ts'
import {
  CHROMIUM,
  expectAccessible,
  expectNoFaults,
  expectOpenToAll,
  expectStates,
  openStage,
  takePicture,
} from './stage.ts'
import type { Stage } from './stage.ts'

const MODELS = [
  'anthropic/claude-haiku-4-5',
  'openai/gpt-5-mini',
  'ollama/llama3.2',
  'mistral/small',
  'qwen/qwen3-8b',
]
const NOTHING = { cost_usd: 0, tokens_in: 0, tokens_out: 0, runs: 0 }
const SPENT_NOTHING = { sum: NOTHING, by_day: { cost_usd: [0], tokens_in: [0], tokens_out: [0], runs: [0] } }

// A page has many steps, and axe takes its time.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 })

describe.skipIf(CHROMIUM === undefined)('spend', () => {
  let stage: Stage
  let bots: TestBot[]
  let ada: TestBot

  beforeAll(async () => {
    stage = await openStage()
    const handles = ['ada', 'bob', 'cleo', 'dora', 'emil', 'fay', 'gus', 'hedy']
    bots = []
    for (const handle of handles) bots.push(await newBot(stage.server, handle))
    ada = bots[0] as TestBot
    for (const [index, bot] of bots.entries()) await fillMonth(bot, index)
    await ada.runs.create({ brain: 'ai-sdk', model: 'openai/gpt-5-mini', cost_usd: 0.5, tokens_in: 900 })
  })
  afterAll(() => stage[Symbol.asyncDispose]())

  /** The API counts runs when they are made: earlier days can only be written. */
  async function fillMonth(bot: TestBot, index: number): Promise<void> {
    await stage.server.pool.query(
      `insert into run_hours (hour, bot_id, brain, model, runs, failed, tokens_in, tokens_out, cost_usd)
       select date_trunc('hour', now(), 'UTC') - day * interval '1 day', $1, 'ai-sdk', $2, 40 + day % 7, 1,
              48000 + 900 * day, 1500, (0.2 + 0.05 * (day * 7 % 5)) * $3
       from generate_series(1, 40) day`,
      [bot.bot.id, MODELS[index % MODELS.length], 1 + index / 2],
    )
  }

  const post = (bot: TestBot) =>
    stage.server.request('POST', '/posts', { token: bot.token, body: { content: 'Hello' } })
  const switchOf = (page: Page) => page.getByRole('region', { name: 'Kill switch' })

  test('of bots, models and brains is told by day, and the address says which', async () => {
    const page = await stage.open('/app/spend')
    const rows = page.getByRole('table', { name: 'Spend by bot' }).locator('tbody tr')
    await expect.poll(() => rows.count()).toBe(8)
    await page.getByText('month so far ÷').or(page.getByText('after the first day')).first().waitFor()
    const { month } = await stage.server.human.figures.spend({})
    await page
      .getByText(`$${month.cost_usd.toFixed(2)}`, { exact: true })
      .first()
      .waitFor()

    await page.getByText('As a table').click()
    const twin = page.getByRole('region', { name: 'Cost of each day' })
    await expect
      .poll(() => twin.getByRole('columnheader').allTextContents())
      .toEqual(['When', ...['@hedy', '@gus', '@fay', '@emil', '@dora'], 'all others'])
    expect(await twin.getByRole('row').count()).toBe(31)

    await page.getByLabel('Days').selectOption('7 days')
    await expect.poll(() => twin.getByRole('row').count()).toBe(8)
    await page.getByRole('button', { name: 'Runs' }).click()
    await page.getByLabel('What is measured').selectOption('Runs')
    await page.getByRole('link', { name: 'By model' }).click()
    await page.getByRole('link', { name: 'mistral/small' }).waitFor()
    expect(Object.fromEntries(new URL(page.url()).searchParams)).toEqual({
      ...{ days: '7', of: 'runs', by: 'model', sort: 'runs' },
    })
    await page.getByRole('link', { name: 'mistral/small' }).click()
    await page.getByRole('heading', { name: 'Agent runs' }).waitFor()
    expect(new URL(page.url()).search).toBe('?model=mistral%2Fsmall')
    expectNoFaults(page)
  })

  test('stops with the kill switch, and goes on with it', async () => {
    const page = await stage.open('/app/spend')
    await switchOf(page).getByRole('button', { name: 'Stop all writing' }).click()
    const dialog = page.getByRole('dialog', { name: 'Stop all writing' })
    // However this ends: the other tests are of a network that goes on.
    onTestFinished(async () => {
      await stage.server.human.network.update({ writing: 'on' })
    })
    await dialog.getByText('Within a second every post').waitFor()
    await expectAccessible(page)
    await dialog.getByLabel('Reason').fill('A storm of bots')
    expect((await post(ada)).status).toBe(201)
    await dialog.getByRole('button', { name: 'Stop writing' }).click()
    await page.getByRole('status').getByText('Bots may not write').waitFor()
    await switchOf(page).getByText(': A storm of bots').waitFor()
    const refused = await post(ada)
    expect([refused.status, refused.body.code]).toEqual([503, 'network_paused'])
    await takePicture(page, 'spend-stopped')

    await switchOf(page).getByRole('button', { name: 'Let bots write' }).click()
    await switchOf(page).getByText('Bots may write').waitFor()
    await expect.poll(async () => (await post(ada)).status).toBe(201)
    expect(await page.getByRole('status').getByText('Bots may not write').count()).toBe(0)
    await page.getByRole('button', { name: 'Undo' }).click()
    await switchOf(page).getByText(': A storm of bots').waitFor()
    expect(await stage.server.human.network.get()).toMatchObject({
      writing: 'off',
      reason: 'A storm of bots',
    })
    await switchOf(page).getByRole('button', { name: 'Let bots write' }).click()
    await switchOf(page).getByText('Bots may write').waitFor()
    expectNoFaults(page)
  })

  test('of a bot has an end where it is given a budget', async () => {
    const page = await stage.open('/app/spend')
    await page.getByRole('button', { name: 'Budget of @ada' }).click()
    const dialog = page.getByRole('dialog', { name: 'Budget of @ada' })
    await dialog.getByText('as much as it likes').waitFor()
    await dialog.getByLabel('US dollars a day').fill('much')
    await dialog.getByRole('button', { name: 'Save' }).click()
    await dialog.getByText('An amount from 0 to 1000000').waitFor()
    await expectAccessible(page)
    await dialog.getByLabel('US dollars a day').fill('0.75')
    await dialog.getByRole('button', { name: 'Save' }).click()
    await page.getByText('@ada may spend $0.75 a day.').waitFor()
    expect((await post(ada)).status).toBe(201)

    await ada.runs.create({ brain: 'ai-sdk', model: 'openai/gpt-5-mini', cost_usd: 2 })
    await expect.poll(async () => (await post(ada)).body.code).toBe('budget_spent')
    await page.getByRole('button', { name: 'Budget of @ada' }).click()
    await dialog.getByText('used up', { exact: true }).waitFor()
    await dialog.getByRole('meter').waitFor()
    await takePicture(page, 'spend-budget')
    await dialog.getByRole('button', { name: 'Take the budget away' }).click()
    await page.getByText('@ada has no budget any more.').waitFor()
    await expect.poll(async () => (await post(ada)).status).toBe(201)
    await page.getByRole('button', { name: 'Undo' }).last().click()
    await expect.poll(async () => (await stage.server.human.budgets.get({ bot: 'ada' })).usd_a_day).toBe(0.75)
    await stage.server.human.budgets.update({ bot: 'ada', usd_a_day: null })
    expectNoFaults(page)
  })

  test('is only looked at by viewers', async () => {
    const account = { name: 'vera', password: 'not to be guessed' }
    await stage.server.human.humans.create({ ...account, role: 'viewer' })
    const page = await stage.open('/app/spend', { account })
    const stop = switchOf(page).getByRole('button', { name: 'Stop all writing' })
    await stop.waitFor()
    expect(await stop.isDisabled()).toBe(true)
    await page.getByRole('button', { name: 'Budget of @bob' }).click()
    await page.getByText('Only admins change it').waitFor()
    expect(await page.getByRole('button', { name: 'Save' }).count()).toBe(0)
  })

  test('has every state', async () => {
    await expectStates(stage, {
      path: '/app/spend',
      endpoint: (url) => url.pathname === '/figures/spend',
      empty: {
        ...{ by: 'bot', days: ['2026-11-01'], total: SPENT_NOTHING, keys: [], rest: SPENT_NOTHING },
        ...{ today: NOTHING, month: NOTHING },
      },
      emptyText: 'No agent has recorded a run in these days.',
      loadedText: '@hedy',
      loadingLabel: 'Figures are loading',
    })
  })

  test('keeps nobody out', async () => {
    const page = await stage.open('/app/spend')
    await page.getByRole('link', { name: '@hedy' }).waitFor()
    await switchOf(page).getByText('Bots may write').waitFor()
    await expectOpenToAll(page, 'spend')
    expectNoFaults(page)
  })
})
