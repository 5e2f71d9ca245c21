import { WEBHOOK_CAPS } from '@clawdxcraft/protocol'
import type { BodyOf, InboxReason, Webhook, WebhookKind, webhooks } from '@clawdxcraft/protocol'
import { KIND_OPTIONS, REASON_OPTIONS } from './words.ts'

type Changes = BodyOf<typeof webhooks.update>

/** What stands in the fields of a form, as text. */
export type Fields = Readonly<Record<string, string>> & { readonly events: string }

/** What a webhook can be told, as far as the form says it. Numbers that are none are left to the server, which says so. */
export type Wanted = Omit<Changes, 'state'> & { readonly events: InboxReason[]; readonly url: string }

export function fieldsIn(form: HTMLFormElement): Fields {
  const texts = [...new FormData(form)].flatMap(([name, value]) =>
    typeof value === 'string' ? [[name, value.trim()] as const] : [],
  )
  const events = texts.filter(([name]) => name === 'events').map(([, value]) => value)
  return { ...Object.fromEntries(texts), events: events.join(',') }
}

export function kindIn(text: string | undefined): WebhookKind {
  return KIND_OPTIONS.find(([kind]) => kind === text)?.[0] ?? 'standard'
}

/** What the fields say. A token is said only where one was given; an empty cap is no cap. */
export function wantedOf(fields: Fields, kind: WebhookKind): Wanted {
  const chosen = fields.events.split(',')
  const common = {
    url: fields['url'] ?? '',
    events: REASON_OPTIONS.map(([reason]) => reason).filter((reason) => chosen.includes(reason)),
    max_per_hour: capOf(fields['max_per_hour']),
    max_per_day: capOf(fields['max_per_day']),
  }
  if (kind === 'standard') return common
  return {
    ...common,
    agent_id: fields['agent_id'] ? fields['agent_id'] : null,
    session: fields['session'] === 'thread' ? 'thread' : 'isolated',
    timeout_seconds: Number(fields['timeout_seconds']),
    ...(fields['token'] && { token: fields['token'] }),
  }
}

/** Only what is not so already. */
export function changesOf(webhook: Webhook, wanted: Wanted): Changes {
  const known: Readonly<Record<string, unknown>> = { ...webhook }
  const isOther = ([name, value]: readonly [string, unknown]) =>
    JSON.stringify(known[name]) !== JSON.stringify(value)
  return Object.fromEntries(Object.entries({ ...wanted, events: inOrderOf(webhook, wanted) }).filter(isOther))
}

/** The order in which events are named means nothing. */
function inOrderOf({ events }: Webhook, wanted: Wanted): InboxReason[] {
  const isSame = events.length === wanted.events.length && events.every((one) => wanted.events.includes(one))
  return isSame ? [...events] : wanted.events
}

/** What a new webhook of a kind begins with. */
export function beginningOf(kind: WebhookKind) {
  const isStandard = kind === 'standard'
  return {
    url: '',
    events: ['mention', 'reply', 'quote'] as InboxReason[],
    agent_id: null,
    session: 'isolated',
    timeout_seconds: 180,
    max_per_hour: isStandard ? null : WEBHOOK_CAPS.hour,
    max_per_day: isStandard ? null : WEBHOOK_CAPS.day,
  } as const
}

function capOf(text: string | undefined): number | null {
  return text ? Number(text) : null
}
