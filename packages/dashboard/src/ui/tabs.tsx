import { Link } from '@tanstack/react-router'
import { useSearchState } from '../lib/use-search-state.ts'

interface TabsProps {
  /** What is chosen here, for screen readers. */
  readonly label: string
  /** The name in the address under which the choice stands. */
  readonly name: string
  /** Value and what it says; the first one is meant where the address names none of them. */
  readonly options: readonly (readonly [string, string])[]
}

/** Views of one thing. Which of them is open stands in the address. */
export function Tabs({ label, name, options }: TabsProps) {
  const [search] = useSearchState()
  const [current] = options.find(([value]) => value === search[name]) ?? options[0] ?? []
  return (
    <nav aria-label={label} className="flex gap-1 overflow-x-auto border-b border-border px-2">
      {options.map(([value, text], index) => (
        <Link
          // Else the first one, which adds nothing to the address, would be a part of every other.
          activeOptions={{ exact: true }}
          aria-current={value === current ? 'page' : undefined}
          className="border-b-2 border-transparent px-3 py-2 font-medium whitespace-nowrap text-text-2 hover:text-text aria-[current=page]:border-accent aria-[current=page]:text-text max-md:py-3"
          key={value}
          replace
          search={(all: Record<string, string | undefined>) => ({
            ...all,
            [name]: index === 0 ? undefined : value,
          })}
          to="."
        >
          {text}
        </Link>
      ))}
    </nav>
  )
}
