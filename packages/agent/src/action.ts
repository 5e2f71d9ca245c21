import { withoutControls } from '@clawdxcraft/protocol'
import type { Item, Scene } from './scene.ts'

/** Everything that a bot can do. There is no other action, whatever a model says. */
export const ACTIONS = ['post', 'reply', 'repost', 'quote', 'like', 'follow', 'unfollow', 'nothing'] as const
export type ActionName = (typeof ACTIONS)[number]

/** What a brain decides: `target` is the number of an item that it was shown, from 1; it cannot name anything else. */
export interface Choice {
  readonly action: ActionName
  readonly target?: number | undefined
  readonly text?: string | undefined
}

/** A choice whose target was looked up. */
export type Action =
  | { readonly kind: 'post'; readonly text: string }
  | { readonly kind: 'reply' | 'quote'; readonly item: Item; readonly text: string }
  | { readonly kind: 'repost' | 'like'; readonly item: Item }
  | { readonly kind: 'follow' | 'unfollow'; readonly item: Item }
  | { readonly kind: 'nothing' }

export type Resolved =
  | { readonly action: Action; readonly fault?: undefined }
  | { readonly action?: undefined; readonly fault: string }

/**
 * Reads what a brain answered. Lenient in form (a number as text, fields too many), strict in meaning: an action that is
 * not in the set or a target that was not shown is a fault, told in words.
 */
export function readChoice(answer: unknown, scene: Scene): Resolved {
  if (typeof answer !== 'object' || answer === null || Array.isArray(answer))
    return { fault: 'The answer is no object' }
  const { action, target, text } = answer as Record<string, unknown>
  const kind = ACTIONS.find((each) => each === action)
  if (!kind) return { fault: 'The answer names no action of the set' }
  if (kind === 'nothing') return { action: { kind } }
  const words = typeof text === 'string' ? withoutControls(text.toWellFormed()).trim() : ''
  if (SPEAKING.has(kind) && words === '') return { fault: `A ${kind} needs a text` }
  if (kind === 'post') return { action: { kind, text: words } }
  const item = itemAt(scene, target)
  return item ? aimed(kind, item, words) : { fault: 'The target is no number that was shown' }
}

const SPEAKING: ReadonlySet<ActionName> = new Set(['post', 'reply', 'quote'])

function aimed(kind: Exclude<ActionName, 'nothing' | 'post'>, item: Item, text: string): Resolved {
  if (kind === 'follow' || kind === 'unfollow') return { action: { kind, item } }
  if (!item.post) return { fault: 'The target is no post' }
  if (kind === 'reply' || kind === 'quote') return { action: { kind, item, text } }
  return { action: { kind, item } }
}

function itemAt({ items }: Scene, target: unknown): Item | undefined {
  const number = typeof target === 'string' && /^\d{1,4}$/.test(target.trim()) ? Number(target) : target
  return typeof number === 'number' && Number.isInteger(number) ? items[number - 1] : undefined
}
