import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newBot } from '../../packages/server/test/factories.ts'
import type { TestBot } from '../../packages/server/test/factories.ts'
import { CHROMIUM, expectNoFaults, expectNoSideways, openStage } from './stage.ts'
import type { Stage } from './stage.ts'

/** What somebody posts who wants the page to do something, or to look like something else. */
const CORPUS: Readonly<Record<string, string>> = {
  script: '<script>globalThis.pwned = 1</script>',
  'image that fails': '<img src=x onerror="globalThis.pwned = 1">',
  'svg that loads': '<svg/onload=globalThis.pwned=1>',
  'markup in a hashtag': '#rust<img/src=x/onerror=globalThis.pwned=1> #tag"onmouseover="globalThis.pwned=1',
  'frame of another page': '<iframe srcdoc="<script>parent.pwned=1</script>"></iframe>',
  'closing of what is around it': `</p></article></main><script>globalThis.pwned = 1</script>`,
  'style for the whole page': '<style>*{display:none}</style><link rel=stylesheet href=//evil.example/a.css>',
  'address that is a script': 'javascript:globalThis.pwned=1 [click](javascript:globalThis.pwned=1)',
  'address with a user in it': 'https://example.org@evil.example/ and http://evil.example/?q="><script>',
  'template of a framework': '{{constructor.constructor("globalThis.pwned=1")()}} ${globalThis.pwned=1}',
  'turned around': 'Pay \u202Egpj.exe\u202C and \u2067inside\u2066out',
  'ends of directions that nobody began': 'a\u202C\u2069\u2069b #tag\u202Eevil',
  'Arabic and Latin': 'مرحبا hello عالم #وسم @ada_x 123',
  'one word': 'w'.repeat(280),
  'one address': `https://example.org/${'a'.repeat(250)}`,
  'many lines': 'line\n'.repeat(50).trim(),
  'signs of no width': `in\u200Bvis\u200Dible\u2060 \uFEFFtext`,
  family: '👨‍👩‍👧‍👦'.repeat(20),
  'what a record looks like': '"}],"posts":[{"id":"1","content":"forged"}]',
  'a name from every prototype': '__proto__ constructor toString #constructor',
}

describe.skipIf(CHROMIUM === undefined)('what somebody posts', () => {
  let stage: Stage
  let ada: TestBot
  const ids = new Map<string, string>()

  beforeAll(async () => {
    stage = await openStage()
    ada = await newBot(stage.server, 'ada_x')
    for (const [name, content] of Object.entries(CORPUS)) {
      ids.set(name, (await ada.posts.create({ content })).id)
    }
    await stage.server.human.bots.register({
      persona_yaml: `handle: eve_x\ndisplay_name: "<b>Eve</b>"\npersona: "<script>globalThis.pwned=1</script>"\nbio: "<img src=x onerror=globalThis.pwned=1>"\n`,
    })
  }, 60_000)
  afterAll(() => stage[Symbol.asyncDispose]())

  /** A window that remembers what it was made to do: dialogs, other windows, requests to elsewhere. */
  async function watched(path: string, width = 1440) {
    const page = await stage.open('about:blank', { width, height: 8_000 })
    const done: string[] = []
    page.on('dialog', (dialog) => {
      done.push(`dialog ${dialog.message()}`)
      void dialog.dismiss()
    })
    page.on('popup', (popup) => done.push(`popup ${popup.url()}`))
    page.on('request', (request) => {
      if (!request.url().startsWith(stage.server.url)) done.push(`request ${request.url()}`)
    })
    // Only now, so that nothing is done before somebody looks.
    await page.goto(path)
    return { page, done }
  }

  async function expectHarmless(page: Page, done: readonly string[]): Promise<void> {
    expect(done).toEqual([])
    expect(await page.evaluate(() => 'pwned' in globalThis)).toBe(false)
    expect(await page.locator('main iframe, main script, main img, main style, main link').count()).toBe(0)
    await expectNoSideways(page)
    // Posts cut off what does not fit into them.
    const cut = await page
      .locator('article p[dir="auto"]')
      .evaluateAll((all) =>
        all
          .filter(({ scrollWidth, clientWidth }) => scrollWidth > clientWidth + 1)
          .map(({ textContent }) => textContent),
      )
    expect(cut).toEqual([])
    expectNoFaults(page)
  }

  test.each([
    ['the deck', '/?columns=global', 1440],
    ['the deck', '/?columns=global', 320],
    ['a profile', '/@ada_x', 320],
    ['a search', '/app/search?q=from%3Aada_x&in=posts', 320],
  ] as const)('does nothing to %s at %s, %i pixels wide', async (_what, path, width) => {
    const { page, done } = await watched(path, width)
    // From the first to the last of them.
    for (const name of ['script', 'a name from every prototype']) {
      await page.locator(`[data-post="${ids.get(name)}"]`).waitFor()
    }
    await expectHarmless(page, done)
  })

  test.each(['script', 'one word', 'turned around'])('does nothing to the thread of: %s', async (name) => {
    const { page, done } = await watched(`/@ada_x/${ids.get(name)}`, 320)
    await page.locator(`[data-post="${ids.get(name)}"]`).waitFor()
    await expectHarmless(page, done)
  })

  test.each([
    ['the profile of its author', '/@eve_x', '<b>Eve</b>'],
    ['the table of bots', '/app/bots', '<b>Eve</b>'],
    ['the audit log', '/app/audit?action=post.create', '<svg/onload=globalThis.pwned=1>'],
    ['the posts of a hashtag', '/app/tags/rust', '#tag"onmouseover'],
  ])('does nothing to %s', async (_what, path, text) => {
    const { page, done } = await watched(path)
    await page.getByText(text).first().waitFor()
    await expectHarmless(page, done)
  })

  test('is shown to the letter, every piece of it with a direction of its own', async () => {
    const page = await stage.open('/@ada_x', { height: 8_000 })
    for (const [name, content] of Object.entries(CORPUS)) {
      const text = page.locator(`[data-post="${ids.get(name)}"] p[dir="auto"]`)
      expect(await text.evaluate((element) => element.textContent), name).toBe(content)
      expect(
        await text.evaluate((element) =>
          [...element.childNodes].every(
            ({ nodeName, firstChild }) => nodeName === 'BDI' || firstChild?.nodeName === 'BDI',
          ),
        ),
        name,
      ).toBe(true)
    }
  }, 60_000)

  test('leads nowhere but to web pages, which learn nothing of where one came from', async () => {
    const page = await stage.open('/@ada_x', { height: 8_000 })
    await page.getByText('forged').first().waitFor()
    const links = await page
      .locator('article a[target]')
      .evaluateAll((all) =>
        all.map((link) => ({ href: link.getAttribute('href') ?? '', rel: link.getAttribute('rel') ?? '' })),
      )
    expect(links.length).toBeGreaterThan(1)
    for (const { href, rel } of links) {
      expect(href).toMatch(/^https?:\/\//)
      expect(rel.split(' ')).toEqual(expect.arrayContaining(['noopener', 'noreferrer', 'nofollow', 'ugc']))
    }
  })

  test('has marks that reach into no other post', async () => {
    const content = `Z${'\u0335\u0321'.repeat(4)}a${'\u0300'.repeat(8)}`
    const { id } = await ada.posts.create({ content })
    const page = await stage.open('/@ada_x')
    const article = page.locator(`[data-post="${id}"]`)
    await article.waitFor()
    expect(await article.evaluate((element) => getComputedStyle(element).overflow)).toContain('clip')
  })
})
