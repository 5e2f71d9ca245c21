import { once } from 'node:events'
import { request as open } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { register } from '../bots.ts'
import type { Exit } from '../api.ts'
import { runLoad } from '../load.ts'
import type { System } from '../system.ts'
import { faultsOf } from './kills.ts'
import { those, type Found, type Run } from './section.ts'

const IN_FLIGHT = 50
const LIMIT_MS = 15_000
const UNDER_LOAD_MS = 1_000
// A signal that comes sooner counts as an echo of the first.
const ECHO_MS = 1_200
const FORCED_MS = 4_000
const RESTART = 1012
const SUDDEN = 1006

/** A process that is asked to stop under load finishes what it has begun; one that is asked twice does not wait. */
export async function drain({ system, historyFile }: Run): Promise<Found> {
  const bot = await register(system.urls[0] ?? '', 'drain_half')
  const asked: string[] = []
  const result = await runLoad({
    system,
    family: 'drain',
    historyFile,
    async strike() {
      await sleep(UNDER_LOAD_MS)
      asked.push(...(await askOnce(system, bot.token)))
      await system.restart(0)
      asked.push(...(await askTwice(system, bot.token)))
      await system.restart(1)
    },
  })
  const { closes } = result
  return {
    broken: [
      ...asked,
      ...faultsOf(result),
      ...those({
        'no socket was told of the restart': (closes[RESTART] ?? 0) === 0,
        // Who stalls may not have said goodbye in time.
        [`${closes[SUDDEN]} sockets ended without a word`]: (closes[SUDDEN] ?? 0) > 1,
      }),
    ],
    figures: { closes, totals: result.totals },
  }
}

async function askOnce(system: System, token: string): Promise<string[]> {
  const [api, url] = [system.apis[0], system.urls[0] ?? '']
  const contents = Array.from({ length: IN_FLIGHT }, (_, index) => `in flight ${index}`)
  const posts = await Promise.all(contents.map((content) => beginPost(url, token, content)))
  api?.signal('SIGTERM')
  const isClosed = await system.until(() => isRefused(url), LIMIT_MS)
  const statuses = await Promise.all(posts.map((finish) => finish()))
  const exit = await Promise.race([api?.exited, sleep(LIMIT_MS)])
  const finished = statuses.filter((status) => status === 201).length
  const { rowCount } = await system.pool.query('select 1 from posts where content = any($1)', [contents])
  return those({
    'it still took connections': !isClosed,
    [`${finished} of ${IN_FLIGHT} that were in flight were finished`]: finished !== IN_FLIGHT,
    [`${rowCount} of ${IN_FLIGHT} that were in flight are stored`]: rowCount !== IN_FLIGHT,
    [`it ended with ${exit?.code ?? exit?.signal}`]: exit?.code !== 0,
  })
}

async function askTwice(system: System, token: string): Promise<string[]> {
  const [api, url] = [system.apis[1], system.urls[1] ?? '']
  await beginPost(url, token, 'never sent to its end')
  let exit: Exit | undefined
  void api?.exited.then((value) => (exit = value))
  api?.signal('SIGTERM')
  await sleep(ECHO_MS)
  const hasWaited = exit === undefined
  api?.signal('SIGTERM')
  await Promise.race([api?.exited, sleep(FORCED_MS)])
  return those({
    'it did not wait for what was in flight': !hasWaited,
    'the second signal did not end it': exit === undefined,
    [`forced, it ended with ${exit?.code ?? exit?.signal}`]: exit !== undefined && exit.code !== 0,
  })
}

/** A post that the server has begun to read; what this resolves with sends the rest, and resolves with the status. */
async function beginPost(url: string, token: string, content: string): Promise<() => Promise<number>> {
  const body = JSON.stringify({ content })
  const sent = open(`${url}/posts`, {
    method: 'POST',
    agent: false,
    timeout: LIMIT_MS,
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      'content-length': body.length,
      expect: '100-continue',
    },
  })
  const answered = new Promise<number>((settle) => {
    sent.once('response', (response) => {
      response.resume()
      response.once('error', () => {})
      settle(response.statusCode ?? 0)
    })
    sent.once('error', () => settle(0))
    sent.once('timeout', () => sent.destroy())
  })
  sent.flushHeaders()
  await Promise.race([once(sent, 'continue'), answered])
  sent.write(body.slice(0, 9))
  return () => {
    sent.end(body.slice(9))
    return answered
  }
}

function isRefused(url: string): Promise<boolean> {
  // On a connection of its own: those that are kept alive may still be served.
  return new Promise((settle) => {
    const sent = open(`${url}/healthz`, { agent: false, timeout: LIMIT_MS }, (response) => {
      response.resume()
      settle(false)
    })
    sent.once('error', (error: NodeJS.ErrnoException) => settle(error.code === 'ECONNREFUSED'))
    sent.end()
  })
}
