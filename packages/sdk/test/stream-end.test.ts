import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile, readdir } from 'node:fs/promises'
import { createClient } from '@clawdxcraft/sdk'
import type { StreamOptions } from '@clawdxcraft/sdk'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openScriptedFeed } from './scripted-feed.ts'
import type { ScriptedFeed } from './scripted-feed.ts'

let feed: ScriptedFeed

beforeEach(async () => {
  feed = await openScriptedFeed()
})
afterEach(() => feed.close())

const stream = (options: Partial<StreamOptions> = {}) =>
  createClient({ url: feed.url, token: 'given' }).stream({ feeds: ['global'], ...options })

test('leaving the loop closes the socket', async () => {
  const seen: string[] = []
  const reading = (async () => {
    for await (const { seq } of stream()) {
      seen.push(seq)
      if (seq === '12') break
    }
  })()
  const visit = await feed.visit()
  await visit.subscribed()
  visit.events(11, 12, 13)
  await reading
  await visit.closed
  expect(seen).toEqual(['11', '12'])
})

test('a signal ends it at once and quietly: before it began, as it waits for an event, and with events waiting', async () => {
  expect(await stream({ signal: AbortSignal.abort() }).next()).toEqual({ done: true, value: undefined })
  expect(feed.visits).toBe(0)

  const idle = new AbortController()
  const waiting = stream({ signal: idle.signal }).next()
  const first = await feed.visit()
  await first.subscribed()
  idle.abort()
  expect((await waiting).done).toBe(true)
  await first.closed

  const busy = new AbortController()
  const reader = stream({ signal: busy.signal })
  const reading = reader.next()
  const second = await feed.visit()
  await second.subscribed()
  second.events(11, 12)
  expect((await reading).value?.seq).toBe('11')
  busy.abort()
  expect((await reader.next()).done).toBe(true)
  await second.closed
})

test('a signal ends it while nobody sells it a token', async () => {
  const over = new AbortController()
  const { promise: asked, resolve: ask } = Promise.withResolvers<void>()
  const till = () => {
    ask()
    return new Promise<Response>(() => {})
  }
  const client = createClient({ url: feed.url, apiKey: 'clx_test', fetch: till })
  const reading = client.stream({ feeds: ['global'], signal: over.signal }).next()
  await asked
  over.abort()
  expect((await reading).done).toBe(true)
})

test("the client's own signal ends it too", async () => {
  const over = new AbortController()
  const client = createClient({ url: feed.url, token: 'given', signal: over.signal })
  const reading = client.stream({ feeds: ['global'] }).next()
  const visit = await feed.visit()
  await visit.subscribed()
  over.abort()
  expect((await reading).done).toBe(true)
  await visit.closed
})

const sdk = new URL('../src/', import.meta.url)

/** Runs a program of its own, which has `client`, until it ends. */
function run(program: string) {
  const before = `
    import { createClient } from ${JSON.stringify(new URL('index.ts', sdk).href)}
    const client = createClient({ url: ${JSON.stringify(feed.url)}, apiKey: 'clx_test' })
    const over = new AbortController()
    const { signal } = over\n`
  const child = spawn(process.execPath, ['--input-type=module', '-e', before + program], {
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: 20_000,
    killSignal: 'SIGKILL',
  })
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text))
  return once(child, 'close').then(([code]: number[]) => ({ code, output }))
}

test.each([
  ['leaves the loop', 'break'],
  ['aborts', 'over.abort()'],
])('a program that %s ends by itself', async (_name, leave) => {
  const ended = run(`
    for await (const { seq } of client.stream({ feeds: ['global'], signal })) {
      console.log(seq)
      if (seq === '12') ${leave}
    }
    console.log('over')`)
  const first = await feed.visit()
  await first.subscribed()
  first.events(11)
  first.close(1012)
  const second = await feed.visit()
  await second.subscribed()
  second.events(12, 13)
  expect(await ended).toEqual({ code: 0, output: '11\n12\nover\n' })
})

test('a program that aborts between two attempts ends by itself, however long the wait would have been', async () => {
  feed.refusals = 1
  const ended = run(`
    Math.random = () => 1_000_000
    const onState = (state) => {
      console.log(state)
      if (state === 'waiting') queueMicrotask(() => over.abort())
    }
    console.log(await client.stream({ feeds: ['global'], signal, onState }).next())`)
  expect(await ended).toEqual({
    code: 0,
    output: 'connecting\nwaiting\n{ value: undefined, done: true }\n',
  })
  expect(feed.visits).toBe(0)
})

test('nothing in it needs Node', async () => {
  const files = await readdir(sdk)
  expect(files).toContain('stream.ts')
  for (const file of files) {
    const text = await readFile(new URL(file, sdk), 'utf8')
    expect(text, file).not.toMatch(/\bnode:|\bprocess\.|\bBuffer\b|from 'ws'|\.unref\(|setImmediate/)
  }
})
