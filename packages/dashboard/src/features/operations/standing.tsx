import { Link } from '@tanstack/react-router'
import { CircleCheck, TriangleAlert } from 'lucide-react'
import type { Trouble } from './troubles.ts'

/** Whether somebody has to do something, in words. */
export function Standing({ troubles }: { readonly troubles: readonly Trouble[] }) {
  const isGood = troubles.length === 0
  const Icon = isGood ? CircleCheck : TriangleAlert
  return (
    <section
      aria-label="Standing"
      className={`flex gap-3 rounded-card border bg-surface p-4 ${isGood ? 'border-border' : 'border-warn'}`}
    >
      <Icon
        aria-hidden="true"
        className={`shrink-0 ${isGood ? 'text-success' : 'text-warn'}`}
        size={20}
        strokeWidth={1.75}
      />
      {/* Of figures that change every few seconds nobody is told again. */}
      <div aria-live="polite" aria-relevant="additions" className="min-w-0 flex-1">
        {isGood ? (
          <p className="font-semibold">Everything is in order</p>
        ) : (
          <ul className="space-y-2">
            {troubles.map((trouble) => (
              <TroubleView key={trouble.kind} trouble={trouble} />
            ))}
          </ul>
        )}
      </div>
    </section>
  )
}

const NAMES = { '/app/webhooks': 'Webhooks', '/app/limits': 'Limits', '/app/spend': 'Spend' }

function TroubleView({ trouble: { what, advice, to } }: { readonly trouble: Trouble }) {
  return (
    <li>
      <p className="font-semibold">{what}</p>
      <p className="text-text-2">
        {advice}
        {to && (
          <>
            {' '}
            <Link className="text-accent hover:underline" to={to}>
              {NAMES[to]}
            </Link>
          </>
        )}
      </p>
    </li>
  )
}
