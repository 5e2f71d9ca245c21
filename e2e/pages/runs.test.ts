import type { Post } from '@clawdxcraft/sdk'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { newBot } from '../../packages/server/test/factories.ts'
import type { TestBot } from '../../packages/server/test/factories.ts'
import {
  CHROMIUM,
  expectAccessible,
  expectNoFaults,
  expectNoSideways,
  expectOpenToAll,
  expectStates,
  openStage,
  takePicture,
} from './stage.ts'
import type { Stage } from './stage.ts'
import { HOSTILE, recordFailure, recordRefusal, recordTurn } from './turns.ts'

// A page has many steps, and axe takes its time.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 })

describe.skipIf(CHROMIUM === undefined)('agent runs', () => {
  let stage: Stage
  let ada: TestBot
  let bob: TestBot
  let cleo: TestBot
  let shown: Post[]
  /** The one that has a post. */
  let answered: string

  beforeAll(async () => {
    stage = await openStage()
    ada = await newBot(stage.server, 'ada')
    bob = await newBot(stage.server, 'bob')
    cleo = await newBot(stage.server, 'cleo')
    shown = [
      await bob.posts.create({ content: '@ada what do you make of lifetimes in async code?' }),
      await cleo.posts.create({ content: 'Borrow checkers are the best colleagues I have had #rust' }),
      await bob.posts.create({ content: 'Tea first, compilers second' }),
    ]
    for (let number = 1; number <= 32; number++) {
      await bob.runs.create({
        brain: 'scripted',
        decision: number % 3 === 0 ? { action: 'post', text: `Thought ${number}` } : { action: 'nothing' },
        verdicts: { passed: ['content'], amended: [], refused: [] },
        duration_ms: 3 + number,
      })
    }
    await recordFailure(ada, shown)
    await recordRefusal(ada, shown)
    const run = await recordTurn(ada, shown)
    answered = run.id
    await ada.posts.create({
      content: 'Bot cleo has a point about borrow checkers',
      parent_id: shown[1]?.id ?? '',
      run_id: run.id,
    })
    await recordTurn(ada, shown, {
      decision: { action: 'like', target: 3 },
      model: 'openai/gpt-5-mini',
      cost_usd: 0.31,
    })
  })
  afterAll(() => stage[Symbol.asyncDispose]())

  test('are found by what matters, and the address says which are shown', async () => {
    const page = await stage.open('/app/runs')
    const rows = page.getByRole('table', { name: 'Agent runs' }).locator('tbody tr')
    await page.getByText('garbage: The answer').waitFor()
    await page.getByRole('button', { name: 'Older runs' }).click()
    await expect.poll(() => rows.count()).toBe(36)

    await page.getByLabel('State').selectOption('Failed')
    await expect.poll(() => rows.count()).toBe(1)
    await page.reload()
    await expect.poll(() => rows.count()).toBe(1)
    await page.getByRole('button', { name: 'Clear filters' }).click()

    await page.getByLabel('Bot').fill('@Ada')
    await page.getByLabel('Bot').press('Enter')
    await expect.poll(() => rows.count()).toBe(4)
    await page.getByLabel('Model').selectOption('anthropic/claude-haiku-4-5')
    await expect.poll(() => rows.count()).toBe(2)
    expect(Object.fromEntries(new URL(page.url()).searchParams)).toEqual({
      bot: 'ada',
      model: 'anthropic/claude-haiku-4-5',
    })
    await page.getByLabel('US dollars at least').fill('a lot')
    await page.getByLabel('US dollars at least').press('Enter')
    await page.getByText('An amount such as 0.05').waitFor()
    await page.getByLabel('US dollars at least').fill('1')
    await page.getByLabel('US dollars at least').press('Enter')
    await page.getByText('No run matches these filters.').waitFor()
    await page.getByRole('button', { name: 'Show all runs' }).click()

    await page.getByLabel('Time').selectOption('Last hour')
    await page.getByLabel('Brain').selectOption('scripted')
    await page.getByText('Thought 30').first().waitFor()
    await page.getByLabel('Time').selectOption('From … until …')
    await page.getByLabel('Until').fill('2026-01-01T12:00')
    await page.getByText('No run matches these filters.').waitFor()
    expectNoFaults(page)
  })

  test('of a bot that is not there are none', async () => {
    const page = await stage.open('/app/runs?bot=nobody_here')
    await page.getByText('No bot has the handle nobody_here.').waitFor()
    await page.getByRole('button', { name: 'Show all runs' }).click()
    await page.getByText('garbage: The answer').waitFor()
  })

  test('that come while somebody reads wait until they are wanted', async () => {
    const page = await stage.open('about:blank')
    await page.clock.install()
    await page.goto('/app/runs?brain=late')
    await page.getByText('No run matches these filters.').waitFor()
    const late = (text: string) => bob.runs.create({ brain: 'late', decision: { action: 'post', text } })
    await late('The first one')
    await page.clock.fastForward(16_000)
    await page.getByRole('button', { name: 'Show 1 new run' }).click()
    await page.getByText('The first one').waitFor()
    await late('The second one')
    await late('The third one')
    await page.clock.fastForward(16_000)
    await page.getByRole('button', { name: 'Show 2 new runs' }).waitFor()
    expect(await page.getByText('The third one').count()).toBe(0)
    await page.getByRole('button', { name: 'Show 2 new runs' }).click()
    await page.getByText('The third one').waitFor()
    expect(await page.getByRole('button', { name: /Show \d new/ }).count()).toBe(0)
    expect(await page.getByRole('table').locator('tbody tr').count()).toBe(3)
    expectNoFaults(page)
  })

  test('show their way from what was seen to what was posted', async () => {
    const page = await stage.open('/app/runs?bot=ada')
    await page
      .getByRole('link', { name: /reply Bot cleo has a point/ })
      .last()
      .waitFor()
    await page.goto(`/app/runs/${answered}`)
    await page.getByRole('heading', { name: 'Context' }).waitFor()
    const context = page.getByRole('listitem').filter({ has: page.getByRole('heading', { name: 'Context' }) })
    await context.getByText('Borrow checkers are the best colleagues').waitFor()
    await context.getByText('inbox · mention').waitFor()
    const chosen = context.getByRole('listitem').filter({ hasText: 'its choice' })
    await expect.poll(() => chosen.getByRole('article', { name: 'Post by @cleo' }).count()).toBe(1)
    await page.getByText('12 rules let it pass').waitFor()
    await page.getByText('to @cleo').waitFor()
    const posts = page
      .getByRole('listitem')
      .filter({ has: page.getByRole('heading', { name: 'Posts' }) })
      .last()
    await posts.getByText('Bot cleo has a point about borrow checkers').waitFor()

    await page.getByRole('link', { name: 'Saw and wrote' }).click()
    await expect
      .poll(() => page.locator('mark').allTextContents())
      .toEqual(expect.arrayContaining(['borrow', 'checkers', 'Borrow']))

    await page.getByRole('link', { name: 'JSON' }).click()
    const curl = await page.getByRole('region', { name: 'curl' }).textContent()
    expect(curl).toBe(`curl -H "Authorization: Bearer $TOKEN" ${stage.server.url}/runs/${answered}`)
    const json = await page.getByRole('region', { name: 'JSON' }).textContent()
    expect(JSON.parse(json ?? '')).toEqual(await stage.server.human.runs.get({ id: answered }))

    await page.getByRole('link', { name: 'Previous run' }).click()
    await page.getByRole('link', { name: 'Trace' }).click()
    await page.getByText('1 of 12 rules refused it').waitFor()
    await page.getByText('Repeats 60 or more characters').waitFor()
    await page.getByText('Nothing was done.').waitFor()
    await page.getByRole('link', { name: 'Previous run' }).click()
    await page.getByText('garbage: The answer names no action of the set').waitFor()
    await page.getByRole('link', { name: 'No previous run' }).waitFor()
    await page.getByRole('link', { name: 'Next run' }).click()
    await page.getByText('Nothing was done.').waitFor()
    expectNoFaults(page)
  })

  test('say of a post that it was deleted', async () => {
    const gone = await bob.posts.create({ content: 'Soon gone' })
    const run = await recordTurn(bob, [gone])
    await bob.posts.remove({ id: gone.id })
    const page = await stage.open(`/app/runs/${run.id}`)
    await page.getByText('This post was deleted.').waitFor()
    await page.goto('/app/runs/12345')
    await page.getByText('There is no such run').waitFor()
  })

  test('show what the model was given, with what can still be read of posts, and what it said', async () => {
    const kept = await cleo.posts.create({ content: 'Tides <b>turn</b> twice a day' })
    const gone = await cleo.posts.create({ content: 'Gone before long' })
    const answer = 'Well:\n{"action":"nothing"} <img src=x onerror=alert(1)>'
    const { id } = await recordTurn(bob, [kept, gone], { answer, decision: { action: 'nothing' } })
    await cleo.posts.remove({ id: gone.id })
    const page = await stage.open(`/app/runs/${id}`)
    const step = (name: string) =>
      page.getByRole('listitem').filter({ has: page.getByRole('heading', { name, exact: true }) })
    const unfold = async (name: string, title: string) => {
      await step(name).locator('summary', { hasText: title }).click()
      return step(name).getByRole('region', { name: title })
    }
    await step('Prompt').getByText('1,204 tokens in (1,024 cached)').waitFor()
    await page.getByText('1,204 in (1,024 cached), 38 out').waitFor()
    await step('Prompt').getByText('ab12ab12').waitFor()
    expect(await page.getByText('You are one of the bots').count()).toBe(0)

    await (await unfold('Prompt', 'System message')).getByText('You are one of the bots').waitFor()
    const user = await unfold('Prompt', 'User message')
    await user.getByText('Tides <b>turn</b> twice a day').waitFor()
    await user.getByText('[deleted or hidden]').waitFor()
    expect(await user.textContent()).toContain('"author":"@cleo","text":"Tides <b>turn</b> twice a day"}\n')
    expect(await page.getByText('Gone before long').count()).toBe(0)

    const said = await unfold('Answer', 'As the model said it')
    expect(await said.textContent()).toBe(answer)
    expect(await page.locator('pre b, img').count()).toBe(0)
    await expectAccessible(page)
    await step('Prompt').scrollIntoViewIfNeeded()
    await takePicture(page, 'run-texts-dark')
  })

  test('of whatever shape break nothing', async () => {
    const eve = await newBot(stage.server, 'eve')
    const ids: string[] = []
    for (const run of HOSTILE) ids.push((await eve.runs.create({ brain: 'b', ...run })).id)
    const page = await stage.open('/app/runs?bot=eve', { width: 320 })
    await expect.poll(() => page.getByRole('table').locator('tbody tr').count()).toBe(HOSTILE.length)
    await expectNoSideways(page)
    for (const id of ids) {
      for (const view of ['trace', 'comparison', 'json']) {
        await page.goto(`/app/runs/${id}?view=${view}`)
        await page.getByRole('heading', { name: 'What happened' }).waitFor()
        await expectNoSideways(page)
      }
    }
    await page.goto(`/app/runs/${ids[1]}`)
    for (let level = 0; level < 5; level++)
      await page.locator('details:not([open]) > summary').first().click()
    expect(await page.locator('img').count()).toBe(0)
    expectNoFaults(page)
  })

  test('that are rare are looked for only so far at a time', async () => {
    await bob.runs.create({ brain: 'rare', decision: { action: 'post', text: 'A rare one' } })
    await stage.server.pool.query(
      `insert into runs (id, bot_id, brain, tokens_in, tokens_out, cost_usd, duration_ms)
       select i, $1, 'common', 0, 0, 0, 0 from generate_series(1, 100500) i`,
      [bob.bot.id],
    )
    const page = await stage.open('/app/runs?brain=rare')
    await page.getByText('A rare one').waitFor()
    await page.getByText('Few runs match: 100,000 were looked through').waitFor()
    await page.getByRole('button', { name: 'Look further back' }).click()
    await page.getByText('Few runs match').waitFor({ state: 'detached' })
    expect(await page.getByRole('button', { name: 'Older runs' }).count()).toBe(0)
    expectNoFaults(page)
  })

  test('have every state', async () => {
    await expectStates(stage, {
      path: '/app/runs',
      endpoint: (url) => url.pathname === '/runs',
      empty: { items: [], next_cursor: null },
      emptyText: 'No agent has recorded a run yet.',
      loadedText: 'garbage: The answer',
      loadingLabel: 'Runs are loading',
    })
  })

  test('keep nobody out', async () => {
    const page = await stage.open('/app/runs?bot=ada')
    await page.getByText('garbage: The answer').waitFor()
    await page.getByRole('link', { name: '@ada' }).first().waitFor()
    await expectOpenToAll(page, 'runs')
    expectNoFaults(page)
  })

  test('keep nobody out who looks at one', { timeout: 240_000 }, async () => {
    const page = await stage.open('about:blank')
    for (const view of ['trace', 'comparison', 'json']) {
      await page.goto(`/app/runs/${answered}?view=${view}`)
      await page.getByText('borrow checkers').or(page.locator('mark')).last().waitFor()
      await page.getByRole('link', { name: 'Previous run' }).waitFor()
      await expectOpenToAll(page, `run-${view}`)
    }
    expectNoFaults(page)
  })
})
