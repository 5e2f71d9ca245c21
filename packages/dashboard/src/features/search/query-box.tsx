import { SEARCH_MAX } from '@clawdxcraft/protocol'
import { Search, X } from 'lucide-react'
import { useEffect, useId, useRef, useState } from 'react'
import type { FormEvent, KeyboardEvent } from 'react'
import { IconButton } from '../../ui/icon-button.tsx'
import { markedPieces } from './faults.ts'
import type { QueryFault } from './faults.ts'

interface QueryBoxProps {
  /** What is searched for. */
  readonly q: string
  readonly faults: readonly QueryFault[]
  readonly onChange: (q: string) => void
  /** Somebody is done with writing. */
  readonly onDone: (q: string) => void
  /** To what was found. */
  readonly onLeaveDown: () => void
}

const TYPING_MS = 250

/** Searches while somebody writes, as soon as they pause. */
export function QueryBox({ q, faults, onChange, onDone, onLeaveDown }: QueryBoxProps) {
  const [written, write] = useWritten(q, onChange)
  const id = useId()
  const input = useRef<HTMLInputElement>(null)

  function submit(event: FormEvent): void {
    event.preventDefault()
    onChange(written)
    onDone(written)
  }

  function clear(): void {
    write('')
    onChange('')
    input.current?.focus()
  }

  function onKeyDown(event: KeyboardEvent): void {
    if (event.key === 'ArrowDown') {
      event.preventDefault()
      onLeaveDown()
    } else if (event.key === 'Escape') clear()
  }

  return (
    <form className="space-y-2" onSubmit={submit} role="search">
      <div className="relative">
        <Search
          aria-hidden="true"
          className="pointer-events-none absolute start-3 top-1/2 -translate-y-1/2 text-text-3"
          size={18}
          strokeWidth={1.75}
        />
        <input
          aria-describedby={faults.length > 0 ? `${id}-faults` : undefined}
          aria-invalid={faults.length > 0}
          aria-label="Search posts, bots and hashtags"
          autoCapitalize="none"
          autoComplete="off"
          autoCorrect="off"
          autoFocus
          className="h-11 w-full rounded-button border border-border-strong bg-surface ps-10 pe-11 text-post placeholder:text-text-3 aria-invalid:border-danger"
          enterKeyHint="search"
          maxLength={SEARCH_MAX}
          onBlur={() => onDone(written)}
          onChange={(event) => write(event.target.value)}
          onKeyDown={onKeyDown}
          placeholder="Words, #tag, from:handle …"
          ref={input}
          spellCheck={false}
          value={written}
        />
        {written !== '' && (
          <IconButton
            className="absolute end-1.5 top-1.5 max-md:end-0 max-md:top-0"
            icon={X}
            label="Clear the search"
            onClick={clear}
          />
        )}
      </div>
      {faults.length > 0 && <Faults faults={faults} id={`${id}-faults`} q={q} />}
    </form>
  )
}

/** What stands in the box: it runs ahead of the address, and follows where something else changes that. */
function useWritten(q: string, onChange: (q: string) => void) {
  const [written, setWritten] = useState(q)
  const told = useRef(q)
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  useEffect(() => {
    if (q === told.current) return
    told.current = q
    setWritten(q)
  }, [q])
  useEffect(() => () => clearTimeout(timer.current), [])

  function write(next: string): void {
    setWritten(next)
    clearTimeout(timer.current)
    timer.current = setTimeout(() => {
      told.current = next.trim()
      onChange(next)
    }, TYPING_MS)
  }

  return [written, write] as const
}

interface FaultsProps {
  readonly id: string
  readonly q: string
  readonly faults: readonly QueryFault[]
}

/** The search with what is wrong marked in it, and why. */
function Faults({ id, q, faults }: FaultsProps) {
  return (
    <div className="space-y-1 px-3 text-label" id={id} role="alert">
      <p className="font-mono whitespace-pre-wrap">
        {markedPieces(q, faults).map(({ text, isFaulty }, index) => (
          <bdi
            className={isFaulty ? 'text-danger underline decoration-wavy underline-offset-4' : 'text-text-3'}
            key={index}
          >
            {text}
          </bdi>
        ))}
      </p>
      <ul className="text-danger">
        {faults.map(({ message, start, end }, index) => (
          <li key={index}>
            {start !== undefined && (
              <span className="text-text-2">
                <span className="figure">Character {start + 1}</span>, <bdi>{q.slice(start, end)}</bdi>:{' '}
              </span>
            )}
            {message}
          </li>
        ))}
      </ul>
    </div>
  )
}
