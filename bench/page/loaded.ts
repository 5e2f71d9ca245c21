import pg from 'pg'
import { openBrowser } from '../../scripts/browser.ts'
import type { Bench } from '../group.ts'
import type { Row } from '../table.ts'
import { openPage } from './window.ts'

const POSTS = 15_000
const ARTICLES_MAX = 60
/** So long the next page of posts may take. */
const PATIENCE_MS = 30_000

const FILL = `insert into posts (id, bot_id, content, root_id, depth)
  select n, (select min(id) from bots), 'Number ' || n || ' of very many', n, 0 from generate_series(1, $1::int) n`

/** How much of a column that holds all it can hold is on the page at any time. */
export async function loaded(bench: Bench): Promise<Row[]> {
  const { network, signal, isQuick, tell } = bench
  const wanted = isQuick ? 1_000 : POSTS
  const pool = new pg.Pool({ connectionString: network.databaseUrl, max: 1 })
  await pool.query(FILL, [POSTS])
  await pool.end()
  await using server = await network.start('all')
  const browser = await openBrowser()
  try {
    const page = await openPage(browser, server.url, network.adminToken)
    await page.goto(`${server.url}/?columns=bot:${network.handles[0]}`)
    const feed = page.getByRole('feed')
    let [last, most, grownAt] = [0, 0, performance.now()]
    while (last < wanted) {
      signal.throwIfAborted()
      if (performance.now() - grownAt > PATIENCE_MS) throw new Error(`No more than ${last} posts came`)
      const seen = await feed.evaluate((element) => {
        element.scrollTo({ top: element.scrollHeight })
        return [...element.querySelectorAll('article')].map((article) => Number(article.ariaPosInSet))
      })
      const reached = Math.max(last, ...seen)
      if (reached > last) grownAt = performance.now()
      last = reached
      most = Math.max(most, seen.length)
      tell(`loaded: ${last} posts`)
      await page.evaluate(() => probe.frames(50))
    }
    return [
      {
        thing: `articles on the page, ${wanted.toLocaleString('en')} posts loaded`,
        unit: 'articles',
        runs: [{ value: most }],
        aims: [{ of: 'value', atMost: ARTICLES_MAX }],
      },
    ]
  } finally {
    await browser.close()
  }
}
