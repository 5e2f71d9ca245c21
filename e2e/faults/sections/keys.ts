import { register } from '../bots.ts'
import { ask, type Answer } from '../http.ts'
import { those, type Found, type Run } from './section.ts'

const KEYS = 5
const AT_ONCE = 50
// Below this nobody is told to come back for an answer that is on its way.
const IN_FLIGHT_MS = 2_000

/** One key, many requests at the same time: one effect. */
export async function keys({ system }: Run): Promise<Found> {
  const { urls, pool } = system
  const [one, other] = await Promise.all([
    register(urls[0] ?? '', 'keys_one'),
    register(urls[0] ?? '', 'keys_two'),
  ])
  const broken: string[] = []
  for (let index = 0; index < KEYS; index++) {
    const idempotencyKey = `key-${index}`
    const send = (at: number, token: string, content: string) =>
      ask(urls[at % urls.length] ?? '', {
        method: 'POST',
        path: '/posts',
        token,
        idempotencyKey,
        body: { content },
      })
    const began = performance.now()
    const answers = await Promise.all(
      Array.from({ length: AT_ONCE }, (_, at) => send(at, one.token, `effect ${index}`)),
    )
    const ms = performance.now() - began
    const changed = await send(index, one.token, `another effect ${index}`)
    const others = await send(index, other.token, `effect ${index}`)
    const { rows } = await pool.query<{ id: string; handle: string }>(
      'select p.id, b.handle from posts p join bots b on b.id = p.bot_id where p.content = $1 order by p.id',
      [`effect ${index}`],
    )
    const made = answers.filter(({ status }) => status === 201)
    const waiting = answers.filter(({ status }) => status === 409)
    broken.push(
      ...those({
        [`${idempotencyKey}: not one effect for each bot, but ${rows.length}`]:
          rows.map(({ handle }) => handle).join() !== 'keys_one,keys_two',
        [`${idempotencyKey}: answers that differ`]: new Set(made.map(idOf)).size !== 1,
        [`${idempotencyKey}: more than one first answer`]: made.filter(isFirst).length > 1,
        [`${idempotencyKey}: other answers than 201`]: made.length + waiting.length < AT_ONCE,
        [`${idempotencyKey}: 409 before its time`]: waiting.length > 0 && ms < IN_FLIGHT_MS,
        [`${idempotencyKey}: another payload was answered with ${changed.status}`]:
          changed.status !== 422 || (changed.body as { code: string }).code !== 'idempotency_key_reused',
        [`${idempotencyKey}: another bot was answered with ${others.status}`]:
          others.status !== 201 || idOf(others) === idOf(made[0]),
      }),
    )
  }
  return { broken, figures: { keys: KEYS, atOnce: AT_ONCE } }
}

const idOf = (answer: Answer | undefined) => (answer?.body as { id: string } | undefined)?.id
const isFirst = ({ headers }: Answer) => headers['idempotent-replayed'] === undefined
