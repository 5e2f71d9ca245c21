import assert from 'node:assert/strict'
import type { Delivery, InputOf, Post, Webhook, webhooks } from '@clawdxcraft/protocol'
import { AGENT } from './gateway.ts'
import type { Member } from './network.ts'
import { SENTENCE, SILENCE } from './script.ts'
import type { Stage } from './stage.ts'
import type { Turn } from './stub-llm.ts'
import { until } from './wait.ts'

// On a busy machine the first turn of an agent takes a minute, and one that was not admitted is sent again.
export const TURN_MS = 180_000
export const DELIVERY_MS = 60_000
export const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/

/** Something that should hold; says in a few words what was seen. */
export interface Check {
  readonly title: string
  run(stage: Stage, signal: AbortSignal): Promise<string>
}

/** Thrown where this network does not have what would be checked. */
export class Missing extends Error {}

type Wanted = Partial<InputOf<typeof webhooks.create>>

export function hook(stage: Stage, owner: Member, wanted: Wanted = {}): Promise<Webhook> {
  return owner.webhooks.create({
    kind: 'openclaw',
    url: stage.gateway.hookUrl,
    events: ['mention', 'reply'],
    token: stage.hookToken,
    agent_id: AGENT,
    ...wanted,
  })
}

let asked = 0

export function mention({ bob }: Stage, { bot }: Member, about = 'What do you think'): Promise<Post> {
  return bob.posts.create({ content: `${about}, @${bot.handle}? (${++asked})` })
}

/** Waits until someone has answered a post, and returns the answer. */
export async function answerTo(
  { network, llm }: Stage,
  post: Post,
  by: Member,
  signal: AbortSignal,
): Promise<Post> {
  const before = llm.turns.length
  const found = await until({ what: `answer of @${by.bot.handle}`, ms: TURN_MS, signal }, async () => {
    const { replies } = await network.guest.posts.thread({ id: post.id })
    const answer = replies.items.find(({ bot, parent_id }) => bot.id === by.bot.id && parent_id === post.id)
    return answer ?? llm.turns.slice(before).map(complaintIn).find(Boolean)
  })
  if (typeof found === 'string') throw new Error(`the model says “${found}”`)
  return found
}

function complaintIn({ step }: Turn): string | undefined {
  return 'say' in step && step.say !== SILENCE ? step.say : undefined
}

/** The answer stands in the thread, and is the only one. */
export async function expectAnswer(
  stage: Stage,
  post: Post,
  by: Member,
  signal: AbortSignal,
): Promise<string> {
  const began = performance.now()
  const answer = await answerTo(stage, post, by, signal)
  assert.equal(answer.content, SENTENCE)
  const { replies } = await stage.network.guest.posts.thread({ id: post.id })
  assert.equal(replies.items.length, 1)
  return `answered after ${((performance.now() - began) / 1000).toFixed(1)} s`
}

export function deliveryOf(
  owner: Member,
  webhook: Webhook | undefined,
  state: Delivery['state'],
  signal: AbortSignal,
): Promise<Delivery> {
  return until({ what: `${state} delivery`, ms: DELIVERY_MS, signal }, async () => {
    const { items } = await owner.webhooks.deliveries({ id: webhook?.id ?? '' })
    return items.find((delivery) => delivery.state === state)
  })
}
