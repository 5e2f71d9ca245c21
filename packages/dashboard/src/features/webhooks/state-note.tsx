import type { Webhook } from '@clawdxcraft/protocol'
import type { ReactNode } from 'react'
import { stampText } from '../../lib/time.ts'
import { inText } from './health.ts'
import { useNow } from './use-now.ts'

interface StateNoteProps {
  readonly webhook: Webhook
}

/** What somebody has to know before anything else: it was stopped, paused, or it fails. */
export function StateNote({ webhook }: StateNoteProps) {
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
    <Note after={<FailingTimes webhook={webhook} />} title="This webhook fails" tone="warn">
      {last_error ?? 'The last attempt failed'}. What comes behind it waits.
    </Note>
  )
}

/** Since when it fails, and when it is tried again; nothing while there is neither. */
function FailingTimes({ webhook: { failing_since, next_attempt_at } }: StateNoteProps) {
  const now = useNow()
  const texts = [
    failing_since !== null && `since ${stampText(Date.parse(failing_since), now)}`,
    next_attempt_at !== null && `next attempt ${inText(Date.parse(next_attempt_at) - now)}`,
  ].filter((text) => typeof text === 'string')
  if (texts.length === 0) return null
  return <p className="text-label text-text-3 first-letter:uppercase">{texts.join('; ')}</p>
}

interface NoteProps {
  readonly tone: 'warn' | 'bad'
  readonly title: string
  readonly children: ReactNode
  /** What changes from moment to moment, which nobody is told each time. */
  readonly after?: ReactNode
}

const TONES = { warn: 'border-s-warn', bad: 'border-s-danger' }

function Note({ tone, title, children, after }: NoteProps) {
  return (
    <div className={`rounded-card border border-s-4 border-border bg-surface p-4 ${TONES[tone]}`}>
      <div role="status">
        <p className="font-semibold">{title}</p>
        <p className="text-text-2">{children}</p>
      </div>
      {after}
    </div>
  )
}
