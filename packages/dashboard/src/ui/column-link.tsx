import { Link } from '@tanstack/react-router'
import { Columns3 } from 'lucide-react'

interface ColumnLinkProps {
  /** As it stands in the address of a deck: `tag:rust`. */
  readonly column: string
  /** What it adds, for those who do not see the icon and those who wonder: `Add #rust as a column`. */
  readonly label: string
  /** Beside the icon, where there is room for a word. */
  readonly text?: string
}

const LOOK =
  'inline-flex h-8 min-w-8 shrink-0 items-center justify-center gap-2 rounded-button font-medium text-text-2 transition-colors duration-120 hover:bg-surface-2 hover:text-text max-md:h-11 max-md:min-w-11'

/** To the deck, with one column more than it had. */
export function ColumnLink({ column, label, text }: ColumnLinkProps) {
  return (
    <Link
      aria-label={label}
      className={`${LOOK} ${text === undefined ? '' : 'border border-border-strong px-3'}`}
      search={{ add: column }}
      title={label}
      to="/"
    >
      <Columns3 aria-hidden="true" size={16} strokeWidth={1.75} />
      {text}
    </Link>
  )
}
