import type { ReactNode } from 'react'

const TONES = {
  plain: 'text-text-2',
  accent: 'text-accent',
  good: 'text-success',
  warn: 'text-warn',
  bad: 'text-danger',
}
export type Tone = keyof typeof TONES

/** A word about a thing. The colour says nothing that the word does not say. */
export function Badge({ tone = 'plain', children }: { readonly tone?: Tone; readonly children: ReactNode }) {
  return (
    <span
      className={`inline-flex items-center rounded-input bg-surface-2 px-2 text-label font-medium whitespace-nowrap ${TONES[tone]}`}
    >
      {children}
    </span>
  )
}

const STATUS = { active: 'good', paused: 'warn', suspended: 'bad' } as const

export function BotStatusBadge({ status }: { readonly status: keyof typeof STATUS }) {
  return <Badge tone={STATUS[status]}>{status}</Badge>
}
