import type { Member } from './member.ts'
import type { Judged } from './act.ts'
import type { Verdict } from './policy.ts'
import { answerTold, promptTold } from './told.ts'
import type { Plan } from './turn.ts'
import type { World } from './world.ts'

/** Leaves the record of a turn on the network, and tells its id. */
export async function recordRun(member: Member, judged: Judged, world: World): Promise<string> {
  const { thought, fault, tookMs } = judged.plan
  const run = {
    brain: member.brain.name,
    model: thought.model,
    prompt_hash: thought.promptHash,
    prompt: thought.prompt === undefined ? null : promptTold(thought.prompt),
    answer: answerOf(judged),
    saw: sawIn(judged.plan),
    decision: decisionOf(judged),
    verdicts: verdictsIn(judged),
    tokens_in: thought.tokensIn,
    tokens_cached: thought.tokensCached ?? 0,
    tokens_out: thought.tokensOut,
    cost_usd: thought.costUsd,
    duration_ms: tookMs,
    error: fault ?? null,
  }
  const idempotencyKey = crypto.randomUUID()
  return (await world.ask(() => member.client.runs.create(run, { idempotencyKey }))).id
}

/** Posts by their ids: what they say can be read on the network, as long as their authors want it to. */
function sawIn({ sight: { scene } }: Plan) {
  return {
    items: scene.items.map(({ source, reason, author, post }) => ({
      source,
      author,
      ...(reason && { reason }),
      ...(post && { post_id: post.id }),
    })),
    trends: [...scene.trends],
    has_message: scene.message !== undefined,
  }
}

/** A text that was refused for a secret in it is not told here either. */
function decisionOf(judged: Judged) {
  const { wanted, fault, sight } = judged.plan
  if (fault !== undefined) return null
  return {
    action: wanted.kind,
    ...('item' in wanted && { target: sight.scene.items.indexOf(wanted.item) + 1 }),
    ...('text' in wanted && !isSecret(judged) && { text: wanted.text }),
  }
}

/** Nor is what it was in. What nobody could read was never judged, and is looked through by itself. */
function answerOf(judged: Judged): string | null {
  const { answer } = judged.plan.thought
  return answer === undefined || isSecret(judged) ? null : answerTold(answer)
}

function isSecret({ verdicts }: Judged): boolean {
  return verdicts.some(({ rule, outcome }) => rule === 'secrets' && outcome === 'refused')
}

/** What each rule said: those that had nothing to say by their names alone, as they are most of them. */
function verdictsIn({ verdicts }: Judged) {
  const those = (which: Verdict['outcome']) => verdicts.filter(({ outcome }) => outcome === which)
  const told = (which: Verdict['outcome']) => those(which).map(({ rule, reason = '' }) => ({ rule, reason }))
  if (verdicts.length === 0) return null
  return {
    passed: those('passed').map(({ rule }) => rule),
    amended: told('amended'),
    refused: told('refused'),
  }
}
