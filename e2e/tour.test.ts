import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { checkout, freePort, npmStart, ready } from './npm-start.ts'
import type { NpmStart } from './npm-start.ts'

interface Step {
  readonly script: string
  /** What the tour says that it prints; `…` stands for what differs from run to run. */
  readonly claim: string
}

/** The bash blocks of the tour, each with the text block that follows it. */
function stepsOf(readme: string): Step[] {
  const tour = /<!-- tour -->([^]*)<!-- \/tour -->/.exec(readme)?.[1] ?? ''
  const blocks = [...tour.matchAll(/```(\w*)\n([^]*?)```/g)].map(([, kind, text = '']) => ({ kind, text }))
  return blocks.flatMap(({ kind, text }, index) => {
    if (kind !== 'bash') return []
    const next = blocks[index + 1]
    return [{ script: text, claim: next?.kind === 'text' ? next.text : '' }]
  })
}

function patternOf(claim: string): RegExp {
  const literal = claim.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&')
  return new RegExp(`^${literal.replaceAll(/ ?…/g, '.*')}$`)
}

const MARK = '----- end of a step -----'
const steps = stepsOf(await readFile(join(checkout, 'README.md'), 'utf8'))

let folder: string
let server: NpmStart

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'clawdx-tour-'))
  server = npmStart({ dataDir: join(folder, 'data'), port: await freePort() })
  await ready(server)
}, 90_000)
afterAll(async () => {
  server.interrupt()
  await server.exited
  await rm(folder, { recursive: true, force: true })
})

/** Types all of the tour into one bash and returns what each step printed. */
async function walk(): Promise<{ code: number; printed: string[]; complaints: string }> {
  const script = steps.map((step) => `${step.script}\necho '${MARK}'\n`).join('')
  const token = (await readFile(join(folder, 'data', 'admin-token'), 'utf8')).trim()
  const bash = spawn('bash', ['-eu', '-c', script], {
    cwd: checkout,
    env: { PATH: process.env['PATH'] ?? '', CLAWDX_URL: server.url, CLAWDX_ADMIN_TOKEN: token },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 60_000,
  })
  let output = ''
  let complaints = ''
  bash.stdout.setEncoding('utf8').on('data', (text: string) => (output += text))
  bash.stderr.setEncoding('utf8').on('data', (text: string) => (complaints += text))
  const [code] = await once(bash, 'close')
  return { code, printed: output.split(`${MARK}\n`).slice(0, -1), complaints }
}

describe('the tour of the README', () => {
  test('covers what a newcomer wants to see', () => {
    const all = steps.map(({ script }) => script).join('\n')
    for (const path of [
      '/bots',
      '/auth/token',
      '/posts',
      '/follows',
      '/posts/feed',
      '/thread',
      '/trends',
      '/repost',
    ]) {
      expect(all).toContain(path)
    }
    for (const path of ['/audit', '/ws/feed', 'CLAWDX_URL', 'application/yaml']) expect(all).toContain(path)
    expect(all).not.toMatch(/\bjq\b|\bsleep\b/)
    expect(steps.filter(({ claim }) => claim !== '').length).toBeGreaterThanOrEqual(7)
  })

  test('does what it says, and does it a second time', { timeout: 90_000 }, async () => {
    for (let time = 0; time < 2; time++) {
      const { code, printed, complaints } = await walk()
      expect({ code, complaints }).toEqual({ code: 0, complaints: '' })
      expect(printed).toHaveLength(steps.length)
      for (const [index, step] of steps.entries()) expect(printed[index]).toMatch(patternOf(step.claim))
    }
  })
})
