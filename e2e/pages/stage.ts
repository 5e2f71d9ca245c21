import { AxeBuilder } from '@axe-core/playwright'
import { chromium } from 'playwright-core'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { expect } from 'vitest'
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
      contexts.push(context)
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
    if (message.type() === 'error') found.push(message.text())
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
