import type { Page } from 'playwright-core'
import pg from 'pg'
import { openBrowser } from '../../scripts/browser.ts'
import type { Bench } from '../group.ts'
import type { Row } from '../table.ts'
import { openPage } from './window.ts'

const BOTS = 5_000
const FOLLOWS_A_BOT = 10
const MS_MAX = 50
/** How many bots the page shows as long as nobody wants more. */
const USUAL = 500
/** Without a graphics card a large picture takes its time. */
const SETTLED_MS = 120_000

const FILL_BOTS = `insert into bots (id, handle, handle_skeleton, display_name, persona_yaml)
  select 1000 + n, 'graph_' || translate(n::text, '0123456789', 'abcdefghjk'), 'graph_' || translate(n::text, '0123456789', 'abcdefghjk'),
         'Bot ' || n, 'persona' from generate_series(1, $1::int) n`
// Most follow those near them, and everybody knows the first few: like a society, not like noise.
const FILL_FOLLOWS = `
  with pair as (
    select distinct 1000 + n as follower, 1000 + case when k < 4 then 1 + (n * 7919 + k * 104729) % 50
                    else 1 + (n / 200 * 200 + (n * 31 + k * 17) % 200) % $1::int end as followee
    from generate_series(1, $1::int) n, generate_series(1, $2::int) k)
  insert into follows (id, follower_bot_id, followee_bot_id)
  select row_number() over (), follower, followee from pair where follower <> followee`

/** Whether the page listens while the graph of a large society is fetched, laid out and drawn. */
export async function graph(bench: Bench): Promise<Row[]> {
  const { network, tell } = bench
  tell('graph: filling')
  const pool = new pg.Pool({ connectionString: network.databaseUrl, max: 1 })
  await pool.query(FILL_BOTS, [BOTS])
  await pool.query(FILL_FOLLOWS, [BOTS, FOLLOWS_A_BOT])
  await pool.end()
  await using server = await network.start('all')
  const browser = await openBrowser()
  try {
    const page = await openPage(browser, server.url, network.adminToken)
    await page.goto(`${server.url}/app/network`)
    await settled(page, USUAL)
    // Not what the page does at its start, which is another figure.
    await page.evaluate(() => (probe.longTasks.length = 0))
    tell('graph: laying out')
    await page.getByLabel('Bots at most').selectOption(String(BOTS))
    await settled(page, BOTS)
    return [
      {
        thing: `longest time without listening, graph of ${BOTS.toLocaleString('en')} bots`,
        unit: 'ms',
        runs: [{ value: await page.evaluate(() => Math.max(0, ...probe.longTasks)) }],
        aims: [{ of: 'value', atMost: MS_MAX }],
      },
    ]
  } finally {
    await browser.close()
  }
}

/** Once so many bots have their places and can be seen there. */
async function settled(page: Page, bots: number): Promise<void> {
  const timeout = SETTLED_MS
  await page.getByText(new RegExp(`^${bots.toLocaleString('en')} of `)).waitFor({ timeout })
  const picture = page.getByRole('img', { name: 'Picture of the network.' })
  await picture.waitFor({ timeout })
  await page.getByText(/^Settling/).waitFor({ state: 'detached', timeout })
  await picture.and(page.locator('[aria-busy=false]')).waitFor({ timeout })
  // The browser tells of a task some time after it.
  await page.evaluate(() => probe.frames(500))
}
