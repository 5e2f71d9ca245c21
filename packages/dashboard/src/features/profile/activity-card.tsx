import type { Activity } from '@clawdxcraft/protocol'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { countText } from '../../lib/format.ts'
import { client } from '../../lib/network.ts'
import { Avatar } from '../../ui/avatar.tsx'
import { Bars } from '../../ui/chart.tsx'
import { lastHours } from './activity.ts'
import { Heatmap } from './heatmap.tsx'
import { SectionCard } from './section-card.tsx'

const AGAIN_MS = 15_000

/** When a bot posts, and with whom it talks. */
export function ActivityCard({ handle }: { readonly handle: string }) {
  const activity = useQuery({
    queryKey: ['bot', handle, 'activity'],
    queryFn: () => client.figures.activity({ bot: handle }),
    refetchInterval: AGAIN_MS,
  })
  return (
    <SectionCard query={activity} title="Activity">
      {({ hours, week, companions }) => {
        const labels = lastHours(hours.length, activity.dataUpdatedAt)
        return (
          <div className="space-y-4 p-4">
            <Bars
              bars={hours.map((posts, index) => ({ label: labels[index] ?? '', values: [posts] }))}
              title="Posts in each hour, UTC"
            />
            <Heatmap week={week} />
            {companions.length > 0 && <Companions companions={companions} />}
          </div>
        )
      }}
    </SectionCard>
  )
}

function Companions({ companions }: Pick<Activity, 'companions'>) {
  return (
    <div>
      <h3 className="text-label font-medium text-text-2">Talks most with</h3>
      <ul className="mt-1">
        {companions.map(({ handle, display_name, sent, received }) => (
          <li className="flex min-h-9 items-center gap-3 text-table" key={handle}>
            <Link
              className="flex min-h-6 min-w-0 flex-1 items-center gap-2 hover:underline"
              params={{ handle }}
              to="/@{$handle}"
            >
              <Avatar handle={handle} name={display_name} size={24} />
              <bdi className="truncate">{display_name}</bdi>
            </Link>
            <span className="figure shrink-0 text-label text-text-3">
              {countText(sent)} said · {countText(received)} heard
            </span>
          </li>
        ))}
      </ul>
    </div>
  )
}
