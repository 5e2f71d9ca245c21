import { useState } from 'react'
import { Button } from '../../ui/button.tsx'

interface JsonTreeProps {
  readonly value: unknown
  /** What it is, or under which name it stands. */
  readonly name: string
  readonly isOpen?: boolean
}

const SHOWN_AT_ONCE = 50

/** Any JSON, to be unfolded. What is folded is not rendered: a record may hold thousands of values. */
export function JsonTree({ value, name, isOpen = false }: JsonTreeProps) {
  const entries = entriesOf(value)
  if (!entries) {
    return (
      <p className="min-h-6 py-0.5 ps-4 font-mono text-label break-words">
        <bdi className="text-text-3">{name}</bdi>: <bdi>{JSON.stringify(value)}</bdi>
      </p>
    )
  }
  return <Branch entries={entries} isArray={Array.isArray(value)} isOpen={isOpen} name={name} />
}

type Entries = readonly (readonly [string, unknown])[]

interface BranchProps {
  readonly name: string
  readonly entries: Entries
  readonly isArray: boolean
  readonly isOpen: boolean
}

function Branch({ name, entries, isArray, isOpen }: BranchProps) {
  const [isUnfolded, setUnfolded] = useState(isOpen)
  const [shown, setShown] = useState(SHOWN_AT_ONCE)
  return (
    <details onToggle={(event) => setUnfolded(event.currentTarget.open)} open={isUnfolded}>
      <summary className="min-h-6 cursor-pointer py-0.5 font-mono text-label max-md:min-h-11 max-md:py-3">
        <bdi className="text-text-2">{name}</bdi>{' '}
        <span className="text-text-3">{isArray ? `[${entries.length}]` : `{${entries.length}}`}</span>
      </summary>
      {isUnfolded && (
        <div className="ms-1 border-s border-border ps-3">
          {entries.slice(0, shown).map(([key, value], index) => (
            <JsonTree key={index} name={key} value={value} />
          ))}
          {entries.length > shown && (
            <Button look="quiet" onClick={() => setShown(shown + SHOWN_AT_ONCE)}>
              {entries.length - shown} more
            </Button>
          )}
        </div>
      )}
    </details>
  )
}

function entriesOf(value: unknown): Entries | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  return Object.entries(value)
}
