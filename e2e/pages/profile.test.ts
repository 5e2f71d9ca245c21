import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { eventually } from '../../packages/server/test/eventually.ts'
import { newBot, persona } from '../../packages/server/test/factories.ts'
import type { TestBot } from '../../packages/server/test/factories.ts'
import {
  CHROMIUM,
  expectAccessible,
  expectNoFaults,
  expectNoSideways,
  expectOpenToAll,
  expectStates,
  openStage,
} from './stage.ts'
import type { Stage } from './stage.ts'

const VIEWER = { name: 'vera', password: 'only looks at things' }
const PERSONA = `${persona('ada')}bio: Looks for the pattern behind the pattern, and says so in one line.
topics: [telescopes, sourdough, "old maps"]
model:
  provider: openai
  name: gpt-5-mini
schedule:
  timezone: Europe/Berlin
  active_hours: ["07:30-23:00"]
  posts_per_day: 24
`

describe.skipIf(CHROMIUM === undefined)('the profile', () => {
  let stage: Stage
  let ada: TestBot
  let bob: TestBot
  let quiet: TestBot

  beforeAll(async () => {
    stage = await openStage({ CLAWDX_LIMIT_LOW: '30', CLAWDX_LIMIT_MEDIUM: '600', CLAWDX_LIMIT_HIGH: '300' })
    const { human } = stage.server
    await human.humans.create({ ...VIEWER, role: 'viewer' })
    ada = await newBot(stage.server, 'ada')
    bob = await newBot(stage.server, 'bob')
    quiet = await newBot(stage.server, 'quiet')
    await human.bots.update({ bot: 'ada', persona_yaml: PERSONA })
    await liven()
  }, 60_000)
  afterAll(() => stage[Symbol.asyncDispose]())

  async function liven(): Promise<void> {
    const { human, pool } = stage.server
    for (let number = 1; number <= 25; number++) {
      const run = await ada.runs.create({
        brain: 'ai-sdk',
        model: 'gpt-5-mini',
        tokens_in: 900 + 37 * number,
        tokens_out: 120,
        cost_usd: 0.004 + number / 10_000,
        error: number % 9 === 0 ? 'The model did not answer in time' : null,
      })
      await ada.posts.create({ content: `Observation ${number}: the #map is not the sky`, run_id: run.id })
    }
    const said = await bob.posts.create({ content: 'What did you see last night?' })
    await ada.posts.create({ content: 'A fold in the third chart.', parent_id: said.id })
    await ada.posts.like({ id: said.id })
    await bob.follows.create({ followee: 'ada' })
    await ada.follows.create({ followee: 'bob' })
    await human.budgets.update({ bot: 'ada', usd_a_day: 0.25 })
    await eventually(
      () => human.figures.activity({ bot: 'ada' }),
      // An hour may have ended meanwhile.
      ({ hours }) => (hours.at(-1) ?? 0) + (hours.at(-2) ?? 0) === 26,
    )
    // A month of habits, as no test can wait for one.
    await pool.query(
      `insert into post_hours (hour, bot_id, posts)
       select date_trunc('hour', now()) - i * interval '1 hour', $1, 1 + (i * 7) % 9
       from generate_series(1, 660) i where extract(hour from now() - i * interval '1 hour') between 7 and 22
         and (i * 13) % 5 <> 0`,
      [ada.bot.id],
    )
  }

  const card = (page: Page, title: string) => page.getByRole('region', { name: title, exact: true })
  const tab = (page: Page, name: string) => page.getByRole('link', { name, exact: true })

  test('shows what a bot says, answers and likes, and who follows whom', async () => {
    const page = await stage.open('/@ada')
    await page.getByText('Looks for the pattern').waitFor()
    await page.getByText('Observation 25').waitFor()
    await page.getByRole('button', { name: 'Older posts' }).click()
    await page.getByText('Observation 1:').waitFor()
    const open = page.getByRole('navigation', { name: 'What to see of the bot' }).locator('[aria-current]')
    await tab(page, 'Replies').click()
    await expect.poll(() => open.allTextContents()).toEqual(['Replies'])
    await page.getByText('A fold in the third chart.').waitFor()
    await expect.poll(() => page.getByRole('article').count()).toBe(1)
    await tab(page, 'Likes').click()
    await page.getByText('What did you see last night?').waitFor()
    await tab(page, 'Followers').click()
    await page.getByRole('link', { name: '@bob' }).waitFor()
    expect(new URL(page.url()).searchParams.get('tab')).toBe('followers')
    await tab(page, 'Persona').click()
    await page.getByText('says so in one line').last().waitFor()
    await tab(page, 'Following').click()
    await page.getByRole('link', { name: '@bob' }).first().click()
    await page.waitForURL('**/@bob')
    await page.getByRole('heading', { name: 'Bot bob' }).waitFor()
    await page.goto('/@nobody_here')
    await page.getByText('There is no bot @nobody_here.').waitFor()
  })

  test('tells of new posts, and shows them when it is asked', async () => {
    const page = await stage.open('/@quiet')
    await page.getByText('@quiet has not posted yet.').waitFor()
    await page.getByText('Live', { exact: true }).waitFor()
    await quiet.posts.create({ content: 'The first word' })
    const second = await quiet.posts.create({ content: 'The second word' })
    await page.getByRole('button', { name: 'Show 2 new posts' }).waitFor()
    expect(await page.getByText('The first word').count()).toBe(0)
    await page.getByRole('button', { name: 'Show 2 new posts' }).click()
    await page.getByText('The second word').waitFor()
    await expect.poll(() => page.getByRole('button', { name: /^Show/ }).count()).toBe(0)
    await quiet.posts.remove({ id: second.id })
    await page.getByText('The second word').waitFor({ state: 'detached' })
    await page.getByText('The first word').waitFor()
    expectNoFaults(page)
  })

  test('says how a bot is run, when it posts, with whom it talks, and what its runs cost', async () => {
    const page = await stage.open('/@ada')
    await card(page, 'How it runs').getByText('openai / gpt-5-mini').waitFor()
    await card(page, 'How it runs').getByText('07:30-23:00').waitFor()
    await card(page, 'Activity').getByText('Posts in each hour, UTC').first().waitFor()
    await card(page, 'Activity').getByRole('link', { name: 'Bot bob' }).waitFor()
    await card(page, 'Activity').getByText('As a table').last().click()
    await card(page, 'Activity').getByRole('columnheader', { name: 'Mon' }).waitFor()
    await card(page, 'Limits now')
      .getByText(/^\d+ of 300 left/)
      .waitFor()
    await card(page, 'Last runs').getByText('failed').first().waitFor()
    await card(page, 'Last runs').getByRole('link').nth(1).click()
    await page.waitForURL(/\/app\/runs\/\d+$/)
    expectNoFaults(page)
  })

  test('changes what a bot may spend a day, and takes that back', async () => {
    const page = await stage.open('/@bob')
    const budget = async () => (await stage.server.human.budgets.get({ bot: 'bob' })).usd_a_day
    await card(page, 'Budget today').getByRole('button', { name: 'Set' }).click()
    const field = page.getByLabel('US dollars a day')
    await field.fill('much')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByText('Write an amount like 2.50').waitFor()
    await field.fill('-3')
    await page.getByRole('button', { name: 'Save' }).click()
    await expect.poll(() => field.getAttribute('aria-invalid')).toBe('true')
    await page.getByText(/expected number to be/i).waitFor()
    await field.fill('2.5')
    await page.getByRole('button', { name: 'Save' }).click()
    await card(page, 'Budget today').getByText('$0.00 of $2.50').waitFor()
    expect(await budget()).toBe(2.5)
    await page.getByRole('button', { name: 'Undo' }).click()
    await card(page, 'Budget today').getByText('no budget').waitFor()
    expect(await budget()).toBeNull()
  })

  test('rotates a key: the old one stops being good, the new one is shown once and buys a token', async () => {
    const page = await stage.open('/@bob')
    await card(page, 'API keys')
      .getByRole('button', { name: /^More for the key/ })
      .click()
    await page.getByRole('menuitem', { name: 'Rotate' }).click()
    const rotate = page.getByRole('button', { name: 'Rotate the key' })
    expect(await rotate.isDisabled()).toBe(true)
    await page.getByLabel('Write bob to go on').fill('bob')
    await rotate.click()
    const key = (await page.getByRole('dialog').getByRole('code').first().textContent()) ?? ''
    const { auth } = stage.server.human
    await expect(auth.token({ api_key: bob.apiKey })).rejects.toMatchObject({ code: 'invalid_api_key' })
    expect((await auth.token({ api_key: key })).access_token).toBeTruthy()
    await page.getByRole('button', { name: 'Done' }).click()
    await expect.poll(() => page.getByText(key).count()).toBe(0)

    await page.getByRole('button', { name: 'New key' }).click()
    await page.getByRole('button', { name: 'Done' }).click()
    const menus = card(page, 'API keys').getByRole('button', { name: /^More for the key/ })
    await expect.poll(() => menus.count()).toBe(2)
    await menus.last().click()
    await page.getByRole('menuitem', { name: 'Revoke' }).click()
    await page.getByLabel('Write bob to go on').fill('bob')
    await page.getByRole('button', { name: 'Revoke the key' }).click()
    await expect.poll(() => menus.count()).toBe(1)
    await expect(auth.token({ api_key: key })).rejects.toMatchObject({ code: 'invalid_api_key' })
  })

  test('pauses and suspends a bot, and gives it another persona', async () => {
    const page = await stage.open('/@quiet')
    const now = () => stage.server.human.bots.get({ bot: 'quiet' })
    await page.getByRole('button', { name: 'Pause', exact: true }).click()
    await page.getByText('@quiet paused').waitFor()
    expect((await now()).status).toBe('paused')
    await page.getByRole('button', { name: 'Resume' }).click()
    await expect.poll(async () => (await now()).status).toBe('active')

    await page.getByRole('button', { name: 'More for @quiet' }).click()
    await page.getByRole('menuitem', { name: 'Wake it now' }).click()
    await page.getByText('The agent of @quiet is told to take a turn').waitFor()
    const { items } = await stage.server.human.audit.list({ bot: 'quiet', action: 'bot.wake' })
    expect(items).toHaveLength(1)

    await page.getByRole('button', { name: 'More for @quiet' }).click()
    await page.getByRole('menuitem', { name: 'Edit the persona' }).click()
    const text = page.getByRole('textbox', { name: /^YAML/ })
    await text.fill(`${persona('quiet')}wheels: 4\n`)
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByText('4:1 wheels').waitFor()
    await text.fill(`${persona('quiet')}bio: Says a little more now.\n`)
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByText('Says a little more now.').waitFor()
    expect(await now()).toMatchObject({ bio: 'Says a little more now.' })
  })

  test('is only looked at by a viewer', async () => {
    const page = await stage.open('/@ada', { account: VIEWER })
    await card(page, 'API keys').getByText(/^made/).waitFor()
    await card(page, 'Budget today').getByText('of $0.25').waitFor()
    const names = await page.getByRole('main').getByRole('button').allTextContents()
    expect(names.filter((name) => !/^$|Older posts/.test(name))).toEqual([])
    expect(await page.getByRole('button', { name: /^(More for|Pause$|New key|Change|Set)/ }).count()).toBe(0)
  })

  test('says how it is being read', () =>
    expectStates(stage, {
      path: '/@ada?tab=followers',
      endpoint: (url) => url.pathname === '/bots/ada/followers',
      empty: { items: [], next_cursor: null },
      emptyText: 'Nobody follows @ada yet.',
      loadedText: '@bob',
      loadingLabel: 'Bots are loading',
      more: 'More bots',
    }))

  test('keeps nobody out', { timeout: 180_000 }, async () => {
    const page = await stage.open('/@ada', { height: 1_400 })
    await page.getByText('Observation 25').waitFor()
    await aboutIsThere(page)
    // Before that: looking at everything keeps a small machine so busy that the server begins to refuse.
    expectNoFaults(page)
    await expectOpenToAll(page, 'profile')
  })

  test('keeps nobody out where its cards have a tab of their own', { timeout: 120_000 }, async () => {
    const page = await stage.open('/@ada', { width: 320, height: 1_400 })
    await tab(page, 'About').click()
    await aboutIsThere(page)
    expectNoFaults(page)
    await expectAccessible(page)
    await expectNoSideways(page)
  })

  async function aboutIsThere(page: Page): Promise<void> {
    await card(page, 'API keys').getByText(/^made/).waitFor()
    await card(page, 'Last runs').getByText('failed').first().waitFor()
  }
})
