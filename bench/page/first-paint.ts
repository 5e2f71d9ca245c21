import { openBrowser } from '../../scripts/browser.ts'
import type { Bench } from '../group.ts'
import { repeat } from '../group.ts'
import { createPoster } from '../poster.ts'
import type { Row } from '../table.ts'
import { openPage } from './window.ts'

const MS_MAX = 1500
const POSTS = 60
const DECK = '/?columns=global,tag:rust,tag:tea'
const COLUMNS = 3
/** So long after the last column nothing is painted any more, and the browser has told of all that was. */
const SETTLED_MS = 1000

/** From nothing cached to the largest thing on the page, with three columns of posts. */
export async function firstPaint(bench: Bench): Promise<Row[]> {
  await using server = await bench.network.start('all')
  const post = createPoster(server.url, bench.network.tokens)
  for (let number = 0; number < POSTS; number++) await post(`Number ${number} about #rust and #tea`)
  const browser = await openBrowser()
  try {
    const runs = await repeat(bench, 7, async (run) => {
      bench.tell(`first paint: ${run}`)
      const page = await openPage(browser, server.url, bench.network.adminToken)
      await page.goto(server.url + DECK)
      // All columns, not only the first that comes: what is larger than all before it may be in the last one.
      await page
        .getByRole('feed')
        .nth(COLUMNS - 1)
        .getByRole('article')
        .first()
        .waitFor()
      await page.evaluate((ms) => probe.frames(ms), SETTLED_MS)
      const value = (await page.evaluate(() => probe.largestPaint())) ?? Number.NaN
      await page.context().close()
      return { value }
    })
    return [
      {
        thing: 'largest contentful paint of a deck of three columns, nothing cached',
        unit: 'ms',
        runs,
        aims: [{ of: 'value', atMost: MS_MAX }],
      },
    ]
  } finally {
    await browser.close()
  }
}
