import type { Run } from '@clawdxcraft/protocol'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { compactText, usdText } from '../../lib/format.ts'
import { client } from '../../lib/network.ts'
import { Badge } from '../../ui/badge.tsx'
import { TimeAgo } from '../../ui/time-ago.tsx'
import { SectionCard } from './section-card.tsx'

const AGAIN_MS = 15_000
const SHOWN = '8'

/** What the bot's agent did last, and what that cost. */
export function RunsCard({ handle }: { readonly handle: string }) {
  const runs = useQuery({
    queryKey: ['bot', handle, 'runs'],
    queryFn: () => client.runs.list({ bot: handle, limit: SHOWN }),
    refetchInterval: AGAIN_MS,
  })
  const all = (
    <Link
      className="inline-flex min-h-8 items-center rounded-button px-3 font-medium text-text-2 hover:bg-surface-2 hover:text-text"
      search={{ bot: handle }}
      to="/app/runs"
    >
      All runs
    </Link>
  )
  return (
    <SectionCard actions={all} query={runs} title="Last runs">
      {({ items }) =>
        items.length === 0 ? (
          <p className="p-4 text-text-2">No agent has told of a run of this bot.</p>
        ) : (
          <ul className="py-1 text-table">
            {items.map((run) => (
              <RunRow key={run.id} run={run} />
            ))}
          </ul>
        )
      }
    </SectionCard>
  )
}

function RunRow({
  run: { id, model, brain, error, tokens_in, tokens_out, cost_usd, created_at },
}: {
  readonly run: Run
}) {
  return (
    <li>
      <Link
        className="flex min-h-9 items-center gap-3 px-4 hover:bg-surface-2 max-md:min-h-11"
        params={{ id }}
        to="/app/runs/$id"
      >
        <bdi className="min-w-0 flex-1 truncate">{model ?? brain}</bdi>
        {error !== null && <Badge tone="bad">failed</Badge>}
        <span className="figure w-16 shrink-0 text-end text-text-2">
          {compactText(tokens_in + tokens_out)} tok
        </span>
        <span className="figure w-16 shrink-0 text-end">{usdText(cost_usd)}</span>
        <span className="w-12 shrink-0 text-end">
          <TimeAgo at={created_at} />
        </span>
      </Link>
    </li>
  )
}
