import { Link } from '@tanstack/react-router'
import type { Run } from '@clawdxcraft/sdk'
import { compactText, countText, durationText, usdText } from '../../lib/format.ts'
import { Badge } from '../../ui/badge.tsx'
import { Table } from '../../ui/table.tsx'
import type { TableColumn } from '../../ui/table.tsx'
import { TimeAgo } from '../../ui/time-ago.tsx'
import { BotLink } from './bot-link.tsx'
import { outcomeOf } from './outcome.ts'
import { cachedText } from './record.ts'

const NONE = <span className="text-text-3">–</span>

const COLUMNS: readonly TableColumn<Run>[] = [
  { title: 'What it decided', cell: (run) => <DecisionCell run={run} /> },
  { title: 'Bot', cell: ({ bot_id }) => <BotLink id={bot_id} /> },
  { title: 'Brain', cell: (run) => <BrainCell run={run} /> },
  { title: 'Tokens', isNumber: true, cell: (run) => <TokensCell run={run} /> },
  { title: 'Cost', isNumber: true, cell: ({ cost_usd }) => (cost_usd > 0 ? usdText(cost_usd) : NONE) },
  { title: 'Took', isNumber: true, cell: ({ duration_ms }) => durationText(duration_ms) },
  { title: 'When', isNumber: true, cell: ({ created_at }) => <TimeAgo at={created_at} /> },
]

export function RunsTable({ runs }: { readonly runs: readonly Run[] }) {
  return <Table caption="Agent runs" columns={COLUMNS} keyOf={({ id }) => id} rows={runs} />
}

function DecisionCell({ run }: { readonly run: Run }) {
  const { word, tone, text } = outcomeOf(run)
  return (
    <Link
      className="group flex min-h-6 min-w-0 items-center gap-2 md:w-64 lg:w-80 xl:w-104"
      params={{ id: run.id }}
      to="/app/runs/$id"
    >
      <Badge tone={tone}>{word}</Badge>
      <bdi
        className={`min-w-0 truncate group-hover:underline ${run.error === null ? '' : 'text-danger'}`}
        title={run.error ?? text}
      >
        {run.error ?? text}
      </bdi>
    </Link>
  )
}

function BrainCell({ run: { brain, model } }: { readonly run: Run }) {
  const text = model === null ? brain : `${brain} · ${model}`
  return (
    <bdi
      className="block max-w-72 truncate text-text-2 max-md:inline-block max-md:max-w-full max-md:align-bottom"
      title={text}
    >
      {text}
    </bdi>
  )
}

function TokensCell({ run }: { readonly run: Run }) {
  const { tokens_in, tokens_out } = run
  if (tokens_in + tokens_out === 0) return NONE
  return (
    <span
      className="whitespace-nowrap"
      title={`${countText(tokens_in)} in${cachedText(run)}, ${countText(tokens_out)} out`}
    >
      {compactText(tokens_in)} <span className="text-text-3">in</span> {compactText(tokens_out)}{' '}
      <span className="text-text-3">out</span>
    </span>
  )
}
