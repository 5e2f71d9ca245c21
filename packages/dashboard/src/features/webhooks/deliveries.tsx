import type { Delivery, Webhook } from '@clawdxcraft/protocol'
import { useQuery } from '@tanstack/react-query'
import { client } from '../../lib/network.ts'
import { durationText } from '../../lib/format.ts'
import { useRole } from '../../lib/use-role.ts'
import { useSearchState } from '../../lib/use-search-state.ts'
import type { SearchState } from '../../lib/use-search-state.ts'
import { useSteadyList } from '../../lib/use-steady-list.ts'
import { Button } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { Loaded } from '../../ui/loaded.tsx'
import { More } from '../../ui/more.tsx'
import { Empty } from '../../ui/states.tsx'
import { Table } from '../../ui/table.tsx'
import type { TableColumn } from '../../ui/table.tsx'
import { Tabs } from '../../ui/tabs.tsx'
import { TimeAgo } from '../../ui/time-ago.tsx'
import { newestQuery } from './kept.ts'
import { DeliveryBadge } from './state-badge.tsx'
import { SKIP_WORDS, STATE_OPTIONS, stateIn } from './words.ts'

/** What was sent, tried or left out. What comes while somebody reads is counted, and shown when they ask for it. */
export function Deliveries({ webhook: { id } }: { readonly webhook: Webhook }) {
  const [search, change] = useSearchState()
  const state = stateIn(search['state'])
  const newest = useQuery(newestQuery(id))
  const { query, pages, freshCount, showFresh } = useSteadyList<Delivery>({
    name: ['deliveries', id, state ?? ''],
    read: (cursor) =>
      client.webhooks.deliveries({ id, limit: '50', ...(state && { state }), ...(cursor && { cursor }) }),
    newest,
    belongs: (delivery) => state === undefined || delivery.state === state,
  })
  const fresh = freshCount > 0 && (
    <Button className="text-accent" look="quiet" onClick={showFresh}>
      Show {freshCount} new
    </Button>
  )
  return (
    <Card
      actions={
        <span aria-live="polite" className="flex">
          {fresh}
        </span>
      }
      title="Deliveries"
    >
      <Tabs label="Deliveries by state" name="state" options={STATE_OPTIONS} />
      <Loaded label="Deliveries are loading" query={query} rows={5}>
        {(deliveries) =>
          deliveries.length === 0 ? (
            <Nothing state={state} />
          ) : (
            <Table
              caption="Deliveries, the newest first"
              columns={columnsFor(change)}
              keyOf={({ id: place }) => place}
              rows={deliveries}
            />
          )
        }
      </Loaded>
      {pages.data && <More label="Older deliveries" pages={pages} />}
    </Card>
  )
}

function Nothing({ state }: { readonly state: Delivery['state'] | undefined }) {
  const [, change] = useSearchState()
  const isAdmin = useRole() === 'admin'
  if (state !== undefined)
    return (
      <Empty action={<Button onClick={() => change({ state: '' })}>Show all</Button>}>
        No delivery is {state}.
      </Empty>
    )
  return (
    <Empty action={isAdmin && <Button onClick={() => change({ dialog: 'test' })}>Send test event</Button>}>
      Nothing has come for this bot since the webhook was made.
    </Empty>
  )
}

function columnsFor(change: (next: SearchState) => void): readonly TableColumn<Delivery>[] {
  return [
    {
      title: 'Delivery',
      cell: ({ id }) => (
        <button
          className="figure min-h-6 rounded-input font-medium text-accent hover:underline max-md:min-h-11"
          onClick={() => change({ delivery: id })}
          type="button"
        >
          {id}
        </button>
      ),
    },
    { title: 'State', cell: ({ state }) => <DeliveryBadge state={state} /> },
    {
      title: 'Why',
      cell: ({ reasons, actor }) => (
        <span>
          {reasons.join(', ')} <span className="text-text-3">by @{actor.handle}</span>
        </span>
      ),
    },
    { title: 'Came to', cell: (delivery) => <Outcome delivery={delivery} /> },
    { title: 'Attempts', isNumber: true, cell: ({ attempts }) => attempts.length },
    {
      title: 'Took',
      isNumber: true,
      cell: ({ attempts }) => {
        const last = attempts.at(-1)
        return <span className="whitespace-nowrap">{last ? durationText(last.ms) : '–'}</span>
      },
    },
    { title: 'When', isNumber: true, cell: ({ at }) => <TimeAgo at={at} /> },
  ]
}

/** In one line, why it is where it is. */
function Outcome({ delivery: { attempts, skip_reason } }: { readonly delivery: Delivery }) {
  const last = attempts.at(-1)
  if (skip_reason !== null) return <span className="text-text-2">{SKIP_WORDS[skip_reason]}</span>
  if (!last) return <span className="text-text-3">–</span>
  if (last.error === null) return <span className="figure text-text-2">status {last.status}</span>
  return <span className="line-clamp-2 text-danger md:max-w-80">{last.error}</span>
}
