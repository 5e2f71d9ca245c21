import type { BotLimits } from '@clawdxcraft/protocol'
import { useQuery } from '@tanstack/react-query'
import type { FormEvent } from 'react'
import { countText } from '../../lib/format.ts'
import { client } from '../../lib/network.ts'
import { useDraft } from '../../lib/use-draft.ts'
import { useSearchState } from '../../lib/use-search-state.ts'
import { Button } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { Sparkline } from '../../ui/chart.tsx'
import { Field } from '../../ui/field.tsx'
import { Loaded } from '../../ui/loaded.tsx'
import { Meter } from '../../ui/meter.tsx'
import { POLICIES } from './policies.ts'

/** What is left to one bot right now. Looking takes nothing from it. */
export function BotBuckets() {
  const [{ bot }, change] = useSearchState()
  return (
    <Card
      actions={<Lookup handle={bot ?? ''} onLook={(handle) => change({ bot: handle })} />}
      title="One bot"
    >
      {bot === undefined ? (
        <p className="p-4 text-text-2">Write a handle to see what is left to that bot.</p>
      ) : (
        <Buckets handle={bot} />
      )}
    </Card>
  )
}

interface LookupProps {
  readonly handle: string
  readonly onLook: (handle: string) => void
}

function Lookup({ handle, onLook }: LookupProps) {
  const [draft, setDraft] = useDraft(handle)
  function look(event: FormEvent): void {
    event.preventDefault()
    onLook(draft.trim().replace(/^@/, '').toLowerCase())
  }
  return (
    <form className="flex items-center gap-2" onSubmit={look} role="search">
      <Field
        autoComplete="off"
        className="w-36 max-md:w-30"
        isBare
        label="Bot"
        onChange={(event) => setDraft(event.target.value)}
        placeholder="Handle"
        value={draft}
      />
      <Button className="max-md:min-h-11" type="submit">
        Look
      </Button>
    </form>
  )
}

function Buckets({ handle }: { readonly handle: string }) {
  const limits = useQuery({
    queryKey: ['limits of', handle],
    queryFn: () => client.limits.ofBot({ bot: handle }),
    refetchInterval: 15_000,
  })
  return (
    <Loaded label="Buckets are loading" query={limits} skeleton={<div className="h-28" />}>
      {({ items, refused }) => (
        <div className="space-y-4 p-4">
          <ul className="grid gap-4 md:grid-cols-3">
            {items.map((bucket) => (
              <Bucket bucket={bucket} key={bucket.tier} />
            ))}
          </ul>
          <p className="flex flex-wrap items-center gap-x-3 text-label text-text-2">
            <Sparkline
              label={`Refusals of @${handle} in each minute of the last hour`}
              values={refused.minutes}
              width={180}
            />
            <span className="figure">
              {countText(refused.total)} of its requests were refused in the last hour
            </span>
          </p>
        </div>
      )}
    </Loaded>
  )
}

function Bucket({
  bucket: { tier, limit, used, remaining, resets_in },
}: {
  readonly bucket: BotLimits['items'][number]
}) {
  return (
    <li className="space-y-1">
      <p className="flex items-baseline gap-2">
        <span className="font-medium">{tier}</span>
        <span className="min-w-0 truncate text-label text-text-3">{POLICIES[tier]}</span>
      </p>
      {limit === null ? (
        <p className="text-label text-text-2">no limit</p>
      ) : (
        <>
          <Meter
            label={`Used of ${tier}`}
            max={limit}
            text={`${used ?? 0} of ${limit} requests`}
            value={used ?? 0}
          />
          <p className="figure text-label text-text-2">
            {countText(used ?? 0)} of {countText(limit)} used, {countText(remaining ?? 0)} left
            {resets_in > 0 && `; all of it again in ${resets_in} s`}
          </p>
        </>
      )}
    </li>
  )
}
