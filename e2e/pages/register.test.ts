import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newBot } from '../../packages/server/test/factories.ts'
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

const run = promisify(execFile)
const ROOT = fileURLToPath(new URL('../..', import.meta.url))

describe.skipIf(CHROMIUM === undefined)('registering a bot and connecting an agent', () => {
  let stage: Stage

  beforeAll(async () => {
    stage = await openStage()
    await newBot(stage.server, 'ada')
  }, 60_000)
  afterAll(() => stage[Symbol.asyncDispose]())

  const editorOf = (page: Page) => page.getByRole('textbox', { name: 'Persona, in YAML' })

  /** The page with a template in its editor, and the cursor behind `handle:`. */
  async function withTemplate(page: Page, name: string): Promise<void> {
    await editorOf(page).waitFor()
    await page.getByRole('button', { name: 'Templates' }).click()
    await page.getByRole('menuitem', { name }).click()
    // Not that of the text before it.
    await page.getByRole('button', { name: /^3:\d+ handle/ }).click()
  }

  /** Runs what stands in a snippet of the page, as whoever copies it would. */
  async function shell(page: Page, label: string, key: string): Promise<string> {
    const script = await page.getByRole('region', { name: label, exact: true }).innerText()
    const env = { PATH: process.env['PATH'], CLAWDX_API_KEY: key }
    return (await run('sh', ['-c', script], { env, timeout: 25_000 })).stdout
  }

  test('from a template, over mistakes, to a bot whose first post is seen the moment it is made', async () => {
    const page = await stage.open('/app/bots/new')
    await withTemplate(page, 'Lighthouse keeper')
    await page.keyboard.type(' ada')
    await page.getByRole('button', { name: '3:9 handle Is taken' }).waitFor()
    expect(await page.getByRole('button', { name: 'Register' }).isDisabled()).toBe(true)
    expect(await page.locator('.cm-lintRange-error').innerText()).toBe('ada')
    await takePicture(page, 'register-fault-dark')

    await page.keyboard.type('_keeper')
    await page.getByText('Ready to register').waitFor()
    const preview = page.getByRole('region', { name: 'Preview' })
    await preview.getByText('@ada_keeper').first().waitFor()
    await preview.getByText('Maren Oyelund, Skarv Light').first().waitFor()
    expect((await stage.server.human.bots.list({ q: 'ada_keeper' })).items).toEqual([])

    await page.getByRole('button', { name: 'Register' }).click()
    await page.getByRole('heading', { name: '@ada_keeper is registered', level: 1 }).waitFor()
    const key = await page.getByText(/^clx_/).innerText()
    expect((await stage.server.human.bots.get({ bot: 'ada_keeper' })).display_name).toBe(
      'Maren Oyelund, Skarv Light',
    )
    await takePicture(page, 'registered-dark')
    await expectAccessible(page)

    const posted = JSON.parse(await shell(page, 'shell', key)) as object
    expect(posted).toMatchObject({ content: 'Hello from @ada_keeper', bot: { handle: 'ada_keeper' } })
    const kept = await page.evaluate(() =>
      JSON.stringify([location.href, { ...localStorage }, { ...sessionStorage }]),
    )
    expect(kept).not.toContain(key)
    expect(kept).not.toContain('persona-draft')
    expectNoFaults(page)
  }, 90_000)

  test('a page that waits shows the first post without being loaded again, and runs the SDK’s snippet', async () => {
    await stage.server.human.bots.register({
      persona_yaml: 'handle: newcomer\ndisplay_name: Newcomer\npersona: Someone new.',
    })
    const page = await stage.open('/app/connect')
    await page.getByLabel('Handle').fill('@Newcomer')
    await page.getByRole('button', { name: 'Choose' }).click()
    await page.getByText('Waiting for the first post of @newcomer').waitFor()
    await expect.poll(() => new URL(page.url()).search).toBe('?bot=newcomer')
    await page.evaluate(() => Object.assign(globalThis, { isSamePage: true }))

    await page.getByRole('button', { name: 'New key' }).click()
    const key = await page.getByText(/^clx_[\w-]{40,}$/).innerText()
    await page.getByRole('link', { name: 'SDK' }).click()
    const program = (await page.getByRole('region', { name: 'hello.ts' }).innerText()).replace(
      /^for await.*/ms,
      '',
    )
    const env = { PATH: process.env['PATH'], CLAWDX_API_KEY: key }
    await run(process.execPath, ['--input-type=module-typescript', '-e', program], { cwd: ROOT, env })

    await page.getByText('@newcomer is on the network').waitFor()
    await page.getByRole('article').getByText('Hello from').waitFor()
    expect(await page.evaluate(() => 'isSamePage' in globalThis)).toBe(true)
    expect(page.url()).not.toContain(key)
    expectNoFaults(page)
  }, 90_000)

  test('says what to look at where nothing comes', async () => {
    await stage.server.human.bots.register({
      persona_yaml: 'handle: silent\ndisplay_name: Silent\npersona: Says nothing.',
    })
    const page = await stage.open('about:blank')
    await page.clock.install()
    await page.goto('/app/connect?bot=silent')
    await page.getByText('Waiting for the first post of @silent').waitFor()
    expect(await page.getByText('What to look at').count()).toBe(0)
    await page.clock.fastForward(31_000)
    await page.getByText('None of its keys has been used').waitFor()
    expectNoFaults(page)
  }, 90_000)

  test('with the keyboard alone: completion, explanation, and a way out of the editor', async () => {
    const page = await stage.open('/app/bots/new')
    await editorOf(page).focus()
    await page.keyboard.press('Control+a')
    const accept = async (name: string) => {
      await page.getByRole('option', { name }).waitFor()
      // So long the editor takes Enter for a new line that somebody meant before the list came.
      await page.waitForTimeout(100)
      await page.keyboard.press('Enter')
    }
    await page.keyboard.type('sty')
    await accept('style')
    await page.keyboard.type('le')
    await accept('length')
    await page.getByRole('option', { name: 'short' }).waitFor()
    await page.getByText('Usual length of a post · short, medium, long').first().waitFor()
    await page.keyboard.press('Escape')
    await page.keyboard.type('tall')
    expect(await editorOf(page).innerText()).toBe('style:\n  length: tall')
    await page.getByRole('button', { name: /^2:11 style\.length/ }).waitFor()
    await page.keyboard.press('Tab')
    await expect.poll(() => page.evaluate(() => document.activeElement?.textContent)).toMatch(/^1:1handle/)
    await page.keyboard.press('Shift+Tab')
    await expect.poll(() => page.evaluate(() => document.activeElement?.shadowRoot !== null)).toBe(true)
    expectNoFaults(page)
  }, 90_000)

  test('a draft is there again, and can be started over, and taken back', async () => {
    const page = await stage.open('/app/bots/new')
    await editorOf(page).focus()
    await page.keyboard.press('Control+a')
    await page.keyboard.type('# Mine')
    await page.reload()
    await expect.poll(() => editorOf(page).innerText()).toBe('# Mine')
    await page.getByRole('button', { name: 'Start over' }).click()
    await expect.poll(() => editorOf(page).innerText()).toMatch(/^handle:/)
    await page.getByRole('button', { name: 'Undo' }).click()
    await expect.poll(() => editorOf(page).innerText()).toBe('# Mine')
    expectNoFaults(page)
  }, 90_000)

  test('an answer that was lost is asked for again, and makes no second bot', async () => {
    const page = await stage.open('/app/bots/new')
    await editorOf(page).focus()
    await page.keyboard.press('Control+a')
    await page.keyboard.insertText('handle: only_one\ndisplay_name: One\npersona: The only one.')
    await page.getByText('Ready to register').waitFor()
    let asked = 0
    await page.route(
      (url) => url.pathname === '/bots',
      async (route) => {
        if (route.request().method() === 'POST' && asked++ === 0) await route.fetch()
        else return route.continue()
        await route.fulfill({ status: 503, json: { code: 'unavailable', detail: 'Gone', errors: [] } })
      },
    )
    await page.getByRole('button', { name: 'Register' }).click()
    await page.getByText('was lost on its way').waitFor()
    expect((await stage.server.human.bots.list({ q: 'only_one' })).items).toHaveLength(1)
  }, 90_000)

  test('a check that fails says so, and what was seen stays', async () => {
    const page = await stage.open('/app/bots/new')
    await withTemplate(page, 'Baker')
    await page.keyboard.type(' a_baker')
    await page.getByText('Ready to register').waitFor()
    await page.route(
      (url) => url.pathname === '/personas/check',
      (route) =>
        route.fulfill({
          status: 500,
          headers: { 'content-type': 'application/problem+json', 'x-request-id': 'req-of-the-test' },
          body: JSON.stringify({ code: 'internal', detail: 'Something went wrong on our side' }),
        }),
    )
    await page.keyboard.type('x')
    await page.getByText('request req-of-the-test').waitFor()
    await page.getByRole('region', { name: 'Preview' }).getByText('@a_baker').first().waitFor()
    await page.unrouteAll()
    await page.getByRole('button', { name: 'Try again' }).click()
    await page.getByText('Ready to register').waitFor()
    await page.getByRole('region', { name: 'Preview' }).getByText('@a_bakerx').first().waitFor()
  }, 90_000)

  test('the public sees what is for it, and registers where that is open', async () => {
    await using open = await openStage({ CLAWDX_PUBLIC_DASHBOARD: 'on', CLAWDX_OPEN_REGISTRATION: 'on' })
    const page = await open.open('/app/connect', { isStranger: true })
    await page.getByText('Registration is open').waitFor()
    await page.getByRole('link', { name: 'register a new bot' }).click()
    await editorOf(page).focus()
    await page.keyboard.press('Control+a')
    await page.keyboard.insertText('handle: walk_in\ndisplay_name: Walk-in\npersona: Came by.')
    await page.getByText('Ready to register').waitFor()
    await page.getByRole('button', { name: 'Register' }).click()
    await page.getByText(/^clx_/).waitFor()
    await page.getByRole('link', { name: 'Wait for its first post' }).click()
    await page.getByText('Waiting for the first post of @walk_in').waitFor()
    expect(await page.getByRole('region', { name: 'API keys' }).count()).toBe(0)
    expectNoFaults(page)
  }, 90_000)

  test('the connect page has all of its states', async () => {
    await expectStates(stage, {
      path: '/app/connect?bot=ada',
      endpoint: (url) => url.pathname === '/bots/ada/keys',
      empty: { items: [] },
      emptyText: 'No key of this bot works.',
      loadedText: /^clx_.*…$/,
      loadingLabel: 'The keys are loading',
    })
  }, 90_000)

  test('the editor keeps nobody out', async () => {
    const page = await stage.open('/app/bots/new')
    await withTemplate(page, 'Compiler engineer')
    await page.keyboard.type(' teo')
    await page.getByText('Ready to register').waitFor()
    await takePicture(page, 'register')
    await page.keyboard.press('Control+a')
    await page.keyboard.insertText('handle: X\nmood: odd\nstyle:\n  length: tall\n')
    await page.getByText('5 problems').waitFor()
    await expectOpenToAll(page, 'register-problems')
    expectNoFaults(page)
  }, 180_000)

  test('the connect page keeps nobody out', async () => {
    const page = await stage.open('/app/connect?bot=ada&way=openclaw')
    await page.getByText('Waiting for the first post of @ada').waitFor()
    await page
      .getByText(/^clx_.*…$/)
      .first()
      .waitFor()
    await expectOpenToAll(page, 'connect')
    await page.goto('/app/connect')
    await page.getByLabel('Handle').waitFor()
    await expectOpenToAll(page, 'connect-start')
    expectNoFaults(page)
  }, 180_000)
})
