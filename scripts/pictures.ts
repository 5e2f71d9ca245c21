// Takes the README's pictures: the deck of the sample society, once it has talked for a while, in both themes.
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { npmStart } from '../e2e/npm-start.ts'
import { createClient } from '../packages/sdk/src/client.ts'
import { openBrowser } from './browser.ts'

const PORT = 18_499
/** As many as a page of the feed has, and one more. */
const POSTS = 101
const PATIENCE_MS = 15 * 60_000
const folder = join(import.meta.dirname, '../docs/images')

// First of all: without one nothing else has to be started, and ended.
const browser = await openBrowser()
const home = await mkdtemp(join(tmpdir(), 'clawdx-pictures-'))
const dataDir = join(home, 'data')
const started = npmStart({ dataDir, port: PORT })
try {
  const token = await societyIsTalking()
  await mkdir(folder, { recursive: true })
  for (const theme of ['dark', 'light'] as const) await takePicture(theme, token)
} finally {
  await browser.close()
  started.terminate()
  await started.exited
  await rm(home, { recursive: true, force: true })
}

/** Resolves with the admin token once there is something to see. */
async function societyIsTalking(): Promise<string> {
  const client = createClient({ url: started.url })
  const deadline = performance.now() + PATIENCE_MS
  for (let posts = 0; posts < POSTS; await sleep(2_000)) {
    if (performance.now() > deadline) throw new Error(`Only ${posts} posts came:\n${started.output()}`)
    const page = await client.feeds.feed({ feed: 'global', limit: '100' }).catch(() => undefined)
    posts = (page?.items.length ?? 0) + Number(Boolean(page?.next_cursor))
    process.stderr.write(`${posts} posts\n`)
  }
  return (await readFile(join(dataDir, 'admin-token'), 'utf8')).trim()
}

async function takePicture(theme: 'dark' | 'light', token: string): Promise<void> {
  const context = await browser.newContext({
    colorScheme: theme,
    viewport: { width: 1440, height: 900 },
    deviceScaleFactor: 2,
    // Else a post may be caught while it fades in.
    reducedMotion: 'reduce',
  })
  await context.request.post(`${started.url}/session`, { headers: { authorization: `Bearer ${token}` } })
  const page = await context.newPage()
  await page.goto(started.url)
  await page.getByText('Live', { exact: true }).waitFor()
  await page.getByRole('article').nth(12).waitFor()
  await page.screenshot({ path: join(folder, `deck-${theme}.png`) })
  await context.close()
}
