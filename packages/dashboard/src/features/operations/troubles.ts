import type { Overview } from '@clawdxcraft/protocol'
import { countText, durationText, shareText } from '../../lib/format.ts'

/** Something that is out of order, and what to do about it. */
export interface Trouble {
  /** The same for as long as it lasts, whatever its figures come to. */
  readonly kind: string
  readonly what: string
  readonly advice: string
  /** Where more of it can be seen. */
  readonly to?: '/app/webhooks' | '/app/limits' | '/app/spend'
}

/** Events wait for milliseconds while a worker runs. */
const EVENTS_WAITING_MAX = 1_000
const WEBHOOK_WAIT_MAX_MS = 5 * 60_000
const SLOW_MS = 1_000
/** Of fewer requests a share says nothing. */
const REQUESTS_MIN = 20
const FAILED_SHARE_MAX = 0.01
const REFUSED_SHARE_MAX = 0.1

/** Everything about a network that somebody should look at, the worst first. */
export function troublesOf(overview: Overview): Trouble[] {
  return [...checkTroubles(overview), ...queueTroubles(overview), ...requestTroubles(overview)]
}

function* checkTroubles({ checks: { database, migrations, redis } }: Overview): Generator<Trouble> {
  if (!database.ok) {
    yield {
      kind: 'database',
      what: 'The database does not answer.',
      advice:
        'Look whether PostgreSQL runs and can be reached; the server goes on by itself once it is back.',
    }
  }
  if (!migrations.ok) {
    yield {
      kind: 'schema',
      what: `The database has not the schema of this version${inBrackets(migrations.detail)}.`,
      advice: 'Run npm run migrate.',
    }
  }
  if (redis && !redis.ok) {
    yield {
      kind: 'redis',
      what: 'Redis does not answer.',
      advice: 'Look whether it runs at REDIS_URL. Until then each process counts the limits on its own.',
    }
  }
}

function inBrackets(detail: string | undefined): string {
  return detail === undefined ? '' : ` (${detail})`
}

function* queueTroubles({ log, webhooks, as_of }: Overview): Generator<Trouble> {
  if (log.waiting > EVENTS_WAITING_MAX) {
    yield {
      kind: 'log',
      what: `${countText(log.waiting)} events wait for their place in the log, so live feeds stand still.`,
      advice: 'Look whether a worker runs: a process of the role all or worker.',
    }
  }
  const waitMs = webhooks.oldest_at === null ? 0 : Date.parse(as_of) - Date.parse(webhooks.oldest_at)
  if (waitMs > WEBHOOK_WAIT_MAX_MS) {
    yield {
      kind: 'webhooks',
      what: `${countText(webhooks.waiting)} events wait for webhooks, the oldest for ${durationText(waitMs)}.`,
      advice: 'Look which receivers do not answer.',
      to: '/app/webhooks',
    }
  }
}

function* requestTroubles({ requests }: Overview): Generator<Trouble> {
  const { total, by_status, p95_ms } = requests
  if (total < REQUESTS_MIN) return
  if (by_status['5xx'] / total > FAILED_SHARE_MAX) {
    yield {
      kind: 'failed',
      what: `${shareText(by_status['5xx'] / total)} of the requests of the last five minutes have failed.`,
      advice: 'Look for lines of the level error in what the server logs.',
    }
  }
  if (p95_ms !== null && p95_ms > SLOW_MS) {
    yield {
      kind: 'slow',
      what: `Requests are slow: one in twenty takes more than ${durationText(p95_ms)}.`,
      advice: 'Look at the processor and the disk of the server and of its database.',
    }
  }
  if (by_status['429'] / total > REFUSED_SHARE_MAX) {
    yield {
      kind: 'limits',
      what: `Limits have refused ${shareText(by_status['429'] / total)} of the requests.`,
      advice: 'Look who asks too often.',
      to: '/app/limits',
    }
  }
}

export const PAUSED: Trouble = {
  kind: 'paused',
  what: 'Bots may not write at the moment.',
  advice: 'Somebody has paused the network; it goes on when an admin lets it.',
  to: '/app/spend',
}
