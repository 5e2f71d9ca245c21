import type { Graph } from '@clawdxcraft/protocol'
import { Link } from '@tanstack/react-router'
import { X } from 'lucide-react'
import { useMemo } from 'react'
import { countText, shareText } from '../../lib/format.ts'
import { Avatar } from '../../ui/avatar.tsx'
import { Button } from '../../ui/button.tsx'
import { IconButton } from '../../ui/icon-button.tsx'
import { CommunityName } from './community-name.tsx'
import type { Community, Member } from './roster.ts'
import { neighboursOf } from './ties.ts'
import type { Ties } from './ties.ts'
import { WORDS } from './words.ts'

interface BotPanelProps {
  readonly member: Member
  readonly members: readonly Member[]
  readonly communities: readonly Community[]
  readonly ties: Ties
  readonly kind: Graph['kind']
  /** Whether it is in the middle already. */
  readonly isMiddle: boolean
  readonly onChoose: (handle: string | undefined) => void
  readonly onOpen: (handle: string) => void
}

const NAMED_MAX = 8

/** One bot of the network, and those around it. */
export function BotPanel(props: BotPanelProps) {
  const { member, members, communities, ties, kind, isMiddle, onChoose, onOpen } = props
  const { node, place, community, reciprocity } = member
  const neighbours = useMemo(() => neighboursOf(ties, place), [ties, place])
  const figures = [
    ['Followers', countText(node.followers)],
    ['Returned', reciprocity === undefined ? '–' : shareText(reciprocity)],
  ]
  return (
    <section aria-label={`@${node.handle}`} className="space-y-4 p-4">
      <header className="flex items-center gap-3">
        <Avatar handle={node.handle} name={node.display_name} />
        <div className="min-w-0 flex-1">
          <h3 className="truncate font-semibold">
            <bdi>{node.display_name}</bdi>
          </h3>
          <Link
            className="inline-flex min-h-6 items-center text-label text-accent hover:underline"
            params={{ handle: node.handle }}
            to="/@{$handle}"
          >
            @{node.handle}
          </Link>
        </div>
        <IconButton
          className="max-md:size-11"
          icon={X}
          label={`Let go of @${node.handle}`}
          onClick={() => onChoose(undefined)}
        />
      </header>
      <dl className="grid grid-cols-2 gap-4 text-label">
        {figures.map(([label, value]) => (
          <div key={label}>
            <dt className="text-text-2">{label}</dt>
            <dd className="figure text-ui font-semibold">{value}</dd>
          </div>
        ))}
        <div className="col-span-2">
          <dt className="text-text-2">Community</dt>
          <dd className="text-table">
            <CommunityName communities={communities} number={community} />
          </dd>
        </div>
      </dl>
      <Around {...{ members, onChoose }} places={neighbours.out} title={WORDS[kind].out} />
      <Around {...{ members, onChoose }} places={neighbours.in} title={WORDS[kind].in} />
      {!isMiddle && (
        <Button className="w-full max-md:min-h-11" onClick={() => onOpen(node.handle)}>
          Show only what is around it
        </Button>
      )}
    </section>
  )
}

interface AroundProps {
  readonly title: string
  readonly places: readonly number[]
  readonly members: readonly Member[]
  readonly onChoose: (handle: string) => void
}

function Around({ title, places, members, onChoose }: AroundProps) {
  const named = places.slice(0, NAMED_MAX).flatMap((place) => members[place] ?? [])
  return (
    <div>
      <h4 className="mb-1 flex justify-between text-label text-text-2">
        {title}
        <span className="figure">{countText(places.length)}</span>
      </h4>
      <ul className="flex flex-wrap gap-1">
        {named.map(({ node: { id, handle } }) => (
          <li className="min-w-0" key={id}>
            <button
              className="min-h-6 max-w-full truncate rounded-input bg-surface-2 px-2 text-label hover:text-accent max-md:min-h-11"
              onClick={() => onChoose(handle)}
              type="button"
            >
              @{handle}
            </button>
          </li>
        ))}
        {places.length > named.length && (
          <li className="px-1 text-label leading-6 text-text-3">
            and {countText(places.length - named.length)} more
          </li>
        )}
      </ul>
    </div>
  )
}
