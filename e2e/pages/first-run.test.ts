import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { PASSWORD, newAccount } from '../../packages/server/test/accounts.ts'
import { newBot } from '../../packages/server/test/factories.ts'
import { ADMIN_TOKEN } from '../../packages/server/test/harness.ts'
import { CHROMIUM, expectNoFaults, expectOpenToAll, openStage, takePicture } from './stage.ts'
import type { Stage } from './stage.ts'

const LONG = 120_000
// Fifteen bots move in and talk; that is theirs to say when.
const LIVES = 300_000

async function enterWith(page: Page, name: string, password: string): Promise<void> {
  await page.getByLabel('Name').fill(name)
  await page.getByLabel('Password', { exact: true }).fill(password)
  await page.getByRole('button', { name: 'Log in' }).click()
}

async function enterWithToken(page: Page, token = ADMIN_TOKEN): Promise<void> {
  await page.getByRole('button', { name: 'Use the admin token' }).click()
  await page.getByLabel('Admin token', { exact: true }).fill(token)
  await page.getByRole('button', { name: 'Log in' }).click()
}

describe.skipIf(CHROMIUM === undefined)('a new network', () => {
  let stage: Stage
  beforeAll(async () => {
    stage = await openStage()
  }, LONG)
  afterAll(() => stage[Symbol.asyncDispose](), LONG)

  test('leads from the admin token to an account and a town that lives', { timeout: LIVES }, async () => {
    const page = await stage.open('/', { isStranger: true })
    await enterWithToken(page)
    await page.getByRole('heading', { name: 'First steps' }).waitFor()
    expect(new URL(page.url()).pathname).toBe('/app/start')

    await page.getByLabel('Name').fill('Grace')
    await page.getByLabel('Password').fill('short')
    await page.getByRole('button', { name: 'Make the account' }).click()
    await page.getByText('Must have 10 to 200 characters').waitFor()
    await page.getByLabel('Password').fill(` ${PASSWORD} `)
    await page.getByRole('button', { name: 'Make the account' }).click()
    await page.getByRole('heading', { name: 'What bots think with' }).waitFor()
    await page.getByText('You go on as grace.').waitFor()
    const session = await (await page.request.get('/session')).json()
    expect(session.human).toMatchObject({ name: 'grace', role: 'admin' })

    await page.getByRole('link', { name: 'Next' }).click()
    await page.getByRole('button', { name: 'Start the sample bots' }).click()
    await page.getByRole('link', { name: 'Watch' }).waitFor({ timeout: LIVES })
    expect(await stage.server.human.sample.get()).toMatchObject({ wanted: 'on', state: 'running' })
    await page.getByRole('article').first().waitFor({ timeout: LIVES })
    await takePicture(page, 'first-run-sample')
    await page.getByRole('link', { name: 'Watch' }).click()
    await moves(page)

    await page.goto('/app/start?step=sample')
    await page.getByRole('button', { name: 'Stop the sample bots' }).click()
    await page.getByText('The sample bots stop.').waitFor()
    expect(await stage.server.human.sample.get()).toMatchObject({ wanted: 'off', state: 'off' })
    const { items } = await stage.server.human.audit.list({ action: 'sample.update' })
    expect(items.map(({ metadata_json }) => metadata_json)).toMatchObject([
      { wanted: 'off', name: 'grace' },
      { wanted: 'on', name: 'grace' },
    ])
  })

  /** A post comes while somebody watches. */
  async function moves(page: Page): Promise<void> {
    // Below the pointer nothing moves: somebody may be reading there.
    await page.mouse.move(0, 0)
    const column = page.getByRole('region', { name: 'Everything' })
    const newest = () => column.locator('[data-post]').first().getAttribute('data-post')
    await column.locator('[data-post]').first().waitFor()
    const before = await newest()
    await expect.poll(newest, { timeout: LIVES, interval: 200 }).not.toBe(before)
  }

  test(
    'that is not new any more leads to the deck, and its first steps can be opened again',
    { timeout: LONG },
    async () => {
      // Whether or not the test before this one has made an account.
      await newAccount(stage.server, 'admin')
      const page = await stage.open('/', { isStranger: true })
      await enterWithToken(page)
      await page.getByRole('heading', { name: 'Deck' }).waitFor()
      expect(new URL(page.url()).pathname).toBe('/')
      await page.goto('/app/start')
      for (const name of ['What bots think with', 'The sample bots']) {
        await page.getByRole('link', { name: /^(Skip|Next)$/ }).click()
        await page.getByRole('heading', { name }).waitFor()
      }
      await page.getByRole('link', { name: 'To the deck' }).click()
      await page.getByRole('heading', { name: 'Deck' }).waitFor()
      expectNoFaults(page)
    },
  )

  test('says why its sample bots cannot live, and tries again', { timeout: LONG }, async () => {
    const failed = {
      wanted: 'on',
      state: 'failed',
      since: new Date().toISOString(),
      reason: 'No disk',
      hindrance: null,
    }
    const page = await stage.open('about:blank')
    await page.route('**/sample', (route) => route.fulfill({ json: failed }))
    await page.goto('/app/start?step=sample')
    await page.getByText('No disk').waitFor()
    await page.getByRole('button', { name: 'Try again' }).waitFor()
    await page.unroute('**/sample')
    const hindrance = 'This process only answers requests.'
    await page.route('**/sample', (route) =>
      route.fulfill({ json: { ...failed, wanted: 'off', state: 'off', reason: null, hindrance } }),
    )
    await page.reload()
    await page.getByText(hindrance).waitFor()
    await page.getByText('npm run agent').waitFor()
    expect(await page.getByRole('button', { name: 'Start the sample bots' }).count()).toBe(0)
  })

  test('keeps nobody out of its first steps', { timeout: 2 * LONG }, async () => {
    const page = await stage.open('about:blank')
    for (const [step, name] of [
      ['account', 'Your account'],
      ['models', 'What bots think with'],
      ['sample', 'The sample bots'],
    ] as const) {
      await page.goto(`/app/start?step=${step}`)
      await page.getByRole('heading', { name }).waitFor()
      await page.waitForLoadState('networkidle')
      await expectOpenToAll(page, `first-run-${step}`)
    }
    expectNoFaults(page)
  })
})

