import { mkdir } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { AxeBuilder } from '@axe-core/playwright'
import { chromium } from 'playwright-core'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { expect, onTestFinished } from 'vitest'
import { ADMIN_TOKEN, startTestServer } from '../../packages/server/test/harness.ts'
import type { TestServer } from '../../packages/server/test/harness.ts'

/** Where the browser is; without one these suites are skipped, which `npm test` says aloud. */
export const CHROMIUM = process.env['TEST_CHROMIUM']

export interface Stage extends AsyncDisposable {
  readonly server: TestServer
  readonly browser: Browser
  /** A window of somebody who has logged in, with faults of the page as failures of the test. */
  open(path: string, options?: OpenOptions): Promise<Page>
}

interface Account {
  readonly name: string
  readonly password: string
}

interface OpenOptions {
  readonly isStranger?: boolean
  /** Whose window it is; that of the admin token where nothing is said. */
  readonly account?: Account
  readonly theme?: 'dark' | 'light'
  readonly width?: number
  readonly height?: number
}

/** A real server with the built dashboard, and a real browser. */
export async function openStage(environment: Record<string, string> = {}): Promise<Stage> {
  const server = await startTestServer(environment)
  const browser = await chromium.launch({ executablePath: CHROMIUM ?? '', args: ['--no-sandbox'] })
  const contexts: BrowserContext[] = []
  return {
    server,
    browser,
    async open(path, { isStranger = false, account, theme = 'dark', width = 1440, height = 900 } = {}) {
      const context = await browser.newContext({
        baseURL: server.url,
        colorScheme: theme,
        viewport: { width, height },
        reducedMotion: 'reduce',
      })
      closeWithTest(context, contexts)
      if (!isStranger) await context.addCookies([await sessionOf(server, account)])
      const page = await context.newPage()
      failOnFaults(page)
      await page.goto(path)
      return page
    },
    async [Symbol.asyncDispose]() {
      for (const context of contexts) await context.close()
      await browser.close()
      await server.close()
    },
  }
}

/** A page that nobody looks at any more goes on being live, which the next test would feel. */
function closeWithTest(context: BrowserContext, others: BrowserContext[]): void {
  try {
    onTestFinished(async ({ task }) => {
      if (task.result?.state === 'fail') await keepFailure(context, task.name)
      await context.close()
    })
  } catch {
    // Opened outside of a test: for all of them.
    others.push(context)
  }
}

/** What a test saw when it failed says more than what it waited for. */
async function keepFailure(context: BrowserContext, test: string): Promise<void> {
  const name = `failed-${test.replaceAll(/[^a-z0-9]+/gi, '-').slice(0, 80)}`
  for (const [index, page] of context.pages().entries()) {
    // A page that hangs must not hide why the test failed.
    await savePicture(page, `${name}-${index}`).catch(() => {})
  }
}

async function sessionOf(server: TestServer, account: Account | undefined) {
  const as = account ? { body: account } : { token: ADMIN_TOKEN }
  const { status, headers } = await server.request('POST', '/session', as)
  expect(status).toBe(201)
  const [, name = '', value = ''] = /^([^=]+)=([^;]+)/.exec(headers.get('set-cookie') ?? '') ?? []
  return { name, value, url: server.url, httpOnly: true, sameSite: 'Strict' as const }
}

const faults = new WeakMap<Page, string[]>()

/** Whatever the page throws, or the browser refuses to it, is kept for `expectNoFaults`. */
function failOnFaults(page: Page): void {
  const found: string[] = []
  faults.set(page, found)
  page.on('pageerror', (error) => found.push(String(error)))
  page.on('console', (message) => {
    // A server that is busy says so, and the client asks again.
    if (message.type() === 'error' && !message.text().includes('503')) found.push(message.text())
  })
}

export function expectNoFaults(page: Page): void {
  expect(faults.get(page)).toEqual([])
}

const WCAG_22_AA = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']
const COLOUR_RULES = ['color-contrast', 'link-in-text-block']

/** What keeps people with disabilities out, by the rules of WCAG 2.2 AA. */
export async function expectAccessible(page: Page, view = ''): Promise<void> {
  await expectNoViolations(axeOn(page).withTags(WCAG_22_AA), view)
}

/** Looks for faults only: what is well would be described too, which takes longer than to find it. */
function axeOn(page: Page): AxeBuilder {
  return new AxeBuilder({ page }).options({ resultTypes: ['violations'] }).setLegacyMode()
}

