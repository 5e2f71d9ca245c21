import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import fastify from 'fastify'
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { toProblem } from '../http/error.ts'
import { readPageFiles } from './files.ts'
import { mountPages } from './mount.ts'

const PAGE = '<!doctype html><title>The page</title>'
const SCRIPT = 'console.log("a script that is long enough to be worth its smaller form")'

let folder: string
let app: FastifyInstance

async function serving(path: string): Promise<FastifyInstance> {
  const server = fastify()
  server.setErrorHandler((error, _request, reply) => reply.code(toProblem(error).status).send('refused'))
  mountPages(server, await readPageFiles(path))
  return server
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'clawdx-pages-'))
  await mkdir(join(folder, 'assets'))
  await writeFile(join(folder, 'index.html'), PAGE)
  await writeFile(join(folder, 'assets/a-1234.js'), SCRIPT)
  await writeFile(join(folder, 'assets/a-1234.js.br'), brotliCompressSync(SCRIPT))
  await writeFile(join(folder, 'assets/a-1234.js.gz'), gzipSync(SCRIPT))
  await writeFile(join(folder, 'assets/a-1234.js.map'), 'not for anybody')
  app = await serving(folder)
})
afterAll(async () => {
  await app.close()
  await rm(folder, { recursive: true })
})

const get = (url: string, headers: Record<string, string> = {}) => app.inject({ url, headers })

describe('the dashboard', () => {
  test.each(['/', '/?columns=global', '/app', '/app/index.html', '/app/tags/rust', '/@ada', '/@ada/123'])(
    'is at %s',
    async (url) => {
      const { statusCode, headers, body } = await get(url)
      expect([statusCode, headers['content-type'], body]).toEqual([200, 'text/html; charset=utf-8', PAGE])
      expect(headers['content-security-policy']).toContain("script-src 'self'")
      expect(headers['content-security-policy']).not.toContain('unsafe')
      expect(headers['content-security-policy']).toMatch(
        /; require-trusted-types-for 'script'; trusted-types own-files$/,
      )
      expect(headers['cache-control']).toBe('no-cache')
    },
  )

  test('is not at other addresses, and has no other files', async () => {
    for (const url of [
      '/ada',
      '/@ada/1/2',
      '/app/assets/none.js',

      '/app/assets/a-1234.js.map',
    ]) {
      expect([url, (await get(url)).statusCode]).toEqual([url, 404])
    }
  })

  test('has files that a browser keeps for ever, in the smallest form that it takes', async () => {
    const url = '/app/assets/a-1234.js'
    const answers = await Promise.all(
      ['gzip, br', 'gzip', 'identity'].map((accepted) => get(url, { 'accept-encoding': accepted })),
    )
    expect(answers.map(({ headers }) => headers['content-encoding'])).toEqual(['br', 'gzip', undefined])
    expect(answers[0]?.rawPayload.equals(brotliCompressSync(SCRIPT))).toBe(true)
    expect(answers[2]?.body).toBe(SCRIPT)
    expect(answers[2]?.headers).toMatchObject({
      'cache-control': 'public, max-age=31536000, immutable',
      vary: 'accept-encoding',
    })
  })

  test('is not sent again to whoever has it', async () => {
    const { headers } = await get('/')
    const again = await get('/', { 'if-none-match': String(headers.etag) })
    expect([again.statusCode, again.body]).toEqual([304, ''])
  })

  test('says that it is missing where it has not been built', async () => {
    const empty = await serving(join(folder, 'nowhere'))
    expect((await empty.inject('/')).statusCode).toBe(404)
    await empty.close()
  })
})
