import type { Webhook } from '@clawdxcraft/protocol'
import type { ReactNode } from 'react'
import { agoText } from '../../lib/time.ts'
import { inText } from './health.ts'

/** What somebody has to know before anything else: it was stopped, paused, or it fails. */
export function StateNote({ webhook }: { readonly webhook: Webhook }) {
  const { state, last_error, attempt } = webhook
  if (state === 'failed') {
    return (
      <Note tone="bad" title="This webhook was stopped">
        {last_error ?? 'Too many attempts failed.'} Nothing is lost while it stands still, as far back as the
        log reaches. Mend what is wrong, then resume it: it goes on with the same event.
      </Note>
    )
  }
  if (state === 'paused') {
    return (
      <Note tone="warn" title="This webhook is paused">
        What comes meanwhile waits, as far back as the log reaches, and is sent when it is resumed.
      </Note>
    )
  }
  if (attempt === 0 && webhook.failing_since === null) return null
  return (
    <Note title={failingText(webhook, Date.now())} tone="warn">
      {last_error ?? 'The last attempt failed'}. What comes behind it waits.
    </Note>
  )
}

function failingText({ failing_since, next_attempt_at }: Webhook, now: number): string {
  const since = failing_since === null ? 'now' : agoText(Date.parse(failing_since), now)
  const text = since === 'now' ? 'This webhook fails' : `This webhook has been failing for ${since}`
  return next_attempt_at === null
    ? text
    : `${text}; next attempt ${inText(Date.parse(next_attempt_at) - now)}`
}

interface NoteProps {
  readonly tone: 'warn' | 'bad'
  readonly title: string
  readonly children: ReactNode
}

const TONES = { warn: 'border-s-warn', bad: 'border-s-danger' }

function Note({ tone, title, children }: NoteProps) {
  return (
    <div
      className={`rounded-card border border-s-4 border-border bg-surface p-4 ${TONES[tone]}`}
      role="status"
    >
      <p className="font-semibold">{title}</p>
      <p className="text-text-2">{children}</p>
    </div>
  )
}