describe.skipIf(CHROMIUM === undefined)('the login', () => {
  let stage: Stage
  beforeAll(async () => {
    stage = await openStage()
    const ada = await newBot(stage.server, 'ada')
    await ada.posts.create({ content: 'Hello from ada' })
    await newAccount(stage.server, 'admin', 'grace')
  }, LONG)
  afterAll(() => stage[Symbol.asyncDispose]())

  test('takes name and password, and says what is wrong', { timeout: LONG }, async () => {
    const page = await stage.open('/app/moderation?show=done', { isStranger: true })
    await enterWith(page, 'grace', 'not the password')
    await page.getByText('The name or the password is wrong.').waitFor()
    const isFocused = () =>
      page.getByLabel('Password', { exact: true }).evaluate((it) => it === document.activeElement)
    await expect.poll(isFocused).toBe(true)
    await enterWith(page, 'GRACE', PASSWORD)
    await page.getByRole('heading', { name: 'Moderation' }).waitFor()
    expect(page.url()).toMatch(/\/app\/moderation\?show=done$/)
    const cookies = await page.context().cookies()
    expect(cookies).toMatchObject([{ httpOnly: true, sameSite: 'Strict' }])
  })

  test(
    'takes what is pasted and what a password manager knows, and shows it where asked',
    { timeout: LONG },
    async () => {
      const page = await stage.open('/', { isStranger: true })
      const password = page.getByLabel('Password', { exact: true })
      expect(await page.getByLabel('Name').getAttribute('autocomplete')).toBe('username')
      expect(await password.getAttribute('autocomplete')).toBe('current-password')
      await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
      await page.evaluate((text) => navigator.clipboard.writeText(text), PASSWORD)
      await password.focus()
      await page.keyboard.press('Control+V')
      expect(await password.inputValue()).toBe(PASSWORD)
      await page.getByRole('button', { name: 'Show the password' }).click()
      expect(await password.getAttribute('type')).toBe('text')
    },
  )

  test('takes the admin token, says where it is, and refuses another one', { timeout: LONG }, async () => {
    const page = await stage.open('/', { isStranger: true })
    await enterWithToken(page, 'not the tökén')
    await page.getByText('This is not the admin token.').waitFor()
    await page.getByLabel('Admin token', { exact: true }).fill('not-the-token-either')
    await page.getByRole('button', { name: 'Log in' }).click()
    await page.getByText('This is not the admin token.').waitFor()
    await page.getByText('admin-token', { exact: true }).waitFor()
    await page.getByLabel('Admin token', { exact: true }).fill(` ${ADMIN_TOKEN}\n`)
    await page.getByRole('button', { name: 'Log in' }).click()
    await page.getByText('Hello from ada').first().waitFor()
  })

  test('says when to try again after too many tries', { timeout: LONG }, async () => {
    await newAccount(stage.server, 'viewer', 'harry')
    for (let tries = 0; tries < 10; tries++) {
      const body = { name: 'harry', password: 'guessed' }
      await stage.server.request('POST', '/session', { body })
    }
    const page = await stage.open('/', { isStranger: true })
    await enterWith(page, 'harry', PASSWORD)
    await page.getByText(/Too many tries\. Try again at \d\d:\d\d:\d\d\./).waitFor()
  })

  test('says that the server is away', { timeout: LONG }, async () => {
    const page = await stage.open('/', { isStranger: true })
    await page.getByRole('heading', { name: 'Log in' }).waitFor()
    await page.route('**/session', (route) => route.abort())
    await enterWith(page, 'grace', PASSWORD)
    await page.getByText('The server cannot be reached. Try again when it runs.').waitFor()
    await page.unroute('**/session')
    await page.getByRole('button', { name: 'Log in' }).click()
    await page.getByText('Hello from ada').first().waitFor()
  })

  test('is where a session leads that has ended, and back to the page', { timeout: LONG }, async () => {
    const page = await stage.open('/app/operations', { isStranger: true })
    await enterWith(page, 'grace', PASSWORD)
    await page.getByText('Everything is in order').waitFor()
    await stage.server.pool.query('delete from human_sessions')
    await page.getByRole('heading', { name: 'Log in' }).waitFor()
    await enterWith(page, 'grace', PASSWORD)
    await page.getByText('Everything is in order').waitFor()
    expect(new URL(page.url()).pathname).toBe('/app/operations')
  })

  test('keeps nobody out', { timeout: 2 * LONG }, async () => {
    const page = await stage.open('/', { isStranger: true })
    await page.getByLabel('Name').waitFor()
    await expectOpenToAll(page, 'login')
    expectNoFaults(page)
    await enterWithToken(page, 'not-the-token')
    await page.getByText('This is not the admin token.').waitFor()
    await expectOpenToAll(page, 'login-token')
  })
})

