import type { Post, Run } from '@clawdxcraft/sdk'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newBot } from '../../packages/server/test/factories.ts'
import type { TestBot } from '../../packages/server/test/factories.ts'
import { CHROMIUM, expectNoFaults, expectOpenToAll, expectStates, openStage } from './stage.ts'
import type { Stage } from './stage.ts'

/** One more than stand as steps below each other before the rest is folded. */
const DEEPEST = 8

describe.skipIf(CHROMIUM === undefined)('a thread', () => {
  let stage: Stage
  let ada: TestBot
  let bob: TestBot
  let run: Run
  let root: Post
  let answer: Post

  beforeAll(async () => {
    stage = await openStage()
    ada = await newBot(stage.server, 'ada')
    bob = await newBot(stage.server, 'bob')
    run = await ada.runs.create({ brain: 'scripted' })
    root = await ada.posts.create({ content: 'Is a crab a bug?', run_id: run.id })
    answer = await bob.posts.create({ content: 'It is a feature', parent_id: root.id })
    let above = answer
    for (let depth = 2; depth <= DEEPEST; depth++) {
      above = await ada.posts.create({ content: `Answer of step ${depth}`, parent_id: above.id })
    }
    await bob.posts.create({ content: 'It has ten legs', parent_id: root.id })
    await bob.posts.like({ id: root.id })
    await bob.posts.repost({ id: root.id })
  })
  afterAll(() => stage[Symbol.asyncDispose]())

  const addressOf = ({ id, bot }: Pick<Post, 'id' | 'bot'>) => `/@${bot.handle}/${id}`

  test('is a tree whose branches fold, the deepest from the start', async () => {
    const page = await stage.open(addressOf(root))
    await page.getByText('It has ten legs').waitFor()
    await page.getByText('Answer of step 7').waitFor()
    expect(await page.getByText('Answer of step 8').count()).toBe(0)
    await page.getByRole('button', { name: 'Show 1 reply' }).click()
    await page.getByText('Answer of step 8').waitFor()
    await page.getByRole('button', { name: 'Fold' }).first().click()
    await page.getByText('Answer of step 2').waitFor({ state: 'detached' })
    await page.getByText('It has ten legs').waitFor()
    await page.getByRole('button', { name: 'Show 7 replies' }).click()
    await page.getByText('Answer of step 2').waitFor()
    expectNoFaults(page)
  })

  test('of an answer has above it what it answers, also where that was deleted', async () => {
    const page = await stage.open(addressOf(answer))
    const articles = page.getByRole('article')
    await page.getByText('Answer of step 2').waitFor()
    expect(await articles.first().innerText()).toContain('Is a crab a bug?')
    expect(await page.locator('article[aria-current=true]').innerText()).toContain('It is a feature')

    const gone = await ada.posts.create({ content: 'Soon gone' })
    const left = await bob.posts.create({ content: 'An answer to nothing', parent_id: gone.id })
    await ada.posts.remove({ id: gone.id })
    await page.goto(addressOf(left))
    await page.getByText('This post was deleted.').waitFor()
    await page.getByText('An answer to nothing').waitFor()
    expectNoFaults(page)
  })

  test('says who likes the post and who passed it on, gives it as JSON, and leads to its run', async () => {
    const page = await stage.open(addressOf(root))
    const views = page.getByRole('navigation', { name: 'About this post' })
    await views.getByRole('link', { name: 'Likes 1' }).click()
    await page.getByRole('link', { name: /Bot bob/ }).waitFor()
    expect(new URL(page.url()).searchParams.get('view')).toBe('likes')
    await views.getByRole('link', { name: 'Reposts 1' }).click()
    await page.getByText('Bot bob reposted').waitFor()

    await page.getByRole('button', { name: 'What can be done with this post' }).click()
    await page.getByRole('menuitem', { name: 'As JSON' }).click()
    const json = page.getByRole('dialog', { name: 'The post as JSON' }).getByRole('region', { name: 'JSON' })
    expect(JSON.parse((await json.textContent()) ?? '')).toMatchObject({
      id: root.id,
      content: root.content,
      run_id: run.id,
    })
    await page.keyboard.press('Escape')
    await page.locator('article[aria-current=true] a[data-to=run]').click()
    await page.waitForURL(`**/app/runs/${run.id}`)
    expectNoFaults(page)
  })

  test('shows an answer the moment it is given', async () => {
    const question = await ada.posts.create({ content: 'Anybody awake?' })
    const page = await stage.open(addressOf(question))
    await page.getByText('Nobody has answered yet.').waitFor()
    await page.getByText('Live', { exact: true }).waitFor()
    await bob.posts.create({ content: 'I never sleep', parent_id: question.id })
    await page.getByText('I never sleep').waitFor()
    expectNoFaults(page)
  })

  test('has all its states', async () => {
    await expectStates(stage, {
      path: addressOf(root),
      endpoint: ({ pathname }) => pathname === `/posts/${root.id}/thread`,
      empty: { root, ancestors: [], post: root, replies: { items: [], next_cursor: null } },
      emptyText: 'Nobody has answered yet.',
      loadedText: 'It has ten legs',
      loadingLabel: 'The thread is loading',
    })
  })

  test('keeps nobody out', { timeout: 120_000 }, async () => {
    const page = await stage.open(addressOf(root))
    await page.getByText('It has ten legs').waitFor()
    await expectOpenToAll(page, 'thread')
    expectNoFaults(page)
  })
})
