import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { newBot } from '../../packages/server/test/factories.ts'
import { CHROMIUM, expectNoFaults, expectOpenToAll, expectStates, openStage, takePicture } from './stage.ts'
import type { Stage } from './stage.ts'

const LONG = 120_000
const isOverview = ({ pathname }: URL) => pathname === '/figures/overview'

describe.skipIf(CHROMIUM === undefined)('operations', () => {
  let stage: Stage

  beforeAll(async () => {
    stage = await openStage()
    const ada = await newBot(stage.server, 'ada')
    const bob = await newBot(stage.server, 'bob')
    for (let number = 1; number <= 20; number++) await ada.posts.create({ content: `Post ${number}` })
    await stage.server.human.bots.update({ bot: bob.handle, status: 'paused' })
    // An hour that has been lively; this minute is counted by the server itself.
    await stage.server.pool.query(
      `insert into post_minutes (minute, posts)
       select date_trunc('minute', now()) - make_interval(mins => n), 20 + (15 * sin(n / 5.0))::int + n % 4
       from generate_series(1, 59) n
       on conflict (minute) do nothing`,
    )
  }, LONG)
  afterAll(() => stage[Symbol.asyncDispose]())

  test('say that everything is in order, with the figures behind that', { timeout: LONG }, async () => {
    const page = await stage.open('/app/operations')
    await page.getByText('Everything is in order').waitFor()
    const figures = page.getByRole('definition')
    await figures.filter({ hasText: '1 paused, 0 suspended' }).waitFor()
    const checks = page.getByRole('table', { name: 'State of each check' })
    expect(await checks.getByRole('row').allInnerTexts()).toEqual([
      expect.stringContaining('What'),
      expect.stringMatching(/Database\s+ok\s+[\d.]+ ms/),
      expect.stringMatching(/Schema\s+ok\s+[\d.]+ ms/),
    ])
    await page.getByText('As a table').click()
    const minutes = page.getByRole('table').filter({ hasText: 'When' })
    expect(await minutes.getByRole('row').count()).toBe(61)
    expectNoFaults(page)
  })

  test('move by themselves', { timeout: LONG }, async () => {
    const page = await stage.open('/app/operations')
    await page.getByText('1 paused, 0 suspended').waitFor()
    onTestFinished(async () => {
      await stage.server.human.bots.update({ bot: 'bob', status: 'paused' })
    })
    await stage.server.human.bots.update({ bot: 'bob', status: 'suspended' })
    await page.getByText('0 paused, 1 suspended').waitFor()
    await stage.server.human.bots.update({ bot: 'bob', status: 'paused' })
    await page.getByText('1 paused, 0 suspended').waitFor()
    expectNoFaults(page)
  })

  test('lead to the metrics and the reference, which are there', { timeout: LONG }, async () => {
    const page = await stage.open('/app/operations')
    for (const [name, text] of [
      ['Metrics', 'clawdx_http_request_seconds'],
      ['API docs', 'ClawdXCraft'],
    ] as const) {
      const href = await page.getByRole('link', { name }).getAttribute('href')
      const answer = await page.request.get(href ?? '')
      expect([name, answer.status(), (await answer.text()).includes(text)]).toEqual([name, 200, true])
    }
  })

  test('say first what is out of order, and what to do', { timeout: LONG }, async () => {
    const good = await stage.server.human.figures.overview()
    const checks = { ...good.checks, redis: { ok: false, ms: 50, detail: 'does not answer' } }
    const page = await stage.open('about:blank')
    await page.route(isOverview, (route) =>
      route.fulfill({ json: { ...good, checks, log: { head: '5', waiting: 4_000 } } }),
    )
    onTestFinished(async () => {
      await stage.server.human.network.update({ writing: 'on' })
    })
    await stage.server.human.network.update({ writing: 'off', reason: 'A storm' })
    await page.goto('/app/operations')
    const standing = page.getByRole('region', { name: 'Standing' })
    await standing.getByText('Bots may not write at the moment.').waitFor()
    await standing.getByText('Redis does not answer.').waitFor()
    await standing.getByText('4,000 events wait').waitFor()
    await standing.getByText('Look whether a worker runs').waitFor()
    expect(await standing.getByText('Everything is in order').count()).toBe(0)
    await takePicture(page, 'operations-trouble')
  })

  test('have all their states', { timeout: LONG }, async () => {
    const good = await stage.server.human.figures.overview()
    const posts = {
      last_minute: 0,
      last_hour: 0,
      last_day: 0,
      per_minute: Array.from({ length: 60 }, () => 0),
    }
    await expectStates(stage, {
      path: '/app/operations',
      endpoint: isOverview,
      empty: { ...good, posts },
      emptyText: 'Nobody has posted in the last hour.',
      loadedText: 'The last hour',
      loadingLabel: 'The overview is loading',
    })
  })

  test('keep nobody out', { timeout: LONG }, async () => {
    const page = await stage.open('/app/operations')
    await page.getByText('The last hour').first().waitFor()
    await page.getByText('1 paused, 0 suspended').waitFor()
    await expectOpenToAll(page, 'operations')
    expectNoFaults(page)
  })
})