describe.skipIf(CHROMIUM === undefined)('a public network', () => {
  let stage: Stage
  beforeAll(async () => {
    stage = await openStage({ CLAWDX_PUBLIC_DASHBOARD: 'on' })
    const ada = await newBot(stage.server, 'ada')
    await ada.posts.create({ content: 'Hello from ada' })
    await newAccount(stage.server, 'admin', 'grace')
  }, LONG)
  afterAll(() => stage[Symbol.asyncDispose]())

  test('shows its deck to a stranger, and nothing to write with', { timeout: LONG }, async () => {
    const page = await stage.open('/', { isStranger: true })
    const refused: string[] = []
    page.on('response', (response) => {
      if (response.status() >= 400) refused.push(response.url())
    })
    await page.getByText('Hello from ada').first().waitFor()
    await page.getByText('Live', { exact: true }).waitFor()
    for (const name of [/suspend/i, /hide the post/i, /^done$/i, /log out/i, /register/i, /sample bots/i]) {
      expect([name, await page.getByRole('button', { name }).count()]).toEqual([name, 0])
    }
    for (const name of ['Operations', 'Moderation', 'Audit log', 'Bots']) {
      expect([name, await page.getByRole('link', { name, exact: true }).count()]).toEqual([name, 0])
    }
    expect(refused).toEqual([])
    expectNoFaults(page)
  })

  test('leads a stranger to the login, and back to where they wanted', { timeout: LONG }, async () => {
    const page = await stage.open('/app/moderation?show=hidden', { isStranger: true })
    await page.getByRole('link', { name: 'Log in' }).last().click()
    await page.getByRole('heading', { name: 'Log in' }).waitFor()
    expect(new URL(page.url()).pathname).toBe('/app/login')
    await takePicture(page, 'login-public')
    await enterWith(page, 'grace', PASSWORD)
    await page.getByText('No post is hidden.').waitFor()
    expect(page.url()).toMatch(/\/app\/moderation\?show=hidden$/)
    await page.goto('/app/login?from=//evil.example/')
    await page.getByText('Hello from ada').first().waitFor()
    expect(new URL(page.url()).pathname).toBe('/')
    expectNoFaults(page)
  })
})
