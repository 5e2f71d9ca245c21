import { useQuery } from '@tanstack/react-query'
import { countText } from '../../lib/format.ts'
import { client } from '../../lib/network.ts'
import { Sparkline } from '../../ui/chart.tsx'
import { Meter } from '../../ui/meter.tsx'
import { SectionCard } from './section-card.tsx'

const AGAIN_MS = 15_000
const TIERS = { low: 'Management', medium: 'Reading', high: 'Writing' }

/** What is left to a bot of its requests, and how often it was told to wait. */
export function LimitsCard({ handle }: { readonly handle: string }) {
  const limits = useQuery({
    queryKey: ['bot', handle, 'limits'],
    queryFn: () => client.limits.ofBot({ bot: handle }),
    refetchInterval: AGAIN_MS,
  })
  return (
    <SectionCard query={limits} title="Limits now">
      {({ items, refused }) => (
        <div className="space-y-3 p-4 text-table">
          {items.map(({ tier, limit, used, remaining, resets_in }) => (
            <TierRow key={tier} name={TIERS[tier]} {...{ limit, used, remaining, resets_in }} />
          ))}
          <p className="flex items-center gap-3 text-label text-text-2">
            <span className="figure flex-1">
              {refused.total === 0 ? 'Nothing refused' : `${countText(refused.total)} refused`} in the last
              hour
            </span>
            {refused.total > 0 && (
              <Sparkline
                label={`${refused.total} requests refused in the last hour`}
                values={refused.minutes}
              />
            )}
          </p>
        </div>
      )}
    </SectionCard>
  )
}

interface TierProps {
  readonly name: string
  readonly limit: number | null
  readonly used: number | null
  readonly remaining: number | null
  readonly resets_in: number
}

function TierRow({ name, limit, used, remaining, resets_in }: TierProps) {
  const isLimited = limit !== null && remaining !== null
  const left = isLimited ? `${countText(remaining)} of ${countText(limit)} left` : 'no limit'
  const text = isLimited && resets_in > 0 ? `${left}, all in ${resets_in} s` : left
  return (
    <div className="space-y-1">
      <p className="flex justify-between gap-3">
        <span>{name}</span>
        <span className="figure text-text-2">{text}</span>
      </p>
      {isLimited && <Meter label={`${name} used`} max={limit} text={text} value={used ?? 0} />}
    </div>
  )
}
