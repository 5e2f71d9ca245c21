import type { Context } from '../context.ts'
import { viewChains } from '../views/posts.ts'
import type { Hook } from './hook.ts'
import { noteOf, notesOfSkipped, settle } from './lease.ts'
import type { Note } from './lease.ts'
import { requestOf } from './request.ts'
import { send } from './send.ts'
import type { Sent } from './send.ts'
import { nextTurn, postOf, readItems } from './turn.ts'
import type { Item, Turn } from './turn.ts'
import { fateOf } from './verdict.ts'

// Of a thread, for an agent that is told of a reply.
const ANCESTORS = 12
const BOT_PAUSED_S = 60

/** Does what is next for a webhook; returns it where it may go on at once. */
export async function step(context: Context, hook: Hook, cut: AbortSignal): Promise<Hook | undefined> {
  // Looked at again now and then; it is due at once when the bot goes on.
  if (hook.bot_status !== 'active')
    return settle(context.pool, hook, { ...unchanged(hook), dueIn: BOT_PAUSED_S })
  const [resend] = hook.resend
  if (resend !== undefined) return sendAgain(context, hook, resend, cut)
  const turn = await nextTurn(context.pool, hook)
  if (!turn) return settle(context.pool, hook, { ...unchanged(hook), cursor: hook.woken_seq, attempt: 0 })
  if (turn.sent.length === 0) return passOver(context, hook, turn)
  const isFixed = hook.batch !== null || (hook.kind !== 'openclaw' && turn.skipped.length === 0)
  return isFixed ? deliver(context, hook, turn, cut) : fix(context, hook, turn)
}

function unchanged(hook: Hook) {
  return {
    cursor: hook.cursor_seq,
    batch: hook.batch,
    attempt: hook.attempt,
    dueIn: null,
    state: 'active',
    health: 'same',
    error: null,
    resent: null,
    notes: [],
    ms: null,
  } as const
}

/** Every attempt has to send the same, whatever comes in between: what is sent is written down before. */
function fix(context: Context, hook: Hook, { sent, skipped }: Turn): Promise<Hook | undefined> {
  const batch = sent.map(({ seq }) => seq)
  return settle(context.pool, hook, { ...unchanged(hook), attempt: 0, batch, notes: notesOfSkipped(skipped) })
}

function passOver(context: Context, hook: Hook, { skipped }: Turn): Promise<Hook | undefined> {
  const last = hook.batch?.at(-1) ?? skipped.at(-1)?.item.seq ?? hook.cursor_seq
  const notes = notesOfSkipped(skipped)
  return settle(context.pool, hook, {
    ...unchanged(hook),
    cursor: last,
    batch: null,
    attempt: 0,
    dueIn: 0,
    notes,
  })
}

async function deliver(
  context: Context,
  hook: Hook,
  { sent, skipped }: Turn,
  cut: AbortSignal,
): Promise<Hook | undefined> {
  const result = await sendItems(context, hook, sent, cut)
  const { verdict } = result
  const isDelivered = verdict.kind === 'delivered'
  const attempt = hook.attempt + 1
  const { state, passes, stops, delay } = fateOf(hook.kind, verdict, attempt)
  context.metrics.deliveries.inc({ kind: hook.kind, outcome: state })
  return settle(context.pool, hook, {
    cursor: passes ? (sent.at(-1)?.seq ?? hook.cursor_seq) : hook.cursor_seq,
    batch: passes ? null : hook.batch,
    attempt: passes || stops ? 0 : attempt,
    dueIn: delay,
    state: stops ? 'failed' : 'active',
    health: isDelivered ? 'well' : 'ill',
    error: isDelivered ? null : verdict.error,
    resent: null,
    ms: result.attempt.ms,
    notes: [...notesOfSkipped(skipped), ...notesOf(sent, state, result)],
  })
}

/** Once, beside what waits: whoever asked for it will look at what came of it. */
async function sendAgain(
  context: Context,
  hook: Hook,
  seq: string,
  cut: AbortSignal,
): Promise<Hook | undefined> {
  const [item] = await readItems(context.pool, hook, [seq])
  if (!item || item.eventId === null || !item.stands) {
    const reason = item && item.eventId !== null ? 'post_deleted' : 'event_expired'
    const notes = notesOfSkipped([{ item: item ?? forgotten(seq), reason }])
    return settle(context.pool, hook, { ...unchanged(hook), resent: seq, notes })
  }
  const result = await sendItems(context, hook, [item], cut)
  const isDelivered = result.verdict.kind === 'delivered'
  const notes = notesOf([item], isDelivered ? 'delivered' : 'dead', result)
  return settle(context.pool, hook, { ...unchanged(hook), resent: seq, notes, ms: result.attempt.ms })
}

/** What is no longer in the inbox; of what is written down of it only the state changes. */
function forgotten(seq: string): Item {
  const actor = { id: '0', handle: '' }
  return { seq, eventId: null, type: '', at: '', payload: '', reasons: [], actor, stands: false, depth: 0 }
}

async function sendItems(
  context: Context,
  hook: Hook,
  items: readonly Item[],
  cut: AbortSignal,
): Promise<Sent> {
  const isAlone = items.length === 1 && hook.kind === 'openclaw'
  const replies = items
    .flatMap((item) => postOf(item) ?? [])
    .flatMap(({ id, parent_id }) => (parent_id ? [id] : []))
  const chains = await viewChains(context.pool, isAlone ? replies : [], ANCESTORS)
  return send(context, hook, requestOf(hook, items, chains), cut)
}

function notesOf(sent: readonly Item[], state: Note['state'], { attempt, verdict, exchange }: Sent): Note[] {
  const digest_of = sent.length > 1 ? (sent[0]?.seq ?? null) : null
  const run_id = verdict.kind === 'delivered' ? verdict.runId : null
  return sent.map((item, index) => ({
    ...noteOf(item),
    state,
    skip_reason: null,
    digest_of,
    attempts: [attempt],
    run_id,
    exchange: index === 0 ? exchange : null,
  }))
}
