import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClient } from '@clawdxcraft/sdk'
import type { Run } from '@clawdxcraft/sdk'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newBot } from '../../server/test/factories.ts'
import type { TestBot } from '../../server/test/factories.ts'
import { ADMIN_TOKEN, createDatabase } from '../../server/test/harness.ts'
import { spawnServer } from '../../server/test/spawn-server.ts'
import type { SpawnedServer } from '../../server/test/spawn-server.ts'
import { exportData } from '../src/commands/export.ts'
import { readCsv } from '../src/import/csv.ts'
import { callCommand } from './command-call.ts'

/** More than one page of each. */
const BOTS = 103
const POSTS = 130
const RUNS = 101
const FORMULA = '=HYPERLINK("http://x","y")\nsecond line, with a comma'
const HASH = 'ab'.repeat(32)
const TABLES = ['bots', 'posts', 'follows', 'events', 'runs']
const TEXTS = {
  prompt: [{ role: 'system' as const, parts: ['You are', { post_id: '7' }] }],
  answer: '=1+1',
  tokens_in: 9,
  tokens_cached: 4,
}

let server: SpawnedServer
let bots: TestBot[]
const home = mkdtempSync(join(tmpdir(), 'clawdx-home-'))
const newFolder = () => mkdtempSync(join(tmpdir(), 'clawdx-export-'))

beforeAll(async () => {
  server = await spawnServer({ DATABASE_URL: await createDatabase() })
  const human = createClient({ url: server.url, token: ADMIN_TOKEN })
  const network = { url: server.url, human }
  bots = []
  while (bots.length < BOTS) {
    const some = Array.from({ length: Math.min(8, BOTS - bots.length) }, () => newBot(network))
    bots.push(...(await Promise.all(some)))
  }
  const [first, second] = bots as [TestBot, TestBot]
  for (const { handle } of bots.slice(1)) await first.follows.create({ followee: handle })
  await second.follows.create({ followee: first.handle })
  let runId: string | null = null
  for (let count = 0; count < RUNS; count++) {
    const run = await first.runs.create({
      brain: 'scripted',
      prompt_hash: count === 0 ? null : HASH,
      saw: { count },
      ...(count === 1 && TEXTS),
    })
    runId = run.id
  }
  for (let count = 0; count < POSTS - 4; count++)
    await second.posts.create({ content: `Post ${count} #counting` })
  const root = await first.posts.create({ content: FORMULA, run_id: runId })
  await second.posts.create({ content: `@${first.handle} no`, parent_id: root.id })
  await second.posts.repost({ id: root.id })
  await second.posts.repost({ id: root.id, content: 'quoted' })
  await second.posts.like({ id: root.id })
  const gone = await first.posts.create({ content: 'Soon gone' })
  await first.posts.remove({ id: gone.id })
  // What was written last has its place in the log a moment later.
  for await (const { event } of human.stream({ feeds: ['global'], cursor: '0' })) {
    if (event.type === 'post.deleted') break
  }
}, 120_000)

afterAll(() => server.stop())

interface Manifest {
  readonly [key: string]: unknown
  readonly log: { epoch: string; head: string; first: { seq: string } | null; count: number; gaps: unknown[] }
  readonly files: Record<string, { rows: number; bytes: number; sha256: string }>
}

async function exported(out: string, args: string[] = [], url = server.url, signal?: AbortSignal) {
  return await callCommand(exportData, ['--out', out, ...args], {
    settings: { url, adminToken: ADMIN_TOKEN, home },
    ...(signal && { signal }),
  })
}

const read = (folder: string, name: string) => readFileSync(join(folder, name), 'utf8')
const manifestOf = (folder: string) => JSON.parse(read(folder, 'manifest.json')) as Manifest
const linesOf = <T>(folder: string, table: string) =>
  read(folder, `${table}.jsonl`)
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as T)

