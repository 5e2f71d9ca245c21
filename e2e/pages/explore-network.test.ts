import { readFile } from 'node:fs/promises'
import type { Graph } from '@clawdxcraft/protocol'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { insertCrowd } from './crowd.ts'
import {
  CHROMIUM,
  expectAccessible,
  expectNoFaults,
  expectNoSideways,
  expectStates,
  openStage,
  takePicture,
} from './stage.ts'
import type { Stage } from './stage.ts'

const VIEWS = [
  ['dark', 1440],
  ['light', 1440],
  ['dark', 320],
] as const

let stage: Stage
let graph: Graph

const picture = (page: Page) => page.getByRole('img', { name: 'Picture of the network.' })

const findBox = (page: Page) => page.getByRole('combobox', { name: 'Find a bot' })
const offered = (page: Page) =>
  page.getByRole('listbox', { name: 'Bots of this network' }).getByRole('option')
/** Drawing without a graphics card takes its time. */
const PATIENCE = { timeout: 60_000 }
const until = <T>(read: () => T) => expect.poll(read, PATIENCE)

/** Once nothing moves any more. */
async function settled(page: Page): Promise<void> {
  await picture(page).locator('canvas').first().waitFor()
  await page.getByText(/^Settling/).waitFor({ state: 'detached' })
  await shown(page)
}

/** What was last asked for can be seen. */
async function shown(page: Page): Promise<void> {
  await picture(page).and(page.locator('[aria-busy=false]')).waitFor(PATIENCE)
}

async function downloaded(page: Page, name: string): Promise<string> {
  const [file] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: `Download as ${name}` }).click(),
  ])
  return readFile(await file.path(), 'utf8')
}

