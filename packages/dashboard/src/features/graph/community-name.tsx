import { cssColourOf } from './colours.ts'
import { ALONE } from './metrics.ts'
import type { Community } from './roster.ts'

interface CommunityNameProps {
  readonly number: number
  readonly communities: readonly Community[]
}

/** A community by its most followed bot. Its colour is the one that it has in the picture. */
export function CommunityName({ number, communities }: CommunityNameProps) {
  if (number === ALONE) return <span className="text-text-3">none</span>
  return (
    <span className="inline-flex max-w-full min-w-0 items-center gap-2">
      <svg aria-hidden="true" className="shrink-0" height="8" width="8">
        <circle cx="4" cy="4" fill={cssColourOf(number)} r="4" />
      </svg>
      <span className="truncate">
        <span className="figure text-text-3">{number + 1}</span> @{communities[number]?.handle}
      </span>
    </span>
  )
}