describe('an export', () => {
  let folder: string
  beforeAll(async () => {
    folder = newFolder()
    mkdirSync(join(home, new URL(server.url).host.replace(':', '_')))
    writeFileSync(join(home, new URL(server.url).host.replace(':', '_'), 'town.json'), '{"seed":"7"}')
    expect(await exported(folder)).toMatchObject({ code: 0 })
  })

  test('has all that is on the network, in both formats', () => {
    const follows = BOTS - 1 + 1
    const counts = { bots: BOTS, posts: POSTS, follows, runs: RUNS, events: BOTS + follows + POSTS + 2 + 1 }
    const { files } = manifestOf(folder)
    for (const [table, rows] of Object.entries(counts)) {
      expect([table, linesOf(folder, table).length]).toEqual([table, rows])
      expect([table, readCsv(read(folder, `${table}.csv`)).length]).toEqual([table, rows + 1])
      expect(files[`${table}.jsonl`]?.rows).toBe(rows)
    }
    expect(new Set(linesOf<{ handle: string }>(folder, 'bots').map(({ handle }) => handle))).toEqual(
      new Set(bots.map(({ handle }) => handle)),
    )
    expect(new Set(linesOf<{ id: string }>(folder, 'posts').map(({ id }) => id)).size).toBe(POSTS)
    expect(linesOf<{ persona_yaml: string }>(folder, 'bots')[0]?.persona_yaml).toContain('persona:')
  })

  test('has events in order and without holes, from the first that is kept to the head', () => {
    const { log } = manifestOf(folder)
    const seqs = linesOf<{ seq: string }>(folder, 'events').map(({ seq }) => Number(seq))
    expect(seqs).toEqual(seqs.map((_seq, index) => index + 1))
    expect(log).toMatchObject({
      head: String(seqs.length),
      first: { seq: '1' },
      count: seqs.length,
      gaps: [],
    })
    const types = new Set(linesOf<{ type: string }>(folder, 'events').map(({ type }) => type))
    expect(types).toEqual(
      new Set(['bot.created', 'follow.created', 'post.created', 'like.created', 'post.deleted']),
    )
  })

  test('is exact in JSONL, and no formula in CSV', () => {
    const post = linesOf<{ id: string; content: string }>(folder, 'posts').find(
      ({ content }) => content === FORMULA,
    )
    expect(post).toBeDefined()
    const [header, ...rows] = readCsv(read(folder, 'posts.csv')).map(({ cells }) => cells)
    const row = rows.find((cells) => cells[header?.indexOf('id') ?? -1] === post?.id)
    expect(row?.[header?.indexOf('content') ?? -1]).toBe(`'${FORMULA}`)
    const events = readCsv(read(folder, 'events.csv')).map(({ cells }) => cells)
    expect(events[0]).toContain('followee_bot_id')
    expect(events.find((cells) => cells.includes(`'${FORMULA}`))).toContain(post?.id)
  })

  test('has what models were given and said', () => {
    const withTexts = linesOf<Run>(folder, 'runs').filter(({ answer }) => answer !== null)
    expect(withTexts).toEqual([expect.objectContaining(TEXTS)])
    const [header, ...rows] = readCsv(read(folder, 'runs.csv')).map(({ cells }) => cells)
    const row = rows.find(([id]) => id === withTexts[0]?.id)
    expect(row?.slice(header?.indexOf('tokens_cached'))).toEqual(['4', JSON.stringify(TEXTS.prompt), "'=1+1"])
  })

  test('says in its manifest how it came about, with the sum of each file', () => {
    const manifest = manifestOf(folder)
    expect(manifest).toMatchObject({
      network: server.url,
      versions: { server: { name: expect.any(String) as string }, agent: '0.1.0', protocol: '0.1.0' },
      options: { formats: ['jsonl', 'csv'], since: '0' },
      prompt_hashes: { [HASH]: RUNS - 1 },
      prompts_not_listed: 0,
      town: { seed: '7' },
    })
    expect(readdirSync(folder).toSorted()).toEqual(
      [...Object.keys(manifest.files), 'manifest.json'].toSorted(),
    )
    for (const [name, { bytes, sha256 }] of Object.entries(manifest.files)) {
      const content = readFileSync(join(folder, name))
      expect([bytes, sha256]).toEqual([content.length, createHash('sha256').update(content).digest('hex')])
    }
  })

  test('holds no key and no token', () => {
    const all = readdirSync(folder)
      .map((name) => read(folder, name))
      .join('')
    for (const secret of [ADMIN_TOKEN, 'clx_', ...bots.flatMap(({ apiKey, token }) => [apiKey, token])])
      expect(all.includes(secret)).toBe(false)
  })

  test('is not overwritten unless that is wanted, and then nothing of the old one stays', async () => {
    expect(await exported(folder)).toMatchObject({
      code: 2,
      err: expect.stringContaining('--force') as string,
    })
    const { head } = manifestOf(folder).log
    const args = ['--force', '--format', 'jsonl', '--since', String(Number(head) - 2)]
    expect(await exported(folder, args)).toMatchObject({ code: 0 })
    expect(readdirSync(folder).toSorted()).toEqual(
      [...TABLES.map((table) => `${table}.jsonl`), 'manifest.json'].toSorted(),
    )
    expect(linesOf<{ seq: string }>(folder, 'events').map(({ seq }) => seq)).toEqual([
      String(Number(head) - 1),
      head,
    ])
  })
})

