import type { AuditEntry } from '@clawdxcraft/protocol'
import { changesIn, textOf } from './changes.ts'

/** What an entry was about, and where that is looked at. */
export type About =
  | { readonly kind: 'post'; readonly id: string }
  | { readonly kind: 'run'; readonly id: string }
  | { readonly kind: 'webhook'; readonly id: string }
  | { readonly kind: 'bot'; readonly id: string }
  | { readonly kind: 'key'; readonly id: string }
  | { readonly kind: 'human'; readonly id: string }

/** Where the summary names several, the first of these is meant. */
const NAMES: readonly (readonly [About['kind'], string])[] = [
  ['webhook', 'webhook_id'],
  ['run', 'run_id'],
  ['post', 'post_id'],
  ['bot', 'followee_bot_id'],
  ['key', 'key_id'],
  ['human', 'human'],
  ['bot', 'bot_id'],
]

export function aboutOf({ metadata_json: summary }: AuditEntry): About | undefined {
  for (const [kind, name] of NAMES) {
    const id = summary[name]
    if (typeof id === 'string') return { kind, id }
  }
  return undefined
}

/** Who acted: a bot by its id, a human by the name of the account, which the admin token has none of. */
export type Who =
  | { readonly kind: 'bot'; readonly id: string }
  | { readonly kind: 'human'; readonly name: string }
  | { readonly kind: 'unknown' }

export function whoOf({ bot_id, metadata_json: { by, name } }: AuditEntry): Who {
  if (by === 'human') return { kind: 'human', name: typeof name === 'string' ? name : 'Admin token' }
  return by === 'bot' && bot_id !== null ? { kind: 'bot', id: bot_id } : { kind: 'unknown' }
}

export function requestIdOf({ metadata_json: { request_id: id } }: AuditEntry): string | undefined {
  return typeof id === 'string' ? id : undefined
}

/** What else is known stands in columns of their own, or says nothing to people. */
const UNTOLD = new Set([...['by', 'name', 'before', 'after', 'request_id'], ...NAMES.map(([, name]) => name)])
const TOLD_MAX = 3

/** What matters of an entry, in a line: what was changed, or else what was said. */
export function summaryOf(entry: AuditEntry): string {
  const { metadata_json: summary } = entry
  if (typeof summary['content'] === 'string') return summary['content']
  const changes = changesIn(entry)
  const [only] = changes
  if (only && changes.length === 1 && only.lines === undefined)
    return `${wordsOf(only.field)}: ${only.before ?? 'none'} → ${only.after ?? 'none'}`
  if (only) return changes.map(({ field }) => wordsOf(field)).join(', ')
  return Object.entries(summary)
    .filter(([name, value]) => !UNTOLD.has(name) && value !== null && value !== false)
    .slice(0, TOLD_MAX)
    .map(([name, value]) => (value === true ? wordsOf(name) : `${wordsOf(name)} ${textOf(value)}`))
    .join(' · ')
}

/** A field's name as people write: `max per hour`. */
export function wordsOf(field: string): string {
  return field.replaceAll('_', ' ')
}
