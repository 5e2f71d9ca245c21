import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'

/** A window of somebody who has logged in with the admin token. */
export async function openPage(browser: Browser, url: string, token: string): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } })
  await context.addInitScript({ path: join(import.meta.dirname, 'in-page.js') })
  // The window keeps the cookie.
  const answer = await context.request.post(`${url}/session`, {
    headers: { authorization: `Bearer ${token}` },
  })
  if (!answer.ok()) throw new Error(`The server gave no session: ${answer.status()}`)
  return context.newPage()
}

/** What `in-page.js` has, from here. */
export interface Probe {
  frames(ms: number): Promise<{ perSecond: number; longestMs: number }>
  largestPaint(): number | undefined
  /** Milliseconds of each. */
  readonly longTasks: number[]
}

declare global {
  // Only in the page: what is handed to `page.evaluate` runs there.
  var probe: Probe
}