test('an export that is interrupted half-way leaves nothing', async () => {
  const stop = new AbortController()
  let pages = 0
  // Stands before the network and knows when the second page of posts is asked for.
  const proxy = createServer((incoming, outgoing) => {
    if (incoming.url?.startsWith('/posts/feed') && ++pages === 2) return stop.abort()
    const { method, headers } = incoming
    incoming.pipe(
      request(new URL(incoming.url ?? '/', server.url), { method, headers }, (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
        answer.pipe(outgoing)
      }),
    )
  })
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`
  const folder = newFolder()
  // All events are left out: a socket does not go through the proxy.
  const whole = newFolder()
  await exported(whole, ['--format', 'jsonl'])
  const called = await exported(folder, ['--since', manifestOf(whole).log.head], url, stop.signal)
  expect(called).toEqual({ code: 130, out: '', err: 'interrupted; nothing is left of the export' })
  expect(pages).toBe(2)
  expect(readdirSync(folder)).toEqual([])
  proxy.closeAllConnections()
  proxy.close()
})

describe('what cannot be', () => {
  test.each([
    [[], { code: 2, err: expect.stringContaining('--out') as string }],
    [['--out', 'x', '--format', 'xml'], { code: 2, err: expect.stringContaining('--format') as string }],
    [['--out', 'x', '--since', '1.5'], { code: 2, err: expect.stringContaining('--since') as string }],
  ])('is told (%#)', async (args, expected) => {
    expect(await callCommand(exportData, args, { settings: { adminToken: 'x' } })).toMatchObject(expected)
  })

  test('without a token, with a wrong one, beyond the log', async () => {
    const out = newFolder()
    expect(await callCommand(exportData, ['--out', out], { settings: { url: server.url } })).toMatchObject({
      code: 4,
    })
    const wrong = await callCommand(exportData, ['--out', out], {
      settings: { url: server.url, adminToken: 'a-wrong-token-of-somebody' },
    })
    expect(wrong).toEqual({ code: 4, out: '', err: 'The network does not take CLAWDX_ADMIN_TOKEN' })
    expect(await exported(out, ['--since', '999999999'])).toMatchObject({
      code: 2,
      err: expect.stringContaining('The log ends at') as string,
    })
    expect(readdirSync(out)).toEqual([])
  })

  test('where nobody answers', async () => {
    const settings = { url: 'http://127.0.0.1:1', adminToken: 'x' }
    const called = await callCommand(exportData, ['--out', newFolder()], { settings })
    expect(called).toMatchObject({ code: 3, err: expect.stringContaining('does not answer') as string })
  })
})
