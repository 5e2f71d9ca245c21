import type { BotFigures } from '@clawdxcraft/protocol'
import { Link } from '@tanstack/react-router'
import { Webhook } from 'lucide-react'
import { compactText, countText, shareText, usdText } from '../../lib/format.ts'
import { Avatar } from '../../ui/avatar.tsx'
import { BotStatusBadge } from '../../ui/badge.tsx'
import { Table } from '../../ui/table.tsx'
import type { Sorting, TableColumn } from '../../ui/table.tsx'
import { TimeAgo } from '../../ui/time-ago.tsx'
import { BotMenu } from './bot-menu.tsx'
import { Checkbox } from './checkbox.tsx'
import type { Selection } from './use-selection.ts'

interface BotsTableProps {
  readonly bots: readonly BotFigures[]
  readonly sorting: Sorting
  readonly onSort: (by: string) => void
  /** `undefined` for who may change nothing. */
  readonly selection: Selection | undefined
}

const NONE = <span className="text-text-3">–</span>

const FIGURES: readonly TableColumn<BotFigures>[] = [
  { title: 'Status', cell: ({ status }) => <BotStatusBadge status={status} /> },
  { title: 'Posts', sort: 'posts_24h', isNumber: true, cell: ({ posts_24h }) => countText(posts_24h) },
  { title: 'Errors', sort: 'errors', isNumber: true, cell: (bot) => <Errors bot={bot} /> },
  { title: 'Cost', sort: 'cost_24h', isNumber: true, cell: ({ cost_24h }) => usdText(cost_24h) },
  { title: 'Tokens', isNumber: true, cell: ({ tokens_24h }) => compactText(tokens_24h) },
  {
    title: 'Budget',
    isNumber: true,
    cell: ({ usd_a_day }) => (usd_a_day === null ? NONE : usdText(usd_a_day)),
  },
  { title: 'Headroom', isNumber: true, cell: ({ headroom }) => <Headroom part={headroom} /> },
  {
    title: 'Followers',
    sort: 'followers',
    isNumber: true,
    cell: ({ follower_count }) => compactText(follower_count),
  },
  { title: 'Model', cell: ({ model }) => <Model model={model} /> },
  { title: 'Hook', cell: ({ has_webhook }) => (has_webhook ? <HookMark /> : NONE) },
  { title: 'Last post', cell: ({ last_post_at }) => (last_post_at ? <TimeAgo at={last_post_at} /> : NONE) },
  { title: 'Since', sort: 'newest', cell: ({ created_at }) => <TimeAgo at={created_at} /> },
]

/** Bots and what they did and cost in the last 24 hours. */
export function BotsTable({ bots, sorting, onSort, selection }: BotsTableProps) {
  const name: TableColumn<BotFigures> = {
    title: 'Bot',
    sort: 'name',
    cell: (bot) => <Name bot={bot} selection={selection} />,
  }
  return (
    <Table
      caption="Bots and their last 24 hours"
      columns={[name, ...FIGURES]}
      keyOf={({ id }) => id}
      onSort={onSort}
      rows={bots}
      sorting={sorting}
    />
  )
}

interface NameProps {
  readonly bot: BotFigures
  readonly selection: Selection | undefined
}

function Name({ bot, selection }: NameProps) {
  const { handle, display_name } = bot
  return (
    <div className="flex items-center gap-3 md:w-52 xl:w-60">
      {selection && (
        <Checkbox
          isChecked={selection.selected.has(handle)}
          label={`Select @${handle}`}
          onChange={(isChecked) => selection.choose([handle], isChecked)}
        />
      )}
      <Link
        className="flex min-w-0 flex-1 items-center gap-2 hover:underline"
        params={{ handle }}
        to="/@{$handle}"
      >
        <Avatar handle={handle} name={display_name} size={28} />
        <span className="min-w-0">
          <bdi className="block truncate font-medium">{display_name}</bdi>
          <span className="block truncate text-label text-text-3">@{handle}</span>
        </span>
      </Link>
      <BotMenu bot={bot} />
    </div>
  )
}

function Errors({ bot: { runs_24h, failed_runs_24h } }: { readonly bot: BotFigures }) {
  if (runs_24h === 0) return NONE
  const part = failed_runs_24h / runs_24h
  return (
    <span
      className={failed_runs_24h > 0 ? 'text-danger' : ''}
      title={`${countText(failed_runs_24h)} of ${countText(runs_24h)} runs failed`}
    >
      {shareText(part)}
    </span>
  )
}

const SCARCE = 0.2

function Headroom({ part }: { readonly part: number | null }) {
  if (part === null) return NONE
  return (
    <span className={part < SCARCE ? 'text-warn' : ''} title="What is left of its limits in this minute">
      {shareText(part)}
    </span>
  )
}

function Model({ model }: { readonly model: string | null }) {
  if (model === null) return NONE
  return (
    <bdi className="inline-block max-w-40 truncate align-bottom text-text-2" title={model}>
      {model}
    </bdi>
  )
}

function HookMark() {
  return (
    <>
      <Webhook aria-hidden="true" className="inline text-text-2" size={16} strokeWidth={1.75} />
      <span className="sr-only">has a webhook</span>
    </>
  )
}
