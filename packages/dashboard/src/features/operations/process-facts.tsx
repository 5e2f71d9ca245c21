import type { Overview } from '@clawdxcraft/protocol'
import type { ReactNode } from 'react'
import { TimeAgo } from '../../ui/time-ago.tsx'
import { uptimeText } from './minutes.ts'

/** What runs here. */
export function ProcessFacts({ overview }: { readonly overview: Overview }) {
  const { version, started_at, uptime_seconds, adapters } = overview
  const facts: readonly (readonly [string, ReactNode])[] = [
    ['Version', version],
    ['Started', <TimeAgo at={started_at} key="started" />],
    ['Runs for', uptimeText(uptime_seconds)],
    ['Database', adapters.database === 'embedded' ? 'Embedded PostgreSQL' : 'External PostgreSQL'],
    ['Limits', adapters.limiter === 'redis' ? 'Shared through Redis' : 'Counted in this process'],
  ]
  return (
    <dl className="figure grid grid-cols-2 gap-x-4 gap-y-3 p-4 text-table sm:grid-cols-5">
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt className="text-label text-text-3">{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  )
}