async function expectNoViolations(axe: AxeBuilder, view = ''): Promise<void> {
  const { violations } = await axe.analyze()
  const told = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join('\n')}`)
  expect(told, view).toEqual([])
}

/** Ends with that in which pages are opened, so that the next one can be looked at too. */
const VIEWS = [
  { name: 'narrow', theme: 'dark', width: 320 },
  { name: 'light', theme: 'light', width: 1440 },
  { name: 'dark', theme: 'dark', width: 1440 },
] as const

/** In both themes and narrow: a picture, nothing that keeps people out, nothing for which one must scroll sideways. */
export async function expectOpenToAll(page: Page, picture: string): Promise<void> {
  for (const { name, theme, width } of VIEWS) {
    await page.setViewportSize({ width, height: page.viewportSize()?.height ?? 900 })
    await chooseTheme(page, theme)
    await takePicture(page, `${picture}-${name}`)
    // A theme changes colours and nothing else: the rest is looked at in the other one.
    if (theme === 'light') await expectNoViolations(axeOn(page).withRules(COLOUR_RULES), name)
    else await expectAccessible(page, name)
    await expectNoSideways(page, name)
  }
}

async function chooseTheme(page: Page, theme: 'dark' | 'light'): Promise<void> {
  await page.emulateMedia({ colorScheme: theme })
  await expect.poll(() => page.locator('html').getAttribute('data-theme')).toBe(theme)
  await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))))
}

/** A page scrolls within `main`, so that the document is never wider than the window. A deck is meant to be wider. */
export async function expectNoSideways(page: Page, view = ''): Promise<void> {
  const wide = await page
    .locator('html, main:not(.overflow-x-auto)')
    .evaluateAll((all) =>
      all
        .filter(({ scrollWidth, clientWidth }) => scrollWidth > clientWidth)
        .map(({ tagName, scrollWidth, clientWidth }) => `${tagName}: ${scrollWidth} in ${clientWidth}`),
    )
  expect(wide, view).toEqual([])
}

/** What a page shows of one endpoint, for `expectStates` and `expectBeginnings`. */
export interface StatesOptions {
  /** The page's address. */
  readonly path: string
  /** Which requests the page lives on, by their address. */
  readonly endpoint: (url: URL) => boolean
  /** What the endpoint answers where there is nothing, and what the page says then; not for what is always something. */
  readonly empty?: unknown
  readonly emptyText?: string | RegExp
  /** What is on the page once everything has come. */
  readonly loadedText: string | RegExp
  /** What screen readers hear while it loads. */
  readonly loadingLabel: string | RegExp
  /** The button that asks for the next page, where the endpoint has pages. */
  readonly more?: string
}

/** What a route answers where something broke. */
export const FAILURE = {
  status: 500,
  headers: { 'content-type': 'application/problem+json', 'x-request-id': 'req-of-the-test' },
  body: JSON.stringify({ code: 'internal', detail: 'Something went wrong on our side' }),
}

/** All states of one page: those before it is there, stale, and partly there. */
export async function expectStates(stage: Stage, options: StatesOptions): Promise<void> {
  const page = await expectBeginnings(stage, options)
  await answerWithFailure(page, options.endpoint)
  await page.clock.fastForward(120_000)
  await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange', { bubbles: true })))
  await page.getByText('This is as of').first().waitFor()
  await page.getByText(options.loadedText).first().waitFor()
  if (options.more !== undefined) await expectPartly(page, { ...options, more: options.more })
}

/** Loading, empty, failed (with the request's id and another try), and then loaded. */
export async function expectBeginnings(stage: Stage, options: StatesOptions): Promise<Page> {
  const page = await stage.open('about:blank')
  await page.clock.install()
  const held = Promise.withResolvers<void>()
  await page.route(options.endpoint, async (route) => {
    await held.promise
    await (options.empty === undefined ? route.continue() : route.fulfill({ json: options.empty }))
  })
  await page.goto(options.path)
  await page.getByRole('status', { name: options.loadingLabel }).first().waitFor({ state: 'attached' })
  held.resolve()
  await page
    .getByText(options.emptyText ?? options.loadedText)
    .first()
    .waitFor()

  await answerWithFailure(page, options.endpoint)
  await page.reload()
  await page.getByText('request req-of-the-test').first().waitFor()
  await page.unroute(options.endpoint)
  await page.getByRole('button', { name: 'Try again' }).first().click()
  await page.getByText(options.loadedText).first().waitFor()
  return page
}

/** The first page comes and the next one does not: what is there stays, and the rest can be asked for again. */
async function expectPartly(
  page: Page,
  { endpoint, loadedText, more }: StatesOptions & { readonly more: string },
): Promise<void> {
  await page.unroute(endpoint)
  await page.route(endpoint, async (route) => {
    if (new URL(route.request().url()).searchParams.has('cursor')) return route.fulfill(FAILURE)
    const first = (await (await route.fetch()).json()) as object
    return route.fulfill({ json: { ...first, next_cursor: 'more' } })
  })
  await page.reload()
  await page.getByRole('button', { name: more }).click()
  await page.getByText('request req-of-the-test').first().waitFor()
  await page.getByText(loadedText).first().waitFor()
  await page.getByRole('button', { name: 'Try again' }).first().waitFor()
  // The page reads again by itself: what is under way then must not fail with the window that closes.
  await page.unrouteAll({ behavior: 'ignoreErrors' })
}

async function answerWithFailure(page: Page, endpoint: (url: URL) => boolean): Promise<void> {
  await page.unroute(endpoint)
  await page.route(endpoint, (route) => route.fulfill(FAILURE))
}

/** A picture for people to look at, in `e2e/pages/screenshots`; where nobody will, it only takes time. */
export async function takePicture(page: Page, name: string): Promise<void> {
  if (process.env['CI'] !== 'true') await savePicture(page, name)
}

async function savePicture(page: Page, name: string): Promise<void> {
  const folder = new URL('screenshots/', import.meta.url)
  await mkdir(folder, { recursive: true })
  await page.screenshot({ path: fileURLToPath(new URL(`${name}.png`, folder)), timeout: 10_000 })
}
