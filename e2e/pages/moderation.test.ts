import type { Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { PASSWORD, newAccount } from '../../packages/server/test/accounts.ts'
import { newBot } from '../../packages/server/test/factories.ts'
import type { TestBot } from '../../packages/server/test/factories.ts'
import {
  CHROMIUM,
  expectAccessible,
  expectNoFaults,
  expectOpenToAll,
  expectStates,
  openStage,
} from './stage.ts'
import type { Stage } from './stage.ts'

const LONG = 120_000

describe.skipIf(CHROMIUM === undefined)('moderation', () => {
  let stage: Stage
  let ada: TestBot
  let bob: TestBot
  let cleo: TestBot
  let id: string

  beforeAll(async () => {
    stage = await openStage()
    ada = await newBot(stage.server, 'ada')
    bob = await newBot(stage.server, 'bob')
    cleo = await newBot(stage.server, 'cleo')
  }, LONG)
  afterAll(() => stage[Symbol.asyncDispose]())

  /** A post that two bots have something against, and no others. */
  beforeEach(async () => {
    await stage.server.pool.query('delete from reports')
    await stage.server.pool.query('delete from reported_posts')
    id = (await ada.posts.create({ content: 'Buy gibberellin now #offer' })).id
    await bob.moderation.report({ id, reason: 'spam', note: 'The third one today' })
    await cleo.moderation.report({ id, reason: 'spam' })
  })

  const item = (page: Page) => page.getByRole('listitem').filter({ hasText: 'Buy gibberellin' }).first()
  const hidden = async () => (await stage.server.human.posts.get({ id })).hidden

  test('shows who reported a post and why; hides it, with an undo', { timeout: LONG }, async () => {
    const page = await stage.open('/app/moderation')
    await item(page).getByRole('heading', { name: '2 reports' }).waitFor()
    await item(page).getByText('2 spam').waitFor()
    await item(page).getByText('The third one today').waitFor()
    await item(page).getByRole('button', { name: 'Hide', exact: true }).click()
    await page.getByLabel('Reason').fill('It sells something')
    await page.keyboard.press('Enter')
    await page.getByText('The post is hidden.').waitFor()
    await item(page).getByText('It sells something').first().waitFor()
    expect(await hidden()).toMatchObject({ reason: 'It sells something', by: null })

    await page.getByRole('button', { name: 'Undo' }).click()
    await page.getByText('The post is shown again.').waitFor()
    expect(await hidden()).toBeUndefined()
    expectNoFaults(page)
  })

  test('is put back as it was where the server refuses', { timeout: LONG }, async () => {
    const page = await stage.open('/app/moderation')
    await page.route('**/hidden', (route) =>
      route.request().method() === 'PUT' ? route.fulfill({ status: 500, json: {} }) : route.continue(),
    )
    await item(page).getByRole('button', { name: 'Hide', exact: true }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Hide' }).click()
    await page.getByText('HTTP 500').waitFor()
    await item(page).getByRole('button', { name: 'Hide', exact: true }).waitFor()
    expect(await hidden()).toBeUndefined()
  })

  test(
    'shows hidden posts under an address of their own, and shows them again',
    { timeout: LONG },
    async () => {
      await stage.server.human.moderation.hide({ id, reason: 'Too loud' })
      const page = await stage.open('/app/moderation?show=hidden')
      await item(page).getByText('Too loud').first().waitFor()
      await item(page).getByRole('button', { name: 'Show again' }).click()
      await page.getByText('The post is shown again.').waitFor()
      await expect.poll(hidden).toBeUndefined()
      // The undo hides it for the reason that it had.
      await page.getByRole('button', { name: 'Undo' }).click()
      await item(page).getByText('Too loud').first().waitFor()
      expect(await hidden()).toMatchObject({ reason: 'Too loud' })
      await stage.server.human.moderation.show({ id })
      expectNoFaults(page)
    },
  )

  test('is done with reports, until there is another one, with an undo', { timeout: LONG }, async () => {
    const page = await stage.open('/app/moderation')
    await item(page).getByRole('button', { name: 'Done' }).click()
    await page.getByText('Another report opens them again').waitFor()
    await page.getByText('Nothing waits for you').waitFor()
    await page.getByRole('button', { name: 'Undo' }).click()
    await page.getByText('The reports are open again.').waitFor()
    await item(page).getByText('The third one today').waitFor()
    expect((await stage.server.human.moderation.reports({})).items).toMatchObject([{ post: { id } }])

    await item(page).getByRole('button', { name: 'Done' }).click()
    await page.getByText('Nothing waits for you').waitFor()
    await page.getByRole('link', { name: 'Done', exact: true }).click()
    await item(page).getByText('Done by the admin token').waitFor()
    expect(new URL(page.url()).search).toBe('?show=done')
    const { items } = await stage.server.human.moderation.reports({ state: 'done' })
    expect(items).toMatchObject([{ post: { id }, closed: { by: null } }])
    expectNoFaults(page)
  })

  test('labels a post for everybody to see, at once, with an undo', { timeout: LONG }, async () => {
    const label = async () => (await bob.posts.get({ id })).label
    const deck = await stage.open('/?columns=global')
    await deck.getByText('Buy gibberellin').first().waitFor()
    await deck.getByText('Live', { exact: true }).waitFor()
    const page = await stage.open('/app/moderation')
    await item(page).getByRole('button', { name: 'Label', exact: true }).click()
    const dialog = page.getByRole('dialog', { name: 'Label the post of @ada' })
    await dialog.getByRole('button', { name: 'misleading' }).click()
    await expectAccessible(page)
    await dialog.getByRole('button', { name: 'Label', exact: true }).click()
    await page.getByText('The post is labelled “misleading”.').waitFor()
    await item(page).getByText('misleading', { exact: true }).waitFor()
    await deck.getByText('misleading', { exact: true }).waitFor()
    expect(await label()).toBe('misleading')
    await page.getByRole('button', { name: 'Undo' }).click()
    await page.getByText('The label is taken off.').waitFor()
    await deck.getByText('misleading', { exact: true }).waitFor({ state: 'detached' })
    expect(await label()).toBeUndefined()

    await page.goto(`/@ada/${id}`)
    await page.getByRole('button', { name: 'What can be done with this post' }).click()
    await page.getByRole('menuitem', { name: 'Label' }).click()
    await page.getByLabel('Label', { exact: true }).fill('W'.repeat(40))
    await page.keyboard.press('Enter')
    await page.getByText('W'.repeat(40), { exact: true }).waitFor()
    // Somebody else's is seen without a look.
    await stage.server.human.moderation.label({ id, label: 'rude' })
    await page.getByText('rude', { exact: true }).waitFor()
    for (const each of [deck, page]) expectNoFaults(each)
  })

  test('suspends who wrote it, and lets them go on', { timeout: LONG }, async () => {
    const status = async () => (await stage.server.human.bots.get({ bot: 'ada' })).status
    const page = await stage.open('/app/moderation')
    await item(page).getByRole('button', { name: 'More for the post of @ada' }).click()
    await page.getByRole('menuitem', { name: 'Suspend @ada' }).click()
    await page.getByText('@ada is suspended.').waitFor()
    await item(page).getByText('suspended', { exact: true }).waitFor()
    expect(await status()).toBe('suspended')
    await page.getByRole('button', { name: 'Undo' }).click()
    await page.getByText('@ada is active again.').waitFor()
    expect(await status()).toBe('active')
    expectNoFaults(page)
  })

  test('leads to the audit log of the post', { timeout: LONG }, async () => {
    const page = await stage.open('/app/moderation')
    await item(page).getByRole('button', { name: 'More for the post of @ada' }).click()
    await page.getByRole('menuitem', { name: 'Audit log of the post' }).click()
    await expect.poll(() => page.url()).toContain(`/app/audit?object=${id}`)
  })

  test('says of a deleted post that it is', { timeout: LONG }, async () => {
    await ada.posts.remove({ id })
    const page = await stage.open('/app/moderation')
    await page.getByText('This post was deleted.').waitFor()
    await page.getByRole('button', { name: 'Done' }).click()
    await page.getByText('Nothing waits for you').waitFor()
    expectNoFaults(page)
  })

  test('lets a viewer look at all of it and offers nothing that is refused', { timeout: LONG }, async () => {
    const { name } = await newAccount(stage.server, 'viewer')
    const page = await stage.open('about:blank', { account: { name, password: PASSWORD } })
    const refused: string[] = []
    page.on('response', (response) => {
      if (response.status() === 403) refused.push(response.url())
    })
    await page.goto('/app/moderation')
    await item(page).getByText('The third one today').waitFor()
    await item(page).getByRole('button', { name: 'More for the post of @ada' }).click()
    expect(await page.getByRole('menuitem').allInnerTexts()).toEqual([
      'Open the thread',
      'Profile of @ada',
      'Audit log of the post',
    ])
    for (const verb of ['Hide', 'Label', 'Done'])
      expect(await page.getByRole('button', { name: verb }).count()).toBe(0)
    for (const path of ['/app/moderation?show=hidden', '/app/operations', '/app/start?step=sample']) {
      await page.goto(path)
      await page.getByRole('heading', { level: 1 }).waitFor()
      await page.waitForLoadState('networkidle')
    }
    expect(refused).toEqual([])
    expectNoFaults(page)
  })

  test('has all its states', { timeout: LONG }, async () => {
    await expectStates(stage, {
      path: '/app/moderation',
      endpoint: ({ pathname }) => pathname === '/moderation/reports',
      empty: { items: [], next_cursor: null },
      emptyText: 'Nothing waits for you',
      loadedText: 'The third one today',
      loadingLabel: 'Reports are loading',
      more: 'Older reports',
    })
  })

  test('keeps nobody out', { timeout: LONG }, async () => {
    await bob.moderation.report({ id: await lively(), reason: 'secret', note: 'x'.repeat(200) })
    const page = await stage.open('/app/moderation')
    await item(page).waitFor()
    await expectOpenToAll(page, 'moderation')
    expectNoFaults(page)
  })

  /** More to look at: a hidden one, and one without a space. */
  async function lively(): Promise<string> {
    const post = await cleo.posts.create({ content: 'My key is clx_not_a_key_at_all, keep it safe' })
    await ada.moderation.report({ id: post.id, reason: 'secret', note: 'That looks like a key' })
    await stage.server.human.moderation.hide({ id: post.id, reason: 'Holds a key' })
    await stage.server.human.moderation.label({ id, label: 'not safe for work, or for anybody at all' })
    return (await cleo.posts.create({ content: 'a'.repeat(280) })).id
  }
})
