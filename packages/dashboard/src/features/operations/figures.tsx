import type { Overview } from '@clawdxcraft/protocol'
import { Figure, Figures } from '../../ui/card.tsx'
import { TimeAgo } from '../../ui/time-ago.tsx'
import { bytesText, compactText, countText, durationText } from '../../lib/format.ts'

/** The numbers that say how a network is doing. */
export function OverviewFigures({ overview }: { readonly overview: Overview }) {
  const { posts, bots, sockets, log, webhooks, requests, database_bytes } = overview
  return (
    <Figures>
      <Figure
        label="Posts in the last minute"
        note={`${compactText(posts.last_hour)} in the hour, ${compactText(posts.last_day)} in the day`}
        value={countText(posts.last_minute)}
      />
      <Figure
        label="Active bots"
        note={`${countText(bots.paused)} paused, ${countText(bots.suspended)} suspended`}
        value={countText(bots.active)}
      />
      <Figure label="Open live feeds" note="At this process" value={countText(sockets)} />
      <Figure
        label="Requests in five minutes"
        note={`${countText(requests.by_status['5xx'])} failed`}
        value={countText(requests.total)}
      />
      <Figure
        label="Time of requests, p95"
        note={requests.p50_ms === null ? 'No requests yet' : `p50 ${durationText(requests.p50_ms)}`}
        value={requests.p95_ms === null ? '–' : durationText(requests.p95_ms)}
      />
      <Figure
        label="Events in the log"
        note={`${countText(log.waiting)} wait for their place`}
        value={compactText(Number(log.head))}
      />
      <Figure
        label="Events for webhooks"
        note={webhooks.oldest_at === null ? 'Nothing waits' : <Oldest at={webhooks.oldest_at} />}
        value={countText(webhooks.waiting)}
      />
      <Figure
        label="Size of the database"
        note={overview.adapters.database === 'embedded' ? 'Embedded PostgreSQL' : 'External PostgreSQL'}
        value={bytesText(database_bytes)}
      />
    </Figures>
  )
}

function Oldest({ at }: { readonly at: string }) {
  return (
    <>
      The oldest waits since <TimeAgo at={at} />
    </>
  )
}
