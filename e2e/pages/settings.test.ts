import { createServer } from 'node:http'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gunzipSync } from 'node:zlib'
import { readFile } from 'node:fs/promises'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { PASSWORD, login, newAccount } from '../../packages/server/test/accounts.ts'
import { newBot, persona } from '../../packages/server/test/factories.ts'
import type { TestBot } from '../../packages/server/test/factories.ts'
import { CHROMIUM, expectNoFaults, expectOpenToAll, expectStates, openStage, takePicture } from './stage.ts'
import type { Stage } from './stage.ts'

const OTHER = 'tame horses in a stable'
const DECISION = JSON.stringify({ action: 'post', target: null, text: 'Good morning' })

describe.skipIf(CHROMIUM === undefined)('settings', () => {
  let stage: Stage
  let ada: TestBot
  /** A language model on loopback. */
  let provider: Server

  beforeAll(async () => {
    provider = createServer((request, response) => {
      request.resume().on('end', () => {
        const choices = [
          { index: 0, message: { role: 'assistant', content: DECISION }, finish_reason: 'stop' },
        ]
        const usage = { prompt_tokens: 300, completion_tokens: 12, total_tokens: 312 }
        response.writeHead(200, { 'content-type': 'application/json' })
        response.end(
          JSON.stringify({ id: '1', object: 'chat.completion', created: 1, model: 'x', choices, usage }),
        )
      })
    })
    await new Promise<void>((resolve) => provider.listen(0, '127.0.0.1', resolve))
    stage = await openStage({ BOX_API_KEY: 'sk-0123456789' })
    const { human } = stage.server
    ada = await newBot(stage.server, 'ada')
    await ada.posts.create({ content: 'Hello from #ada' })
    const base_url = `http://127.0.0.1:${(provider.address() as AddressInfo).port}/v1`
    const thinkers = [
      { provider: 'openai-compatible', name: 'qwen3-8b', base_url },
      { provider: 'anthropic', name: 'claude-haiku-4-5' },
    ]
    for (const [index, model] of thinkers.entries())
      await human.bots.register({
        persona_yaml: persona(`thinker_${'ab'[index]}`, `model: ${JSON.stringify(model)}\n`),
      })
    await ada.runs.create({ brain: 'ai-sdk', model: 'qwen3-8b', tokens_in: 300, tokens_out: 12 })
    await ada.runs.create({
      ...{ brain: 'ai-sdk', model: 'claude-haiku-4-5' },
      error: 'The account at the provider has no money left (402 billing_error)',
    })
    await newAccount(stage.server, 'admin', 'anna')
    await newAccount(stage.server, 'viewer', 'vera')
  }, 120_000)
  afterAll(async () => {
    await stage?.[Symbol.asyncDispose]()
    provider?.closeAllConnections()
    provider?.close()
  })

  const openAs = (name: string, path: string) => stage.open(path, { account: { name, password: PASSWORD } })

  const tabs = (page: Page) =>
    page.getByRole('navigation', { name: 'Sections' }).getByRole('link').allTextContents()
  const region = (page: Page, name: string) => page.getByRole('region', { name, exact: true }).first()
  const root = (page: Page, name: string) => page.locator('html').getAttribute(`data-${name}`)

  test('show to each what it may see', async () => {
    const admin = await stage.open('/app/settings')
    await region(admin, 'In this browser').waitFor()
    expect(await tabs(admin)).toEqual(['Appearance', 'People', 'Network', 'Models', 'Backup'])
    const viewer = await openAs('vera', '/app/settings?tab=backup')
    await region(viewer, 'In this browser').waitFor()
    expect(await tabs(viewer)).toEqual(['Appearance', 'People', 'Network', 'Models'])
    expectNoFaults(viewer)
  })

  test('of this browser hold at once, in other windows, and after a reload', async () => {
    const page = await stage.open('/app/settings')
    const other = await page.context().newPage()
    await other.goto('/?columns=global')
    const article = other.getByRole('article').first()
    await article.waitFor()
    const avatar = article.locator('svg').first()
    expect((await avatar.boundingBox())?.width).toBe(40)

    await page.getByRole('radio', { name: 'Light' }).check()
    expect(await root(page, 'theme')).toBe('light')
    await expect.poll(() => root(other, 'theme')).toBe('light')
    await page.getByRole('button', { name: 'Dark theme' }).click()
    expect(await root(page, 'theme')).toBe('dark')
    expect(await page.getByRole('radio', { name: 'Dark' }).isChecked()).toBe(true)

    await page.getByRole('radio', { name: 'Compact' }).check()
    await expect.poll(async () => (await avatar.boundingBox())?.width).toBe(28)
    await page.getByRole('radio', { name: 'Absolute' }).check()
    await expect.poll(() => article.locator('time').first().textContent()).toMatch(/^\d\d:\d\d$/)
    await page.getByRole('group', { name: 'Keyboard shortcuts' }).getByRole('radio', { name: 'Off' }).check()
    await page.reload()
    await region(page, 'In this browser').waitFor()
    expect([await root(page, 'theme'), await root(page, 'density')]).toEqual(['dark', 'compact'])
    for (const name of ['Compact', 'Absolute', 'Off'])
      expect(await page.getByRole('radio', { name }).isChecked()).toBe(true)
    expect(await page.evaluate(() => localStorage.getItem('clawdx.shortcuts'))).toBe('off')
    expectNoFaults(page)
  })

  test('make, change and delete accounts', async () => {
    const { human } = stage.server
    const page = await stage.open('/app/settings?tab=people')
    const accounts = region(page, 'Accounts')
    await accounts.getByText('vera').waitFor()
    await accounts.getByRole('button', { name: 'New account' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Name').fill('Not A Name')
    await dialog.getByLabel('Password').fill('short')
    await dialog.getByRole('button', { name: 'Make the account' }).click()
    await dialog.getByText('Must be 2 to 30 of').waitFor()
    await dialog.getByText('Must have 10 to 200 characters').waitFor()
    await dialog.getByLabel('Name').fill('vera')
    await dialog.getByLabel('Password').fill(PASSWORD)
    await dialog.getByRole('button', { name: 'Make the account' }).click()
    await dialog.getByText('Somebody has this name already.').waitFor()
    await dialog.getByLabel('Name').fill('nora')
    await dialog.getByRole('button', { name: 'Make the account' }).click()
    await page.getByText('nora can log in now').waitFor()
    expect((await human.humans.list()).items[0]).toMatchObject({ name: 'nora', role: 'viewer' })

    const choose = async (item: string) => {
      await accounts.getByRole('button', { name: 'More for nora' }).click()
      await page.getByRole('menuitem', { name: item }).click()
    }
    await choose('Make admin')
    await page.getByText('nora is an admin now').waitFor()
    expect((await human.humans.list()).items[0]).toMatchObject({ name: 'nora', role: 'admin' })
    await choose('Set a password')
    await dialog.getByLabel('New password').fill(OTHER)
    await dialog.getByRole('button', { name: 'Set the password' }).click()
    await page.getByText('nora has another password').waitFor()
    await login(stage.server, 'nora', OTHER)
    await choose('Delete')
    expect(await dialog.getByRole('button', { name: 'Delete the account' }).isDisabled()).toBe(true)
    await dialog.getByLabel('Write nora to go on').fill('nora')
    await dialog.getByRole('button', { name: 'Delete the account' }).click()
    await page.getByText('The account nora is deleted').waitFor()
    await expect
      .poll(async () => (await human.humans.list()).items.map(({ name }) => name))
      .not.toContain('nora')
  })

  test('roll back an account that the server does not change', async () => {
    const page = await stage.open('/app/settings?tab=people')
    const row = region(page, 'Accounts').getByRole('row').filter({ hasText: 'vera' })
    await row.getByText('viewer').waitFor()
    const answer = Promise.withResolvers<void>()
    await page.route('**/humans/*', async (route) => {
      await answer.promise
      await route.fulfill({ status: 409, json: { code: 'own_account', detail: 'Not this one' } })
    })
    await row.getByRole('button', { name: 'More for vera' }).click()
    await page.getByRole('menuitem', { name: 'Make admin' }).click()
    await row.getByText('admin').waitFor()
    answer.resolve()
    await page.getByText('Not this one').waitFor()
    await row.getByText('viewer').waitFor()
  })

  test('let an account change its own password, and see its own sessions only', async () => {
    // One of its own, as it has another password after this.
    const { name } = await newAccount(stage.server, 'viewer')
    const page = await openAs(name, '/app/settings?tab=people')
    const second = await login(stage.server, name)
    await login(stage.server, 'anna')
    const account = region(page, 'Your account')
    await account.getByRole('button', { name: 'Change password' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Current password').fill('not the password')
    await dialog.getByLabel('New password').fill(OTHER)
    await dialog.getByRole('button', { name: 'Change password' }).click()
    await dialog.getByText('This is not your password.').waitFor()
    await dialog.getByLabel('Current password').fill(PASSWORD)
    await dialog.getByRole('button', { name: 'Change password' }).click()
    await page.getByText('Password changed.').waitFor()
    const { body } = await stage.server.request('GET', '/session', { headers: { cookie: second } })
    expect(body.human).toBeNull()
    await login(stage.server, name, OTHER)
    await page.reload()
    const sessions = region(page, 'Your sessions')
    await sessions.getByText('this one').waitFor()
    expect(await sessions.getByText('anna').count()).toBe(0)
    expect(await page.getByRole('region', { name: 'Accounts' }).count()).toBe(0)
    await sessions.getByRole('button', { name: `End the session of ${name}`, exact: true }).click()
    await page.getByText(`A session of ${name} has ended`).waitFor()
    await expect.poll(() => sessions.getByRole('rowheader').count()).toBe(1)
    await sessions.getByRole('button', { name: 'Log out of this session' }).click()
    await page.getByRole('heading', { name: 'Log in' }).waitFor()
  })

  test('end all other sessions', async () => {
    const page = await stage.open('/app/settings?tab=people')
    const cookie = await login(stage.server, 'anna')
    const sessions = region(page, 'Sessions')
    await sessions.getByRole('button', { name: 'End all others' }).click()
    await page.getByLabel('Write others to go on').fill('others')
    await page.getByRole('button', { name: 'End them' }).click()
    await page.getByText(/\d+ sessions? ended/).waitFor()
    await expect.poll(() => sessions.getByRole('rowheader').count()).toBe(1)
    const { body } = await stage.server.request('GET', '/session', { headers: { cookie } })
    expect(body.human).toBeNull()
    expectNoFaults(page)
  })

  test('name the network everywhere, and take that back', async () => {
    const { human } = stage.server
    const page = await stage.open('/app/settings?tab=network')
    const rename = async () => {
      await page.getByLabel('Name of the network').fill('The zoo')
      await page.getByLabel('Description').fill('Bots about birds')
      await page.getByRole('button', { name: 'Save' }).first().click()
    }
    await rename()
    await page.getByRole('button', { name: 'Undo' }).click()
    await expect.poll(async () => (await human.network.get()).name).toBe('ClawdXCraft')
    await expect.poll(() => page.getByLabel('Name of the network').inputValue()).toBe('ClawdXCraft')

    await rename()
    await page.getByRole('navigation', { name: 'Pages' }).getByText('The zoo').waitFor()
    await expect.poll(() => page.title()).toBe('Settings · The zoo')
    await expect.poll(() => human.network.get()).toMatchObject({ name: 'The zoo', about: 'Bots about birds' })
    expectNoFaults(page)
    const door = await stage.open('/', { isStranger: true })
    await door.getByText('The zoo', { exact: true }).waitFor()
    await door.getByText('Bots about birds').waitFor()
    await expect.poll(() => door.title()).toBe('Log in · The zoo')
    expectNoFaults(door)
  })

  test('say what is wrong with a name, at the field', async () => {
    const page = await stage.open('/app/settings?tab=network')
    await page.getByLabel('Name of the network').fill('x'.repeat(41))
    await page.getByRole('button', { name: 'Save' }).first().click()
    await page.getByRole('alert').getByText('Too').waitFor()
    expect(await page.getByLabel('Name of the network').inputValue()).toBe('x'.repeat(41))
    expect((await stage.server.human.network.get()).name).not.toContain('x')
  })

  test('keep events as long as is wanted, and ask before they delete any', async () => {
    const { human } = stage.server
    const page = await stage.open('/app/settings?tab=network')
    const log = region(page, 'Event log')
    await log.getByLabel('Days that events are kept').fill('30')
    await log.getByRole('button', { name: 'Save' }).click()
    await page.getByText('Saved').waitFor()
    expect(await human.network.get()).toMatchObject({ log_days: 30 })
    await log.getByLabel('Days that events are kept').fill('7')
    await log.getByRole('button', { name: 'Save' }).click()
    await page.getByLabel('Write 7 days to go on').fill('7 days')
    expect(await human.network.get()).toMatchObject({ log_days: 30 })
    await page.getByRole('button', { name: 'Delete older events' }).click()
    await expect.poll(async () => (await human.network.get()).log_days).toBe(7)
    const viewer = await openAs('vera', '/app/settings?tab=network')
    await viewer.getByText('An admin can change this.').first().waitFor()
    expect(await viewer.getByLabel('Name of the network').isDisabled()).toBe(true)
    expect(await viewer.getByRole('button', { name: 'Save' }).count()).toBe(0)
  })

  test('test a model, and say what it took or why not', async () => {
    const page = await stage.open('/app/settings?tab=models')
    await region(page, 'Keys of providers').getByText('BOX_API_KEY').waitFor()
    const row = (model: string) => page.getByRole('row').filter({ hasText: model })
    await page.getByRole('button', { name: 'Test openai-compatible/qwen3-8b' }).click()
    await row('qwen3-8b').getByText('Waiting for an answer').waitFor()
    expect(await page.getByRole('button', { name: 'Test anthropic/claude-haiku-4-5' }).isDisabled()).toBe(
      true,
    )
    await row('qwen3-8b')
      .getByText(/Answered in .* 300 \+ 12 tokens/)
      .waitFor({ timeout: 60_000 })
    await page.getByRole('button', { name: 'Test anthropic/claude-haiku-4-5' }).click()
    await row('claude-haiku').getByText('ANTHROPIC_API_KEY is missing').waitFor({ timeout: 60_000 })
    await takePicture(page, 'settings-models-tested')
    expectNoFaults(page)
    const viewer = await openAs('vera', '/app/settings?tab=models')
    await viewer.getByText('openai-compatible/qwen3-8b').waitFor()
    expect(await viewer.getByRole('button', { name: /^Test/ }).count()).toBe(0)
  }, 180_000)

  test('download a backup, and say who has', async () => {
    const page = await stage.open('/app/settings?tab=backup')
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: 'Download a backup' }).click(),
    ])
    expect(download.suggestedFilename()).toMatch(/^clawdxcraft-.*\.jsonl\.gz$/)
    const lines = gunzipSync(await readFile(await download.path()))
      .toString()
      .split('\n')
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ backup: 'clawdxcraft' })
    expect(lines.some((line) => line.includes('Hello from #ada'))).toBe(true)
    await page.reload()
    await region(page, 'Taken before').getByText('admin token').waitFor()
  })

  test(
    'have all states: models',
    () =>
      expectStates(stage, {
        path: '/app/settings?tab=models',
        endpoint: ({ pathname }) => pathname === '/models',
        empty: { keys: [], models: [] },
        emptyText: 'No persona names a model',
        loadedText: 'openai-compatible/qwen3-8b',
        loadingLabel: 'Models are loading',
      }),
    60_000,
  )

  test(
    'have all states: accounts',
    () =>
      expectStates(stage, {
        path: '/app/settings?tab=people',
        endpoint: ({ pathname }) => pathname === '/humans',
        empty: { items: [], next_cursor: null },
        emptyText: 'Nobody has an account yet',
        loadedText: 'vera',
        loadingLabel: 'Accounts are loading',
        more: 'Older accounts',
      }),
    60_000,
  )

  test('keep nobody out', { timeout: 240_000 }, async () => {
    const page = await stage.open('about:blank')
    for (const [tab, name] of [
      ['appearance', 'In this browser'],
      ['people', 'Sessions'],
      ['network', 'Event log'],
      ['models', 'Keys of providers'],
      ['backup', 'Taken before'],
    ] as const) {
      await page.goto(`/app/settings?tab=${tab}`)
      await region(page, name).waitFor()
      await expect.poll(() => page.getByRole('status', { name: /loading/ }).count()).toBe(0)
      await expectOpenToAll(page, `settings-${tab}`)
    }
    expectNoFaults(page)
  })
})
