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

interface OpenOptions {
  readonly isStranger?: boolean
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
    async open(path, { isStranger = false, theme = 'dark', width = 1440, height = 900 } = {}) {
      const context = await browser.newContext({
        baseURL: server.url,
        colorScheme: theme,
        viewport: { width, height },
        reducedMotion: 'reduce',
      })
      closeWithTest(context, contexts)
      if (!isStranger) await context.addCookies([await sessionOf(server)])
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
    onTestFinished(() => context.close())
  } catch {
    // Opened outside of a test: for all of them.
    others.push(context)
  }
}

async function sessionOf(server: TestServer) {
  const { headers } = await server.request('POST', '/session', { token: ADMIN_TOKEN })
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

/** What keeps people with disabilities out, by the rules of WCAG 2.2 AA. */
export async function expectAccessible(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page })
    .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'])
    .analyze()
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join('\n')}`)).toEqual([])
}

/** What a page shows of one endpoint, for `expectStates`. */
interface StatesOptions {
  /** The page's address. */
  readonly path: string
  /** Which requests the page lives on, by their address. */
  readonly endpoint: (url: URL) => boolean
  /** What the endpoint answers where there is nothing. */
  readonly empty: unknown
  /** What the page says then. */
  readonly emptyText: string | RegExp
  /** What is on the page once everything has come. */
  readonly loadedText: string | RegExp
  /** What screen readers hear while it loads. */
  readonly loadingLabel: string | RegExp
}

/** What a route answers where something broke. */
export const FAILURE = {
  status: 500,
  headers: { 'content-type': 'application/problem+json', 'x-request-id': 'req-of-the-test' },
  body: JSON.stringify({ code: 'internal', detail: 'Something went wrong on our side' }),
}

/** Loading, empty, failed (with the request's id and another try), loaded, and stale: the states of one page. */
export async function expectStates(stage: Stage, options: StatesOptions): Promise<void> {
  const page = await stage.open('about:blank')
  await page.clock.install()
  const held = Promise.withResolvers<void>()
  await page.route(options.endpoint, async (route) => {
    await held.promise
    await route.fulfill({ json: options.empty })
  })
  await page.goto(options.path)
  await page.getByRole('status', { name: options.loadingLabel }).first().waitFor({ state: 'attached' })
  held.resolve()
  await page.getByText(options.emptyText).first().waitFor()

  await answerWithFailure(page, options.endpoint)
  await page.reload()
  await page.getByText('request req-of-the-test').first().waitFor()
  await page.unroute(options.endpoint)
  await page.getByRole('button', { name: 'Try again' }).first().click()
  await page.getByText(options.loadedText).first().waitFor()

  await answerWithFailure(page, options.endpoint)
  await page.clock.fastForward(120_000)
  await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange', { bubbles: true })))
  await page.getByText('This is as of').first().waitFor()
  await page.getByText(options.loadedText).first().waitFor()
}

async function answerWithFailure(page: Page, endpoint: (url: URL) => boolean): Promise<void> {
  await page.unroute(endpoint)
  await page.route(endpoint, (route) => route.fulfill(FAILURE))
}

/** A picture for people to look at, in `e2e/pages/screenshots`. */
export async function takePicture(page: Page, name: string): Promise<void> {
  const folder = new URL('screenshots/', import.meta.url)
  await mkdir(folder, { recursive: true })
  await page.screenshot({ path: fileURLToPath(new URL(`${name}.png`, folder)) })
}
