import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Page } from 'playwright-core'
import { eventually } from '../../packages/server/test/eventually.ts'
import { newBot } from '../../packages/server/test/factories.ts'
import type { TestBot } from '../../packages/server/test/factories.ts'
import { isSignedWith, startWebhookSink } from '../../packages/server/test/webhook-sink.ts'
import type { WebhookSink } from '../../packages/server/test/webhook-sink.ts'
import { LOOPBACK, deliveriesOf, hurry, newest } from '../../packages/server/test/webhooks.ts'
import { CHROMIUM, expectNoFaults, expectOpenToAll, expectStates, openStage } from './stage.ts'
import type { Stage } from './stage.ts'

const NOTHING = { items: [], next_cursor: null }

describe.skipIf(CHROMIUM === undefined)('webhooks', { timeout: 60_000 }, () => {
  let stage: Stage
  let sink: WebhookSink
  let ada: TestBot
  let bob: TestBot

  beforeAll(async () => {
    stage = await openStage(LOOPBACK)
    bob = await newBot(stage.server, 'bob')
  })
  afterAll(() => stage[Symbol.asyncDispose]())
  beforeEach(async () => {
    sink = await startWebhookSink()
    ada = await newBot(stage.server)
  })
  afterEach(() => sink.close())

  const mention = (text: string) => bob.posts.create({ content: `@${ada.handle} ${text}` })
  const hookOf = async (bot = ada) => (await bot.webhooks.list({})).items[0]

  async function newHook() {
    const { secret, ...hook } = await ada.webhooks.create({
      kind: 'standard',
      url: `${sink.url}/hook`,
      events: ['mention', 'reply'],
    })
    return { ...hook, secret: secret ?? '' }
  }

  /** A page whose time can be hurried on. */
  async function openWithClock(path: string): Promise<Page> {
    const page = await stage.open('about:blank')
    await page.clock.install()
    await page.goto(path)
    return page
  }

  /** Two deliveries that went well, one that needed two attempts, one that fails, one that was given up. */
  async function livelyHook() {
    const hook = await newHook()
    await mention('one')
    await newest(ada, hook, 'delivered')
    sink.next(503)
    await mention('two')
    await newest(ada, hook, 'retrying')
    await hurry(stage.server, hook)
    await newest(ada, hook, 'delivered')
    await mention('three, with words that go on for a while')
    await eventually(
      () => deliveriesOf(ada, hook),
      (all) => all.length === 3 && all[0]?.state === 'delivered',
    )
    sink.behave(500)
    await mention('four')
    await newest(ada, hook, 'retrying')
    return hook
  }

  async function createThrough(page: Page, url: string): Promise<string> {
    await page.getByRole('button', { name: 'New webhook' }).click()
    const dialog = page.getByRole('dialog', { name: 'New webhook' })
    await dialog.getByLabel('Bot', { exact: true }).fill(ada.handle)
    await dialog.getByLabel('Address').fill(url)
    await dialog.getByRole('button', { name: 'Create webhook' }).click()
    const shown = page.getByRole('dialog', { name: 'The secret of the webhook' })
    const secret = await shown.getByRole('region', { name: 'Secret', exact: true }).textContent()
    await shown.getByText('verifyWebhook(secret').waitFor()
    await shown.getByRole('button', { name: 'Done' }).click()
    return secret ?? ''
  }

  test('are made in a dialog, which says at its fields what is wrong', async () => {
    const page = await stage.open('/app/webhooks?dialog=new')
    const dialog = page.getByRole('dialog', { name: 'New webhook' })
    await dialog.getByLabel('Bot', { exact: true }).fill('nobody_here')
    await dialog.getByLabel('Address').fill('http://10.0.0.1/hook')
    await dialog.getByRole('button', { name: 'Create webhook' }).click()
    await dialog.getByText('There is no such bot').waitFor()
    await dialog.getByLabel('Bot', { exact: true }).fill(ada.handle)
    for (const name of ['Mentions', 'Replies', 'Quotes']) await dialog.getByLabel(name).uncheck()
    await dialog.getByRole('button', { name: 'Create webhook' }).click()
    await expect.poll(() => dialog.getByLabel('Address').getAttribute('aria-invalid')).toBe(null)
    await dialog.getByRole('group', { name: 'Events' }).getByRole('alert').waitFor()
    await dialog.getByLabel('Followers').check()
    await dialog.getByRole('button', { name: 'Create webhook' }).click()
    await expect.poll(() => dialog.getByLabel('Address').getAttribute('aria-invalid')).toBe('true')
    expect(await hookOf()).toBeUndefined()
  })

  test('of a gateway are told what its agent needs', async () => {
    const page = await stage.open('/app/webhooks?dialog=new')
    const dialog = page.getByRole('dialog', { name: 'New webhook' })
    await dialog.getByLabel('Bot', { exact: true }).fill(`@${ada.handle}`)
    await dialog.getByLabel('Kind').selectOption('openclaw')
    await dialog.getByLabel('Address').fill(`${sink.url}/hooks/agent`)
    await dialog.getByLabel('Token of the gateway').fill('a-token')
    await dialog.getByLabel('Agent', { exact: true }).fill('clawdx')
    await dialog.getByLabel('Session of the agent').selectOption('thread')
    await dialog.getByLabel('Deliveries a day, at most').fill('')
    await dialog.getByRole('button', { name: 'Create webhook' }).click()
    await page.getByRole('heading', { name: `Webhook of @${ada.handle}` }).waitFor()
    expect(await hookOf()).toMatchObject({
      kind: 'openclaw',
      has_token: true,
      agent_id: 'clawdx',
      session: 'thread',
      timeout_seconds: 180,
      max_per_hour: 120,
      max_per_day: null,
    })
    expectNoFaults(page)
  })

  test('show a mention as it reaches the receiver, with its attempt', async () => {
    const page = await openWithClock('/app/webhooks')
    const secret = await createThrough(page, `${sink.url}/hook?key=hidden`)
    await page.getByText('Nothing has come for this bot').waitFor()
    expect(await page.getByText('hidden').count()).toBe(0)
    await mention('hello')
    await sink.until(1)
    expect(sink.requests.map((request) => isSignedWith(secret, request))).toEqual([true])

    const table = page.getByRole('table', { name: /^Deliveries/ })
    await page.clock.fastForward(20_000)
    await table.getByText('delivered').waitFor()
    const hook = await hookOf()
    const [delivery] = await deliveriesOf(ada, hook ?? { id: '' })
    await table.getByRole('button', { name: delivery?.id }).click()
    const sheet = page.getByRole('dialog', { name: `Delivery ${delivery?.id}` })
    await sheet.getByText('Attempt 1').waitFor()
    await sheet.getByText('status 204').first().waitFor()
    await sheet.getByText(`webhook-id: ${String(sink.requests[0]?.headers['webhook-id'])}`).waitFor()
    const api = await sheet.getByRole('region', { name: 'As the API gives it' }).textContent()
    const asked = { id: hook?.id ?? '', delivery: delivery?.id ?? '' }
    expect(JSON.parse(api ?? '')).toEqual(await stage.server.human.webhooks.delivery(asked))
    expect(new URL(page.url()).searchParams.get('delivery')).toBe(delivery?.id)
    await page.keyboard.press('Escape')
    await sheet.waitFor({ state: 'detached' })
    expectNoFaults(page)
  })

  test('show what was sent and what came back, of the last attempt and without secrets', async () => {
    const hook = await newHook()
    const headers = { 'content-type': 'text/plain', 'retry-after': '3600' }
    sink.next('reset', { status: 503, headers, body: `Not now; I know ${hook.secret}` })
    await mention('hello')
    const [delivery] = await newest(ada, hook, 'retrying')
    // However long the page takes to open.
    await stage.server.pool.query(`update webhooks set due_at = now() + interval '1 hour' where id = $1`, [
      hook.id,
    ])
    const page = await stage.open(`/app/webhooks/${hook.id}?delivery=${delivery?.id}`)
    const sheet = page.getByRole('dialog', { name: `Delivery ${delivery?.id}` })
    await sheet.getByText('No answer came.').waitFor()
    await hurry(stage.server, hook)
    await eventually(
      () => deliveriesOf(ada, hook),
      ([again]) => again?.attempts.length === 2,
    )
    await page.reload()
    const answer = sheet.getByRole('region', { name: 'Body of the response' })
    await answer.waitFor()
    expect(await answer.textContent()).toBe('Not now; I know whsec_…')
    await sheet.getByRole('region', { name: 'Response', exact: true }).getByText('status 503').waitFor()
    const sent = sheet.getByRole('table', { name: 'Headers of the request' })
    await sent.getByText(String(sink.requests[1]?.headers['webhook-id']), { exact: true }).waitFor()
    await sent.getByText('v1,…', { exact: true }).waitFor()
    await sheet.getByRole('table', { name: 'Headers of the response' }).getByText('3600').waitFor()
    const body = await sheet.getByRole('region', { name: 'Body of the request' }).textContent()
    expect(body).toBe(JSON.stringify(sink.requests[1]?.body, null, 2))
    await sheet.getByText('Secrets are left out').waitFor()
    const signatures = String(sink.requests[1]?.headers['webhook-signature']).split(',')
    for (const hidden of [hook.secret, hook.secret.slice(6), signatures[1] ?? ''])
      expect(await sheet.textContent()).not.toContain(hidden)

    await page.route('**/deliveries/*', (route) =>
      route.fulfill({ status: 403, json: { code: 'forbidden', detail: 'Not today' } }),
    )
    await page.reload()
    await sheet.getByRole('alert').getByText('Not today').waitFor()
    await page.unroute('**/deliveries/*')
    await sheet.getByRole('button', { name: 'Try again' }).click()
    await answer.waitFor()
    await page.goto(`/app/webhooks/${hook.id}?delivery=999999999`)
    await page.getByText('There is no such delivery').waitFor()
  })

  test('show why a receiver fails, and send again once it is mended', async () => {
    const hook = await newHook()
    sink.behave(500)
    await mention('hello')
    await newest(ada, hook, 'retrying')
    const page = await stage.open(`/app/webhooks/${hook.id}?state=retrying`)
    await page.getByText('This webhook fails').waitFor()
    await page
      .getByRole('table', { name: /^Deliveries/ })
      .getByRole('button')
      .first()
      .click()
    const sheet = page.getByRole('dialog')
    await sheet.getByText('Answered with status 500', { exact: true }).first().waitFor()
    await hurry(stage.server, hook)
    await sheet.getByText('Attempt 2').waitFor()
    sink.behave('well')
    await sheet.getByRole('button', { name: 'Resend' }).click()
    await sheet.getByText('status 204').first().waitFor()
    await newest(ada, hook, 'delivered')
    expect(sink.faults('/hook', { secrets: [hook.secret] })).toEqual([])
    expectNoFaults(page)
  })

  test('are paused and resumed at once, and that is taken back', async () => {
    const hook = await newHook()
    const page = await stage.open(`/app/webhooks/${hook.id}`)
    const stateIs = (state: string) =>
      eventually(
        () => ada.webhooks.get({ id: hook.id }),
        (now) => now.state === state,
      )
    await page.getByRole('button', { name: 'Pause', exact: true }).click()
    await page.getByText('This webhook is paused').waitFor()
    await stateIs('paused')
    await page.getByRole('button', { name: 'Undo' }).click()
    await stateIs('active')
    await page.getByText('This webhook is paused').waitFor({ state: 'detached' })

    await page.route('**/webhooks/*', (route) =>
      route.request().method() === 'PATCH'
        ? route.fulfill({ status: 403, json: { code: 'forbidden', detail: 'Not today' } })
        : route.continue(),
    )
    await page.getByRole('button', { name: 'Pause', exact: true }).click()
    await page.getByText('Not today').waitFor()
    await page.getByRole('button', { name: 'Pause', exact: true }).waitFor()
    expect((await ada.webhooks.get({ id: hook.id })).state).toBe('active')
  })

  test('are changed, with what is wrong at its field', async () => {
    const hook = await newHook()
    const page = await stage.open(`/app/webhooks/${hook.id}?dialog=edit`)
    const dialog = page.getByRole('dialog', { name: 'Edit webhook' })
    expect(await dialog.getByLabel('Address').inputValue()).toBe(hook.url)
    await dialog.getByLabel('Address').fill('http://10.0.0.1/')
    await dialog.getByRole('button', { name: 'Save' }).click()
    await dialog.getByRole('alert').waitFor()
    await dialog.getByLabel('Address').fill(`${sink.url}/other`)
    await dialog.getByLabel('Followers').check()
    await dialog.getByLabel('Deliveries an hour, at most').fill('7')
    await dialog.getByRole('button', { name: 'Save' }).click()
    await dialog.waitFor({ state: 'detached' })
    await page.getByText('7 an hour, no cap a day').waitFor()
    expect(await ada.webhooks.get({ id: hook.id })).toMatchObject({
      url: `${sink.url}/other`,
      events: ['mention', 'reply', 'follow'],
      max_per_hour: 7,
    })
  })

  test('rotate their secret, shown once, and sign with both for a while', async () => {
    const hook = await newHook()
    const page = await stage.open(`/app/webhooks/${hook.id}`)
    await page.getByRole('button', { name: 'More for this webhook' }).click()
    await page.getByRole('menuitem', { name: 'Rotate secret' }).click()
    const confirm = page.getByRole('dialog', { name: 'Rotate the secret' })
    await confirm.getByLabel('The old one stays valid for').selectOption('An hour')
    await confirm.getByLabel(`Write ${ada.handle} to go on`).fill(ada.handle)
    await confirm.getByRole('button', { name: 'Rotate secret' }).click()
    const shown = page.getByRole('dialog', { name: 'The new secret' })
    const secret = (await shown.getByRole('region', { name: 'Secret', exact: true }).textContent()) ?? ''
    expect(secret).not.toBe(hook.secret)
    await shown.getByRole('button', { name: 'Done' }).click()
    await mention('hello')
    await sink.until(1)
    const [request] = sink.requests
    expect([secret, hook.secret].map((one) => request && isSignedWith(one, request))).toEqual([true, true])
    await page.reload()
    await page.getByRole('heading', { name: 'Settings' }).waitFor()
    expect(await page.getByText(secret).count()).toBe(0)
    expectNoFaults(page)
  })

  test('replay from a delivery on, and refuse a place that is not there yet', async () => {
    const hook = await newHook()
    for (const text of ['one', 'two', 'three']) await mention(text)
    await sink.until(3)
    const [, second] = await eventually(
      () => deliveriesOf(ada, hook),
      (all) => all.length === 3 && all.every(({ state }) => state === 'delivered'),
    )
    const page = await stage.open(`/app/webhooks/${hook.id}?delivery=${second?.id}`)
    await page.getByRole('button', { name: 'Replay from here' }).click()
    const dialog = page.getByRole('dialog', { name: 'Replay' })
    await dialog.getByLabel('After this place of the log').fill('999999999')
    await dialog.getByRole('button', { name: 'Replay', exact: true }).click()
    await dialog.getByText('The log has not come to that place').waitFor()
    await dialog.getByLabel('After this place of the log').fill(String(Number(second?.id) - 1))
    await dialog.getByRole('button', { name: 'Replay', exact: true }).click()
    await dialog.waitFor({ state: 'detached' })
    await sink.until(5)
    const ids = sink.requests.map(({ headers }) => headers['webhook-id'])
    expect(ids.slice(3)).toEqual(ids.slice(1, 3))
  })

  test('send a test event and show what came of it', async () => {
    const hook = await newHook()
    const page = await stage.open(`/app/webhooks/${hook.id}`)
    await page.getByRole('button', { name: 'Send test event' }).first().click()
    const dialog = page.getByRole('dialog', { name: 'Test event' })
    await dialog.getByRole('button', { name: 'Send' }).click()
    await dialog.getByText('status 204').waitFor()
    expect(sink.requests).toMatchObject([{ body: { type: 'webhook.test' } }])
    sink.behave(418)
    await dialog.getByRole('button', { name: 'Send again' }).click()
    await dialog.getByText('not delivered').waitFor()
    await dialog.getByText('Answered with status 418').waitFor()
    expect(sink.requests).toHaveLength(2)
  })

  test('are removed by who writes their bot’s name', async () => {
    const hook = await newHook()
    const page = await stage.open(`/app/webhooks/${hook.id}?dialog=remove`)
    const dialog = page.getByRole('dialog', { name: 'Remove this webhook' })
    const remove = dialog.getByRole('button', { name: 'Remove webhook' })
    expect(await remove.isDisabled()).toBe(true)
    await dialog.getByRole('textbox').fill(ada.handle)
    await remove.click()
    await page.getByRole('heading', { name: 'All webhooks' }).waitFor()
    await eventually(hookOf, (found) => found === undefined)
    await page.getByRole('search').getByLabel('Bot').fill(ada.handle)
    await page.getByRole('button', { name: 'Apply' }).click()
    await page.getByText(`@${ada.handle} has no webhooks.`).waitFor()
    expectNoFaults(page)
  })

  test('move nothing that is read: what is new is counted first', async () => {
    const hook = await newHook()
    await mention('one')
    await newest(ada, hook, 'delivered')
    const page = await openWithClock(`/app/webhooks/${hook.id}`)
    const table = page.getByRole('table', { name: /^Deliveries/ })
    await expect.poll(() => table.getByRole('row').count()).toBe(2)
    await mention('two')
    await sink.until(2)
    await page.clock.fastForward(20_000)
    await page.getByRole('button', { name: 'Show 1 new' }).waitFor()
    expect(await table.getByRole('row').count()).toBe(2)
    await page.getByRole('button', { name: 'Show 1 new' }).click()
    await expect.poll(() => table.getByRole('row').count()).toBe(3)
  })

  test('are looked at by viewers, who can change nothing', async () => {
    const { human } = stage.server
    const account = { name: 'grace', password: 'not to be guessed' }
    await human.humans.create({ ...account, role: 'viewer' })
    const { id } = await newHook()
    const page = await stage.open('/app/webhooks', { account })
    await page.getByText(`@${ada.handle}`, { exact: true }).waitFor()
    expect(await page.getByRole('button', { name: 'New webhook' }).count()).toBe(0)
    await page.goto(`/app/webhooks/${id}?dialog=edit`)
    await page.getByRole('heading', { name: 'Settings' }).waitFor()
    for (const name of ['Edit', 'Pause', 'Send test event', 'More for this webhook'])
      expect(await page.getByRole('button', { name, exact: true }).count()).toBe(0)
    expect(await page.getByRole('dialog').count()).toBe(0)
  })

  test('have all states: the list', async () => {
    await newHook()
    await expectStates(stage, {
      path: '/app/webhooks',
      endpoint: ({ pathname }) => pathname === '/webhooks',
      empty: NOTHING,
      emptyText: 'No bot has a webhook yet.',
      loadedText: `@${ada.handle}`,
      loadingLabel: 'Webhooks are loading',
      more: 'Older webhooks',
    })
  })

  test('have all states: the deliveries', async () => {
    const hook = await newHook()
    await mention('hello')
    await newest(ada, hook, 'delivered')
    await expectStates(stage, {
      path: `/app/webhooks/${hook.id}`,
      endpoint: ({ pathname }) => pathname.endsWith('/deliveries'),
      empty: NOTHING,
      emptyText: 'Nothing has come for this bot',
      loadedText: 'status 204',
      loadingLabel: 'Deliveries are loading',
      more: 'Older deliveries',
    })
  })

  test('keep nobody out', { timeout: 300_000 }, async () => {
    const hook = await livelyHook()
    await ada.webhooks.create({
      kind: 'openclaw',
      url: 'https://gateway.example.org/with/a/long/path/that/goes/on/hooks/agent',
      events: ['mention'],
    })
    const [delivery] = await deliveriesOf(ada, hook)
    const page = await stage.open('about:blank')
    for (const [path, text, picture] of [
      ['/app/webhooks', `@${ada.handle}`, 'webhooks'],
      ['/app/webhooks?dialog=new', 'Create webhook', 'webhook-new'],
      [`/app/webhooks/${hook.id}`, 'Answered with status 500', 'webhook'],
      [`/app/webhooks/${hook.id}?delivery=${delivery?.id}`, 'Attempt 1', 'webhook-delivery'],
      [`/app/webhooks/${hook.id}?dialog=replay`, 'It begins at once', 'webhook-replay'],
      [`/app/webhooks/${hook.id}?dialog=rotate`, 'A new secret is made', 'webhook-rotate'],
    ] as const) {
      await page.goto(path)
      await page.getByText(text).first().waitFor()
      await expectOpenToAll(page, picture)
    }
    expectNoFaults(page)
  })
})
