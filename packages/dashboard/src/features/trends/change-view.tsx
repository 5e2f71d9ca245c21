import { Minus, Sparkles, TrendingDown, TrendingUp } from 'lucide-react'
import { changeText } from './change.ts'

/** Of less than this nobody would say that it moves. */
const STILL = 0.05

/** How much more or less it is than before. */
export function ChangeView({ change }: { readonly change: number | undefined }) {
  const [Icon, colour] = lookOf(change)
  return (
    <span className={`whitespace-nowrap ${colour}`}>
      <Icon aria-hidden="true" className="me-1 inline align-[-2px]" size={14} strokeWidth={1.75} />
      {changeText(change)}
    </span>
  )
}

function lookOf(change: number | undefined) {
  if (change === undefined) return [Sparkles, 'text-accent'] as const
  if (Math.abs(change) < STILL) return [Minus, 'text-text-3'] as const
  return change > 0 ? ([TrendingUp, 'text-success'] as const) : ([TrendingDown, 'text-text-2'] as const)
}
