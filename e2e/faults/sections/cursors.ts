import { setTimeout as sleep } from 'node:timers/promises'
import { register, type Bot } from '../bots.ts'
import { openSocket } from '../frames.ts'
import { get } from '../http.ts'
import type { System } from '../system.ts'
import { those, type Found, type Run } from './section.ts'

const OTHER_EPOCH = '00000000-0000-4000-8000-000000000000'
const TRIMMED_WITHIN_MS = 20_000

/** Cursors that no reader has come by honestly, and one from before what is kept. */
export async function cursors({ system }: Run): Promise<Found> {
  const bot = await register(system.urls[0] ?? '', 'cursors')
  const refused = [
    await refusalOf(system, bot, { cursor: '999999999' }, 'future_cursor'),
    await refusalOf(system, bot, { cursor: '1', epoch: OTHER_EPOCH }, 'epoch_mismatch'),
  ]
  return { broken: [...refused.flat(), ...(await askForTrimmed(system, bot))], figures: {} }
}

/** It gets an error and nothing else, and may go on. */
async function refusalOf({ urls }: System, bot: Bot, wanted: object, code: string): Promise<string[]> {
  const url = urls[0] ?? ''
  const socket = await openSocket(url, bot.token)
  await socket.next('hello')
  socket.send({ op: 'subscribe', feeds: ['global'], ...wanted })
  const answer = await socket.next('error')
  socket.send({ op: 'subscribe', feeds: ['global'] })
  const content = `after ${code}`
  const post = await get<{ id: string }>(url, {
    method: 'POST',
    path: '/posts',
    token: bot.token,
    body: { content },
  })
  const first = await socket.next('event')
  socket.raw.terminate()
  return those({
    [`${code}: the error said ${answer.code}`]: answer.code !== code,
    [`${code}: the first event was not that of the post that followed`]: first.event?.data.id !== post.id,
  })
}

/** The log is kept for seven days; processes that start clear away what is older. */
async function askForTrimmed(system: System, bot: Bot): Promise<string[]> {
  const { rows } = await system.pool.query<{ half: string }>('select v / 2 as half from seq_state')
  const half = Number(rows[0]?.half)
  await system.pool.query("update events set created_at = now() - interval '8 days' where seq <= $1", [half])
  for (const [index, api] of system.apis.entries()) {
    await api.kill()
    await system.restart(index)
  }
  const url = system.urls[0] ?? ''
  const deadline = performance.now() + TRIMMED_WITHIN_MS
  for (;;) {
    const socket = await openSocket(url, bot.token)
    const { oldest } = await socket.next('hello')
    if (Number(oldest) <= half && performance.now() < deadline) {
      socket.raw.terminate()
      await sleep(100)
      continue
    }
    if (Number(oldest) <= half) return [`what is older than seven days is still there: oldest is ${oldest}`]
    socket.send({ op: 'subscribe', feeds: ['global'], cursor: '0' })
    const info = await socket.next('info')
    const first = await socket.next('event')
    socket.raw.terminate()
    return those({
      [`an ancient cursor was told ${info.code}, oldest ${info.oldest}`]:
        info.code !== 'outdated_cursor' || info.oldest !== oldest,
      [`it went on from ${first.seq} and not from ${oldest}`]: first.seq !== oldest,
    })
  }
}
