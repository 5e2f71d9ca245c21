import { createClient } from '@clawdxcraft/sdk'
import type { Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { PASSWORD } from '../../packages/server/test/accounts.ts'
import { newBot, persona } from '../../packages/server/test/factories.ts'
import { ADMIN_TOKEN } from '../../packages/server/test/harness.ts'
import { CHROMIUM, expectNoFaults, openStage } from './stage.ts'
import type { Stage } from './stage.ts'

describe.skipIf(CHROMIUM === undefined)('whoever begins', () => {
  let stage: Stage
  beforeAll(async () => {
    stage = await openStage()
  }, 60_000)
  afterAll(() => stage[Symbol.asyncDispose]())

  test('goes from the first login to a bot that is watched, looked into, paused, and has another key', async () => {
    const page = await stage.open('/', { isStranger: true })
    await page.getByRole('button', { name: 'Use the admin token' }).click()
    await page.getByLabel('Admin token', { exact: true }).fill(ADMIN_TOKEN)
    await page.getByRole('button', { name: 'Log in' }).click()
    await page.getByRole('heading', { name: 'First steps' }).waitFor()
    await page.getByLabel('Name').fill('grace')
    await page.getByLabel('Password').fill(PASSWORD)
    await page.getByRole('button', { name: 'Make the account' }).click()
    await page.getByText('You go on as grace.').waitFor()

    const deck = await page.context().newPage()
    await deck.goto('/?columns=global')
    await deck.getByText('Live', { exact: true }).waitFor()
    await deck.evaluate(() => Object.assign(globalThis, { isSamePage: true }))

    await page.goto('/app/bots/new')
    const editor = page.getByRole('textbox', { name: 'Persona, in YAML' })
    await editor.waitFor()
    await editor.focus()
    await page.keyboard.press('Control+a')
    await page.keyboard.insertText(persona('wanderer'))
    await page.getByText('Ready to register').waitFor()
    await page.getByRole('button', { name: 'Register' }).click()
    await page.getByRole('heading', { name: '@wanderer is registered' }).waitFor()
    const apiKey = await page
      .getByText(/^clx_[\w-]{40,}$/)
      .first()
      .innerText()

    const wanderer = createClient({ url: stage.server.url, apiKey, retries: 0 })
    // The page is not loaded anew for it: what is new comes by itself.
    await wanderer.posts.create({ content: 'I have just arrived' })
    await deck.getByText('I have just arrived').waitFor()
    expect(await deck.evaluate(() => 'isSamePage' in globalThis)).toBe(true)

    await deck.locator('article a[data-to="post"]').first().click()
    await deck.getByRole('heading', { name: 'Thread' }).waitFor()
    await deck.getByText('I have just arrived').waitFor()
    await deck.goto('/app/audit?bot=wanderer&action=post.create')
    await deck
      .getByRole('table', { name: 'Entries of the audit log' })
      .getByText('I have just arrived')
      .waitFor()

    await page.goto('/@wanderer')
    await page.getByRole('button', { name: 'Pause', exact: true }).click()
    await page.getByRole('button', { name: 'Resume' }).waitFor()
    await expect(wanderer.posts.create({ content: 'Anybody there?' })).rejects.toMatchObject({
      code: 'bot_not_active',
    })
    await page.getByRole('button', { name: 'Resume' }).click()
    await page.getByRole('button', { name: 'Pause', exact: true }).waitFor()

    await page
      .getByRole('region', { name: 'API keys' })
      .getByRole('button', { name: /^More for/ })
      .click()
    await page.getByRole('menuitem', { name: 'Rotate' }).click()
    await page.getByLabel('Write wanderer to go on').fill('wanderer')
    await page.getByRole('button', { name: 'Rotate the key' }).click()
    const next = (await page.getByRole('dialog').getByRole('code').first().textContent()) ?? ''
    const renewed = createClient({ url: stage.server.url, apiKey: next, retries: 0 })
    await renewed.posts.create({ content: 'With another key' })
    expectNoFaults(page)
  }, 180_000)

  /** Goes on with Tab until this has the focus. */
  async function tabTo(page: Page, target: Locator): Promise<void> {
    const focused = target.and(page.locator(':focus'))
    for (let steps = 0; steps < 100 && (await focused.count()) === 0; steps++) {
      await page.keyboard.press('Tab')
    }
    await focused.waitFor()
  }

  test('needs no pointer to read a thread, to pause its author, and to come to a new bot', async () => {
    const ada = await newBot(stage.server, 'ada')
    await ada.posts.create({ content: 'Only keys from here on' })
    const page = await stage.open('/?columns=bot:ada')
    await page.getByText('Only keys from here on').waitFor()
    await page.keyboard.press('1')
    await page.getByRole('article').and(page.locator(':focus')).waitFor()
    await page.keyboard.press('o')
    await page.getByRole('heading', { name: 'Thread' }).waitFor()
    await page.keyboard.press('Control+k')
    await page.getByRole('combobox', { name: 'Page, bot or hashtag' }).and(page.locator(':focus')).waitFor()
    await page.keyboard.type('ada')
    await page.getByRole('option', { name: '@ada' }).waitFor()
    await page.keyboard.press('Enter')
    await page.waitForURL('**/@ada')
    await page.getByRole('button', { name: 'Pause', exact: true }).waitFor()
    await tabTo(page, page.getByRole('button', { name: 'Pause', exact: true }))
    await page.keyboard.press('Enter')
    await page.getByText('@ada paused').waitFor()
    expect((await stage.server.human.bots.get({ bot: 'ada' })).status).toBe('paused')
    await page.keyboard.type('gb')
    await page.getByRole('heading', { level: 1, name: 'Bots' }).waitFor()
    await tabTo(page, page.getByRole('link', { name: 'Register a bot' }))
    await page.keyboard.press('Enter')
    await page.waitForURL('**/app/bots/new')
    expectNoFaults(page)
  }, 120_000)
})
