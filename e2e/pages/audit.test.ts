import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { AuditEntry, AuditLine } from '@clawdxcraft/protocol'
import { login, newAccount } from '../../packages/server/test/accounts.ts'
import { newBot, persona } from '../../packages/server/test/factories.ts'
import type { TestBot } from '../../packages/server/test/factories.ts'
import { ADMIN_TOKEN } from '../../packages/server/test/harness.ts'
import { chained } from '../../packages/server/test/verify-program.ts'
import {
  CHROMIUM,
  expectAccessible,
  expectNoFaults,
  expectOpenToAll,
  expectStates,
  openStage,
  takePicture,
} from './stage.ts'
import type { Stage } from './stage.ts'

describe.skipIf(CHROMIUM === undefined)('the audit log', { timeout: 60_000 }, () => {
  let stage: Stage
  let ada: TestBot
  let bob: TestBot
  let post: string
  let hook: string

  beforeAll(async () => {
    stage = await openStage()
    const { human } = stage.server
    ada = await newBot(stage.server, 'ada')
    bob = await newBot(stage.server, 'bob')
    const run = await ada.runs.create({ brain: 'scripted' })
    post = (await ada.posts.create({ content: 'Hello from ada', run_id: run.id })).id
    await bob.posts.like({ id: post })
    await bob.follows.create({ followee: 'ada' })
    await bob.posts.create({ content: 'مرحبا, an answer', parent_id: post })
    const yaml = persona('ada', 'bio: |-\n  Reads\n  Writes\n')
    await human.bots.update({ bot: 'ada', persona_yaml: yaml })
    await human.bots.update({ bot: 'ada', persona_yaml: yaml.replace('Writes', 'Counts stars') })
    const made = {
      bot: 'ada',
      kind: 'standard',
      url: 'https://example.org/hook',
      events: ['mention'],
    } as const
    hook = (await human.webhooks.create({ ...made, events: [...made.events] })).id
    await human.webhooks.update({ id: hook, state: 'paused' })
    await human.webhooks.update({ id: hook, url: 'https://example.com/hook', events: ['mention', 'reply'] })
    await human.webhooks.rotate({ id: hook, grace_seconds: 60 })
    await human.webhooks.replay({ id: hook, since: '0' })
    await human.bots.update({ bot: 'bob', status: 'paused' })
    await human.bots.update({ bot: 'bob', status: 'active' })
  })
  afterAll(() => stage[Symbol.asyncDispose]())

  type Query = Parameters<typeof stage.server.human.audit.list>[0]
  const entriesOf = async (query: Query) =>
    (await stage.server.human.audit.list({ limit: '100', ...query })).items
  const newestOf = async (action: AuditEntry['action']) => (await entriesOf({ action }))[0]

  test('says who did what to what', async () => {
    const page = await stage.open('/app/audit')
    const table = page.getByRole('table', { name: 'Entries of the audit log' })
    const row = table.getByRole('row').filter({ hasText: 'Hello from ada' })
    await row.getByText('Posted').waitFor()
    await row.getByRole('link', { name: '@ada' }).waitFor()
    expect(await row.getByRole('link', { name: `post ${post}` }).getAttribute('href')).toBe(`/@ada/${post}`)
    const rotated = table.getByRole('row').filter({ hasText: 'Rotated a webhook’s secret' })
    await rotated.getByText('Admin token').waitFor()
    await rotated.getByText('grace seconds 60').waitFor()
    await rotated.getByRole('link', { name: `webhook ${hook}` }).click()
    await page.getByRole('heading', { name: 'Webhook of @ada' }).waitFor()
    expectNoFaults(page)
  })

  test('shows the fields that were changed, as they were and as they are', async () => {
    const changed = await newestOf('webhook.update')
    const page = await stage.open(`/app/audit?action=webhook.update&entry=${changed?.id}`)
    const sheet = page.getByRole('dialog', { name: 'Changed a webhook' })
    const changes = sheet.getByRole('region', { name: 'Changes' })
    await changes.getByText('https://example.org/hook').waitFor()
    const lines = (await changes.locator('dd > div').allInnerTexts()).map((text) =>
      text.replaceAll(/\s+/g, ' '),
    )
    expect(lines).toEqual([
      '− removed: mention',
      '+ added: mention, reply',
      '− removed: https://example.org/hook',
      '+ added: https://example.com/hook',
    ])
    const metadata = await sheet.getByRole('region', { name: 'Metadata' }).textContent()
    expect(JSON.parse(metadata ?? '')).toEqual(changed?.metadata_json)
    await sheet.getByRole('button', { name: 'All entries about it' }).click()
    await expect.poll(() => new URL(page.url()).searchParams.get('object')).toBe(hook)
    expectNoFaults(page)
  })

  test('shows a text of several lines line by line', async () => {
    const changed = (await entriesOf({ action: 'bot.update', bot: 'ada' }))[0]
    const page = await stage.open(`/app/audit?entry=${changed?.id}`)
    const changes = page.getByRole('dialog').getByRole('region', { name: 'Changes' })
    const bio = changes.locator('div', { has: page.getByText('bio', { exact: true }) }).first()
    await bio.getByText('Counts stars').waitFor()
    const lines = (await bio.locator('dd > div').allInnerTexts()).map((text) =>
      text.replaceAll(/\s+/g, ' ').trim(),
    )
    expect(lines).toEqual(['Reads', '− removed: Writes', '+ added: Counts stars'])
  })

  test('is filtered, and the address says by what', async () => {
    const page = await stage.open('/app/audit')
    const table = page.getByRole('table', { name: 'Entries of the audit log' })
    const shows = (entries: readonly AuditEntry[]) =>
      expect.poll(() => table.getByRole('row').count()).toBe(entries.length + 1)
    const search = page.getByRole('search')
    await search.getByLabel('Bot', { exact: true }).fill('@Bob')
    await search.getByRole('button', { name: 'Apply' }).click()
    await shows(await entriesOf({ bot: 'bob' }))
    await search.getByLabel('Done by').selectOption('Humans')
    await shows(await entriesOf({ bot: 'bob', by: 'human' }))
    await search.getByRole('button', { name: 'All actions' }).click()
    const dialog = page.getByRole('dialog', { name: 'Actions' })
    await dialog.getByLabel('Changed a bot').check()
    await dialog.getByLabel('Made a webhook').check()
    await dialog.getByRole('button', { name: 'Done' }).click()
    await search.getByRole('button', { name: '2 actions' }).waitFor()
    await shows(await entriesOf({ bot: 'bob', by: 'human', action: 'bot.update,webhook.create' }))
    expect(Object.fromEntries(new URL(page.url()).searchParams)).toEqual({
      bot: 'bob',
      by: 'human',
      action: 'bot.update,webhook.create',
    })
    await page.reload()
    await shows(await entriesOf({ bot: 'bob', by: 'human', action: 'bot.update,webhook.create' }))
    await search.getByRole('button', { name: 'Clear' }).click()
    await search.getByLabel('Object').fill(post)
    await search.getByLabel('Object').press('Enter')
    await shows(await entriesOf({ object: post }))
    await search.getByLabel('Object').fill('x')
    await search.getByLabel('Object').press('Enter')
    await search.getByText('An id is a number').waitFor()
    expectNoFaults(page)
  })

  test('is filtered for what a certain human did', async () => {
    const { name } = await newAccount(stage.server, 'admin', 'grace')
    const headers = { cookie: await login(stage.server, name) }
    for (const status of ['paused', 'active'])
      await stage.server.request('PATCH', '/bots/bob', { headers, body: { status } })
    const page = await stage.open('/app/audit')
    const search = page.getByRole('search')
    await search.getByLabel('Human', { exact: true }).fill('Grace')
    await search.getByRole('button', { name: 'Apply' }).click()
    const table = page.getByRole('table', { name: 'Entries of the audit log' })
    const found = await entriesOf({ name })
    expect(found).toHaveLength(3)
    await expect.poll(() => table.getByRole('row').count()).toBe(found.length + 1)
    expect(await table.getByText('grace', { exact: true }).count()).toBe(found.length)
    expect(new URL(page.url()).search).toBe('?name=grace')
    const href = await page.getByRole('link', { name: /Export/ }).getAttribute('href')
    expect(href).toBe('/audit/export?name=grace')
    await search.getByLabel('Human', { exact: true }).fill('grace & co')
    await search.getByLabel('Human', { exact: true }).press('Enter')
    await search.getByText('No account has such a name').waitFor()
    expectNoFaults(page)
  })

  test('is filtered by time: from there to here, or the last hours', async () => {
    const page = await stage.open('/app/audit?range=1h')
    await page.getByText('Hello from ada').first().waitFor()
    await page.getByLabel('Time').selectOption('From … to …')
    await page.getByLabel('To', { exact: true }).fill('2026-01-01T00:00')
    await page.getByRole('button', { name: 'Apply' }).click()
    await page.getByText('Nothing in the log is like that.').waitFor()
    await page.getByLabel('To', { exact: true }).fill('2100-01-01T00:00')
    await page.getByLabel('To', { exact: true }).press('Enter')
    await page.getByText('Hello from ada').first().waitFor()
    await page.goto('/app/audit?bot=nobody_here')
    await page.getByText('There is no such bot').waitFor()
  })

  test('is taken home as lines, the same as the server gives out', async () => {
    const page = await stage.open('/app/audit?bot=ada&action=post.create,webhook.update,bot.update')
    await page.getByText('Hello from ada').first().waitFor()
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: /Export/ }).click(),
    ])
    expect(download.suggestedFilename()).toMatch(/^audit-.*\.ndjson$/)
    const text = await readFile(await download.path(), 'utf8')
    const query = '?bot=ada&action=post.create,webhook.update,bot.update'
    const answer = await fetch(`${stage.server.url}/audit/export${query}`, {
      headers: { authorization: `Bearer ${ADMIN_TOKEN}` },
    })
    expect(text).toBe(await answer.text())
    const lines = text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as AuditLine)
    expect(lines.map(({ id }) => id).toReversed()).toEqual(
      (await entriesOf({ bot: 'ada', action: 'post.create,webhook.update,bot.update' })).map(({ id }) => id),
    )
  })

  test('counts what is new, and shows it when asked', async () => {
    const page = await stage.open('about:blank')
    await page.clock.install()
    await page.goto('/app/audit?bot=bob&action=post.create')
    const table = page.getByRole('table', { name: 'Entries of the audit log' })
    await table.getByText('an answer').waitFor()
    const before = await table.getByRole('row').count()
    await bob.posts.create({ content: 'Fresh from bob' })
    await page.clock.fastForward(20_000)
    await page.getByRole('button', { name: '1 new entry' }).waitFor()
    expect(await table.getByRole('row').count()).toBe(before)
    await page.getByRole('button', { name: '1 new entry' }).click()
    await table.getByText('Fresh from bob').waitFor()
    expectNoFaults(page)
  })

  test('goes back in pages', async () => {
    await stage.server.pool.query(
      `insert into audit_log (bot_id, action, metadata_json)
       select $1, 'inbox.read', jsonb_build_object('by', 'bot', 'up_to', i::text) from generate_series(1, 60) i`,
      [bob.bot.id],
    )
    const page = await stage.open('/app/audit?bot=bob&action=inbox.read')
    const table = page.getByRole('table', { name: 'Entries of the audit log' })
    await expect.poll(() => table.getByRole('row').count()).toBe(51)
    await page.getByRole('button', { name: 'Older entries' }).click()
    await expect.poll(() => table.getByRole('row').count()).toBe(61)
    expect(await page.getByRole('button', { name: 'Older entries' }).count()).toBe(0)
  })

  test('has all states', async () => {
    await expectStates(stage, {
      path: '/app/audit',
      endpoint: ({ pathname }) => pathname === '/audit',
      empty: { items: [], next_cursor: null },
      emptyText: 'Nothing was written on this network yet.',
      loadedText: '@bob',
      loadingLabel: 'Entries are loading',
      more: 'Older entries',
    })
  })

  test('keeps nobody out', { timeout: 240_000 }, async () => {
    const bio = (await entriesOf({ action: 'bot.update', bot: 'ada' }))[0]
    await chained(stage.server.pool)
    const page = await stage.open('about:blank')
    for (const [path, text, picture] of [
      ['/app/audit?bot=ada', 'Hello from ada', 'audit'],
      [`/app/audit?bot=ada&entry=${bio?.id}`, 'Counts stars', 'audit-entry'],
      ['/app/audit?bot=ada&range=custom', 'All actions', 'audit-range'],
    ] as const) {
      await page.goto(path)
      await page.getByText(text).first().waitFor()
      await page.getByText(/^Chain verified up to/).waitFor()
      await expectOpenToAll(page, picture)
    }
    expectNoFaults(page)
  })

  test('says that the chain is verified, and what it means when it is not', async () => {
    await chained(stage.server.pool)
    const page = await stage.open('/app/audit?bot=bob&action=post.create')
    await page.getByText(/^Chain verified up to/).waitFor()
    // Good links are not looked at again in this process, so that what comes after them is changed.
    await bob.posts.create({ content: 'To be tampered with' })
    await chained(stage.server.pool)
    await stage.server.pool.query(
      `update audit_log set metadata_json = jsonb_set(metadata_json, '{content}', '"Forged"')
       where metadata_json ->> 'content' = 'To be tampered with'`,
    )
    await page.reload()
    const fault = page.getByRole('alert', { name: 'Fault in the chain' })
    await fault.getByText('was changed after it was written').waitFor({ timeout: 20_000 })
    await fault.getByText('npm run verify').waitFor()
    await takePicture(page, 'audit-broken')
    await expectAccessible(page)
    expectNoFaults(page)
  })
})
