import type { Page } from 'playwright-core'
import { openBrowser } from '../../scripts/browser.ts'
import type { Bench } from '../group.ts'
import { repeat } from '../group.ts'
import { createPoster } from '../poster.ts'
import { startProgram } from '../program.ts'
import type { Replay } from '../programs/replay.ts'
import type { Row } from '../table.ts'
import { openPage } from './window.ts'
import type { Probe } from './window.ts'

const PER_SECOND = 200
const FRAMES_A_SECOND = 60
/** A frame that came late now and then is not seen. */
const NEARLY = 0.95
const ARTICLES_MAX = 60
/** Above 50 a second a column keeps one of so many; half of them may still be on their way. */
const KEPT_AT_LEAST = 50 / PER_SECOND / 2

/** Frames that a deck of three columns draws while posts arrive in all of them, beside those of a page with nothing on it. */
export async function smooth(bench: Bench): Promise<Row[]> {
  const { network, signal, isQuick, tell } = bench
  await using server = await network.start('all')
  await using replay = startProgram<Replay>('replay', signal)
  const url = await replay.ask('open', { url: server.url })
  const browser = await openBrowser()
  try {
    const page = await openPage(browser, url, network.adminToken)
    await page.goto('about:blank')
    const limit = await framesIn(page, 3)
    await page.goto(`${url}/?columns=global,tag:rust,bot:${network.handles[0]}`)
    await page.getByText('Live', { exact: true }).waitFor()
    // The first one is what all others are made of.
    const post = createPoster(server.url, network.tokens.slice(0, 1))
    await post('A post about #rust')
    await page.getByText('A post about').first().waitFor()
    const busyMs = await workOf(page)
    let articles = 0
    const runs = await repeat(bench, 3, async (run) => {
      tell(`smooth: ${run}`)
      const seconds = isQuick ? 3 : 20
      const [before, held] = [await busyMs(), await heldIn(page)]
      const [drawn] = await Promise.all([
        framesIn(page, seconds),
        replay.ask('say', { perSecond: PER_SECOND, seconds }),
      ])
      articles = Math.max(articles, await page.getByRole('article').count())
      const [sent, come] = [PER_SECOND * seconds, (await heldIn(page)) - held]
      // A page to which nothing comes is smooth as well.
      if (come < sent * KEPT_AT_LEAST) throw new Error(`Of ${sent} posts ${come} came to the page`)
      return { drawn, busy: (await busyMs()) - before, seconds }
    })
    return [
      {
        thing: `frames of a deck while ${PER_SECOND} posts/s arrive`,
        unit: 'a second',
        limit: 'a blank page',
        runs: runs.map(({ drawn }) => ({ value: drawn.perSecond, limit: limit.perSecond })),
        aims: [{ of: 'value', atLeast: FRAMES_A_SECOND * NEARLY }],
      },
      {
        thing: 'the longest of them',
        unit: 'ms',
        limit: 'a blank page',
        runs: runs.map(({ drawn }) => ({ value: drawn.longestMs, limit: limit.longestMs })),
      },
      {
        thing: 'the page at work meanwhile',
        unit: 'ms/s',
        runs: runs.map(({ busy, seconds }) => ({ value: busy / seconds })),
      },
      {
        thing: 'articles on the page then',
        unit: 'articles',
        runs: [{ value: articles }],
        aims: [{ of: 'value', atMost: ARTICLES_MAX }],
      },
    ]
  } finally {
    await browser.close()
  }
}

function framesIn(page: Page, seconds: number): ReturnType<Probe['frames']> {
  return page.evaluate((ms) => probe.frames(ms), seconds * 1000)
}

/** How many posts the first column holds, most of which are not on the page. */
async function heldIn(page: Page): Promise<number> {
  const first = page.getByRole('feed').first().getByRole('article').first()
  return Number(await first.getAttribute('aria-setsize'))
}

/** Tells how many milliseconds the page's main thread has been at work. */
async function workOf(page: Page): Promise<() => Promise<number>> {
  const session = await page.context().newCDPSession(page)
  // It counts from here on, and no longer than somebody listens.
  await session.send('Performance.enable')
  return async () => {
    const { metrics } = await session.send('Performance.getMetrics')
    return (metrics.find(({ name }) => name === 'TaskDuration')?.value ?? Number.NaN) * 1000
  }
}
