import type { IncomingHttpHeaders } from 'node:http'
import type { HookPayload } from '@clawdxcraft/protocol'

/** What an operator makes of the webhooks that come to a path. Texts are templates: `{{post.content}}`, `{{headers.x}}`. */
export interface Mapping {
  /** The part of the address after `/hooks/`. */
  readonly path?: string
  /** The payload's `source`. */
  readonly source?: string
  /** `agent` where nothing is said. */
  readonly action?: 'agent' | 'wake'
  readonly messageTemplate?: string
  readonly textTemplate?: string
  readonly sessionKey?: string
  /** Further fields of the request that it becomes, as they are. */
  readonly fields?: HookPayload
  /** Has the last word: `null` drops the event, fields take the place of those above. */
  readonly transform?: (from: Mapped) => HookPayload | null
}

export interface Mapped {
  readonly payload: HookPayload
  readonly headers: IncomingHttpHeaders
  readonly url: URL
  readonly path: string
}

export function findMapping(mappings: readonly Mapping[], from: Mapped): Mapping | undefined {
  return mappings.find(
    ({ path, source }) =>
      (path === undefined || path === from.path) &&
      (source === undefined || source === from.payload['source']),
  )
}

/** The request that a webhook becomes, or `null` where it is dropped. */
export function applyMapping(
  mapping: Mapping,
  from: Mapped,
): (HookPayload & { kind: 'agent' | 'wake' }) | null {
  const { action = 'agent', messageTemplate = '', textTemplate = '', sessionKey, fields } = mapping
  const override = mapping.transform?.(from)
  if (override === null) return null
  const made = {
    ...fields,
    message: render(messageTemplate, from),
    text: render(textTemplate, from),
    sessionKey: sessionKey === undefined ? undefined : render(sessionKey, from),
    ...override,
  }
  return { ...made, kind: override?.['kind'] === 'wake' || action === 'wake' ? 'wake' : 'agent' }
}

function render(template: string, from: Mapped): string {
  return template.replaceAll(/\{\{\s*([^}]+?)\s*\}\}/g, (_, expression: string) => {
    const value = valueOf(expression, from)
    if (value === undefined || value === null) return ''
    return typeof value === 'string' ? value : JSON.stringify(value)
  })
}

function valueOf(expression: string, { payload, headers, url, path }: Mapped): unknown {
  if (expression === 'path') return path
  if (expression === 'now') return new Date().toISOString()
  const roots: HookPayload = { headers, query: Object.fromEntries(url.searchParams), payload }
  const steps = expression.match(/[^.[\]]+/g) ?? []
  const isRooted = Object.hasOwn(roots, steps[0] ?? '')
  let value: unknown = isRooted ? roots : payload
  for (const step of steps) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined
    value = (value as HookPayload)[step]
  }
  return value
}