describe.skipIf(CHROMIUM === undefined)('the network', { timeout: 90_000 }, () => {
  beforeAll(async () => {
    stage = await openStage()
    await insertCrowd(stage.server.pool, { bots: 320, follows: 1_500 })
    await stage.server.pool.query(
      `update bots set display_name = '=cmd|" <b>&' || chr(1) || 'x' where handle = 'coral_1'`,
    )
    graph = await stage.server.human.graph.get({})
  }, 60_000)
  afterAll(() => stage[Symbol.asyncDispose]())

  test('is a picture that settles, with what can be said about it', async () => {
    const page = await stage.open('/app/network')
    await settled(page)
    await page.getByText('320 of 320 bots, 1,500 follows').waitFor()
    const density = graph.edges.length / (320 * 319)
    const ties = new Set(graph.edges.map(([from, to]) => `${from} ${to}`))
    const returned = graph.edges.filter(([from, to]) => ties.has(`${to} ${from}`)).length
    const share = new Intl.NumberFormat('en', { style: 'percent', maximumFractionDigits: 1 })
    const about = page.getByRole('complementary', { name: 'About this network' })
    const figures = await about.getByRole('definition').allInnerTexts()
    expect(figures.slice(0, 2)).toEqual([share.format(density), share.format(returned / graph.edges.length)])
    expect(Number(figures[2])).toBeGreaterThan(0.3)
    expect(Number(figures[3])).toBeGreaterThanOrEqual(6)
    expectNoFaults(page)
  })

  test('has a list with all that the network says', async () => {
    const page = await stage.open('/app/network?view=list')
    await page.getByRole('table', { name: '320 bots' }).waitFor()
    const more = page.getByRole('button', { name: /^Show \d+ more/ })
    for (let left = 270; left > 0; left -= 50) {
      await page.getByText(`more of ${left}`).waitFor()
      await more.click()
    }
    await until(() => more.count()).toBe(0)
    const rows = await page.getByRole('row').evaluateAll((all) =>
      all.slice(1).map((row) => {
        const cells = [...row.querySelectorAll('td')].map((cell) => cell.lastChild?.textContent)
        return [row.querySelector('a')?.getAttribute('href')?.slice(2), ...cells.slice(0, 3)]
      }),
    )
    const countOf = (place: number, end: 0 | 1) => graph.edges.filter((edge) => edge[end] === place).length
    const expected = graph.nodes.map(({ handle, followers }, place) =>
      [handle, followers, countOf(place, 0), countOf(place, 1)].map(String),
    )
    expect(rows).toEqual(expected)
    expectNoFaults(page)
  })

  test('sorts its list, which stands in the address', async () => {
    const page = await stage.open('/app/network?view=list')
    const first = page.getByRole('rowheader').first()
    await page.getByRole('button', { name: 'Follows', exact: true }).click()
    await until(() => new URL(page.url()).search).toContain('sort=out&order=desc')
    const most = Math.max(
      ...graph.nodes.map((_, place) => graph.edges.filter(([from]) => from === place).length),
    )
    await expect
      .poll(() => page.getByRole('row').nth(1).getByRole('cell').nth(1).innerText())
      .toBe(String(most))
    await page.getByRole('button', { name: 'Bot', exact: true }).click()
    await until(() => first.innerText()).toContain('@coral_1')
    await page.getByRole('button', { name: 'Bot', exact: true }).click()
    await until(() => first.innerText()).toContain('@tide_')
  })

  test('finds a bot, shows those around it, and leads to the network around it', async () => {
    const page = await stage.open('/app/network')
    await settled(page)
    const box = findBox(page)
    await box.fill('kelp_4')
    await until(() => offered(page).first().innerText()).toContain('@kelp_4')
    await box.press('ArrowDown')
    await box.press('ArrowUp')
    await box.press('Enter')
    await until(() => new URL(page.url()).searchParams.get('bot')).toBe('kelp_4')
    const panel = page.getByRole('region', { name: '@kelp_4' })
    const place = graph.nodes.findIndex(({ handle }) => handle === 'kelp_4')
    const [follows, followers] = [0, 1].map((end) => graph.edges.filter((edge) => edge[end] === place).length)
    await panel.getByRole('heading', { name: `Follows ${follows}` }).waitFor()
    await panel.getByRole('heading', { name: `Followed by ${followers}` }).waitFor()
    await panel.getByRole('button', { name: 'Show only what is around it' }).click()
    const around = await stage.server.human.graph.get({ around: 'kelp_4' })
    await page.getByText(`${around.nodes.length} of 320 bots`).waitFor()
    await page.getByRole('button', { name: /^Around @kelp_4/ }).click()
    await page.getByText('320 of 320 bots').waitFor()
    await box.fill('nobody at all')
    await page.getByText('No bot here is called so').first().waitFor()
    expectNoFaults(page)
  })

  test('lets itself be pointed at: a click chooses, one beside lets go', async () => {
    const page = await stage.open('/app/network')
    await settled(page)
    const canvas = picture(page).locator('canvas').first()
    const size = (await canvas.boundingBox()) ?? { width: 0, height: 0, x: 0, y: 0 }
    // The one that was looked at stands in the middle.
    await findBox(page).fill('coral_8')
    await findBox(page).press('Enter')
    await page.getByRole('button', { name: 'Let go of @coral_8' }).click()
    await until(() => new URL(page.url()).searchParams.get('bot')).toBeNull()
    await page.mouse.click(size.x + size.width / 2, size.y + size.height / 2)
    await until(() => new URL(page.url()).searchParams.get('bot')).toBe('coral_8')
    expectNoFaults(page)
  })

  test('is handed over as GEXF and as CSV', async () => {
    const page = await stage.open('/app/network')
    await settled(page)
    const gexf = await downloaded(page, 'GEXF')
    const reader = await stage.open('about:blank', { isStranger: true })
    const read = await reader.evaluate((text) => {
      const file = new DOMParser().parseFromString(text, 'application/xml')
      const count = (name: string) => file.getElementsByTagName(name).length
      return {
        faults: count('parsererror'),
        nodes: count('node'),
        edges: count('edge'),
        places: count('viz:position'),
        name: file.querySelector('node[label=coral_1] attvalue[for=name]')?.getAttribute('value'),
      }
    }, gexf)
    expect(read).toEqual({ faults: 0, nodes: 320, edges: 1_500, places: 320, name: '=cmd|" <b>&x' })
    const csv = (await downloaded(page, 'CSV')).split('\r\n')
    expect(csv).toHaveLength(322)
    expect(csv[0]).toBe('handle,display_name,status,followers,out,in,community,reciprocity')
    expect(csv.find((line) => line.startsWith('coral_1,'))).toContain(`,"'=cmd|"" <b>&`)
    expectNoFaults(page)
  })

  test('looks the same each time', async () => {
    const looks: string[] = []
    for (let time = 0; time < 2; time++) {
      const page = await stage.open('/app/network')
      await settled(page)
      looks.push((await downloaded(page, 'GEXF')).replace(/<meta.*?\/meta>/, ''))
    }
    expect(looks[0]).toBe(looks[1])
  })

  test('is its list alone where nothing can be drawn', async () => {
    const page = await stage.open('about:blank')
    await page.addInitScript(() => {
      OffscreenCanvas.prototype.getContext = () => null
    })
    await page.goto('/app/network')
    await page.getByRole('table', { name: '320 bots' }).waitFor()
    expect(await page.getByRole('link', { name: 'Picture' }).count()).toBe(0)
    await findBox(page).fill('foam_7')
    await findBox(page).press('Enter')
    await page.getByRole('region', { name: '@foam_7' }).waitFor()
    expectNoFaults(page)
  })

  test('ends its work with the page', async () => {
    const page = await stage.open('/app/network?bots=5000')
    await until(() => page.workers().length).toBe(1)
    await page.getByRole('link', { name: 'Trends' }).click()
    await page.getByRole('heading', { level: 1, name: 'Trends' }).waitFor()
    await until(() => page.workers().length).toBe(0)
  })

  test('says what is the matter', async () => {
    await expectStates(stage, {
      path: '/app/network?view=list',
      endpoint: ({ pathname }) => pathname === '/graph',
      empty: { ...graph, nodes: [], edges: [] },
      emptyText: 'There are no bots yet.',
      loadedText: 'Who follows whom',
      loadingLabel: 'The network is loading',
    })
  })

  test.each(VIEWS)(
    'keeps nobody out: %s, %i pixels wide',
    async (theme, width) => {
      const name = width === 320 ? 'narrow' : theme
      const page = await stage.open('/app/network', { theme, width })
      await page.getByText('320 of 320 bots').waitFor()
      if (width > 320) await settled(page)
      await takePicture(page, `network-${name}`)
      await expectAccessible(page)
      await findBox(page).fill('coral_8')
      await offered(page).first().waitFor()
      if (theme === 'light') await expectAccessible(page)
      await findBox(page).press('Enter')
      await page.getByRole('region', { name: '@coral_8' }).waitFor()
      if (width > 320) await shown(page)
      await takePicture(page, `network-chosen-${name}`)
      await expectAccessible(page)
      await expectNoSideways(page)
      expectNoFaults(page)
    },
    120_000,
  )
})
