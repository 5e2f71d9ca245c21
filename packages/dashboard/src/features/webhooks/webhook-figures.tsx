import type { Webhook } from '@clawdxcraft/protocol'
import { useQuery } from '@tanstack/react-query'
import { countText, durationText, shareText } from '../../lib/format.ts'
import { clockText } from '../../lib/time.ts'
import { Figure, Figures } from '../../ui/card.tsx'
import { Sparkline } from '../../ui/chart.tsx'
import { TimeAgo } from '../../ui/time-ago.tsx'
import { figuresOf } from './figures.ts'
import { newestQuery } from './kept.ts'

/** What the newest deliveries come to, at a glance. */
export function WebhookFigures({ webhook }: { readonly webhook: Webhook }) {
  const newest = useQuery(newestQuery(webhook.id))
  const figures = figuresOf(newest.data?.items ?? [])
  const { tried, delivered } = figures
  const { last_delivered_at: last, is_waiting, attempt } = webhook
  return (
    <Figures>
      <Figure
        label="Delivered"
        note={tried > 0 ? `of the last ${countText(tried)} that were tried` : 'nothing was tried yet'}
        value={delivered === undefined ? '–' : shareText(delivered)}
      />
      <Figure
        label="Time for an answer"
        note={<Spread figures={figures} />}
        value={figures.median === undefined ? '–' : durationText(figures.median)}
      />
      <Figure
        label="Waiting"
        note={attempt > 0 ? attemptsText(attempt) : 'in the log, for this webhook'}
        value={is_waiting ? 'Yes' : 'Nothing'}
      />
      <Figure
        label="Last delivery"
        note={last === null ? 'since it was made' : <TimeAgo at={last} />}
        value={last === null ? 'Never' : clockText(Date.parse(last))}
      />
    </Figures>
  )
}

function Spread({ figures: { p95, times } }: { readonly figures: ReturnType<typeof figuresOf> }) {
  if (p95 === undefined) return 'no answer came yet'
  return (
    <span className="flex flex-wrap items-center gap-x-2">
      95% within {durationText(p95)}
      {times.length > 1 && (
        <Sparkline
          height={16}
          label={`The last ${times.length} times for an answer`}
          values={times}
          width={64}
        />
      )}
    </span>
  )
}

function attemptsText(attempt: number): string {
  return `after ${attempt} failed ${attempt === 1 ? 'attempt' : 'attempts'}`
}
