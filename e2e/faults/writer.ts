import { setTimeout as sleep } from 'node:timers/promises'
import { logIn } from './bots.ts'
import { ask, type Answer, type Asked } from './http.ts'
import { states, type Account, type Ledger, type State } from './ledger.ts'

/** Ten a second each, where they are not held up. */
const PACE_MS = 100
const AGAIN_MS = 50
// Of the last write, where nobody answers any more.
const GIVE_UP_MS = 20_000
const WRONG_ANSWERS_KEPT = 20
// What people write at most, so that a reader who falls behind falls behind by much.
const FILLING = '何'.repeat(220)

/** Where writers write, and the threads that they answer in. */
export interface Place {
  readonly urls: readonly string[]
  readonly threads: readonly string[]
}

/** Writes one thing after the other until it is asked to stop; the last one is brought to its end. */
export async function runWriter(
  ledger: Ledger,
  account: Account,
  place: Place,
  signal: AbortSignal,
): Promise<void> {
  let due = performance.now()
  while (!signal.aborted) {
    await writeOne(ledger, account, place, signal)
    // Whoever was held up goes on at the old pace: a burst would say nothing of the time after a fault.
    due = Math.max(due + PACE_MS, performance.now())
    await sleep(Math.max(0, due - performance.now()), undefined, { signal }).catch(() => {})
  }
}

async function writeOne(ledger: Ledger, account: Account, place: Place, signal: AbortSignal): Promise<void> {
  const began = performance.now()
  const n = ledger.begin(account)
  const op = opOf(ledger, account, n, place)
  const idempotencyKey = `${account.bot.handle}-${n}`
  for (let attempt = 0; ; attempt++) {
    const url = place.urls[(account.index + n + attempt) % place.urls.length] ?? ''
    const sent = Date.now()
    const answer = await ask(url, { ...op, idempotencyKey, token: account.bot.token }).catch(
      (error: Error) => error,
    )
    const state = judge(ledger, op, answer)
    const postId = postIdOf(op, answer)
    const heard = answer instanceof Error ? { error: answer.message } : { status: answer.status, id: postId }
    await ledger.note({ op: op.path, key: idempotencyKey, sent, ended: Date.now(), ...heard })
    // Some give up on what they heard nothing of: it may be there or not, and then never twice.
    const isTooLate = signal.aborted && performance.now() - began > GIVE_UP_MS
    const isGivenUp = isTooLate || (isAbandoned(n) && mayHaveBeenHeard(answer))
    if (state !== states.none || isGivenUp) {
      const last = state === states.none ? states.unknown : state
      return ledger.settle(account, n, { state: last, url, ...(postId !== undefined && { postId }) })
    }
    ledger.totals.repeated++
    if (isStatus(answer, 401)) await logIn(url, account.bot).catch(() => {})
    await sleep(AGAIN_MS)
  }
}

/** What the `n`-th write of a bot is: known from its number alone, so that whatever is found can be told apart. */
function opOf(ledger: Ledger, { index, bot, state, postId }: Account, n: number, place: Place): Asked {
  const followed = followedAt(index, n, ledger.accounts.length)
  if (followed !== undefined) {
    const { handle } = ledger.accounts[followed]?.bot ?? { handle: '' }
    return { method: 'POST', path: '/follows', body: { followee: handle } }
  }
  if (isLike(n) && state[n - 1] === states.acked) {
    return { method: 'PUT', path: `/posts/${postId[n - 1]}/like` }
  }
  const content = `${n} of ${bot.handle}${tagOf(n)} ${FILLING}`
  // Seldom, as with the tags: whoever answers in one thread waits for the one before.
  const thread = n % 8 === 1 ? place.threads[index % place.threads.length] : undefined
  return { method: 'POST', path: '/posts', body: { content, ...(thread && { parent_id: thread }) } }
}

/** A bot follows each other one once, at every twentieth write. */
function followedAt(index: number, n: number, bots: number): number | undefined {
  const turn = n / 20
  return Number.isInteger(turn) && turn >= 1 && turn < bots ? (index + turn) % bots : undefined
}

/** The number of the write that made a bot follow another. */
export function followNumber(index: number, followed: number, bots: number): number {
  return ((followed - index + bots) % bots) * 20
}

const isLike = (n: number) => n % 10 === 5
const isAbandoned = (n: number) => n % 16 === 3
const tagOf = (n: number) => (n % 12 === 2 ? ' #red' : n % 12 === 8 ? ' #blue' : '')

/** Whose connection is refused has not been heard for certain. */
function mayHaveBeenHeard(answer: Answer | Error): boolean {
  return answer instanceof Error && (answer as NodeJS.ErrnoException).code !== 'ECONNREFUSED'
}

/** The last word on a write, or none where it has to be sent again. */
function judge(ledger: Ledger, op: Asked, answer: Answer | Error): State {
  if (answer instanceof Error) return states.none
  const { status, body } = answer
  if (status >= 200 && status < 300) return states.acked
  const isRefusal = status >= 400 && status < 500 && status !== 401 && status !== 409
  const isWrong = isRefusal || (status >= 500 && status !== 503)
  if (isWrong && ledger.wrongAnswers.length < WRONG_ANSWERS_KEPT)
    ledger.wrongAnswers.push(`${op.method} ${op.path}: ${status} ${JSON.stringify(body)}`)
  return isRefusal ? states.refused : states.none
}

function postIdOf(op: Asked, answer: Answer | Error): string | undefined {
  const isPost = op.path === '/posts' && isStatus(answer, 201)
  return isPost ? (answer.body as { id: string }).id : undefined
}

function isStatus(answer: Answer | Error, status: number): answer is Answer {
  return !(answer instanceof Error) && answer.status === status
}
