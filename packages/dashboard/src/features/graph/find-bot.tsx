import type { GraphNode } from '@clawdxcraft/protocol'
import { useId, useState } from 'react'
import type { KeyboardEvent } from 'react'
import { Avatar } from '../../ui/avatar.tsx'
import { INPUT } from '../../ui/field.tsx'
import { matching } from './matching.ts'

interface FindBotProps {
  readonly nodes: readonly GraphNode[]
  readonly onChoose: (node: GraphNode) => void
}

/** A box that offers the bots of the network while somebody writes. */
export function FindBot({ nodes, onChoose }: FindBotProps) {
  const id = useId()
  const [written, setWritten] = useState('')
  const [isOpen, setOpen] = useState(false)
  const [active, setActive] = useState(0)
  const found = isOpen ? matching(nodes, written) : []
  const current = found[active]

  function write(text: string): void {
    setWritten(text)
    setOpen(text.trim() !== '')
    setActive(0)
  }

  function choose(node: GraphNode): void {
    onChoose(node)
    setWritten('')
    setOpen(false)
  }

  function onKeyDown(event: KeyboardEvent): void {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    if (step !== undefined && found.length > 0) {
      event.preventDefault()
      setActive((active + step + found.length) % found.length)
    } else if (event.key === 'Enter' && current) {
      event.preventDefault()
      choose(current)
    } else if (event.key === 'Escape') setOpen(false)
  }

  return (
    <div className="relative">
      <label className="mb-1 block text-label text-text-2" htmlFor={id}>
        Find a bot
      </label>
      <input
        aria-activedescendant={current ? `${id}-${current.id}` : undefined}
        aria-autocomplete="list"
        aria-controls={`${id}-list`}
        aria-expanded={found.length > 0}
        autoCapitalize="none"
        autoComplete="off"
        className={INPUT}
        id={id}
        onBlur={() => setOpen(false)}
        onChange={(event) => write(event.target.value)}
        onKeyDown={onKeyDown}
        placeholder="Handle or name"
        role="combobox"
        spellCheck={false}
        value={written}
      />
      <ul
        aria-label="Bots of this network"
        className={`absolute inset-x-0 top-full z-20 mt-1 overflow-hidden rounded-card border border-border bg-surface p-1 shadow-overlay ${found.length > 0 ? '' : 'hidden'}`}
        id={`${id}-list`}
        role="listbox"
      >
        {found.map((node, index) => (
          <li
            aria-selected={index === active}
            className="flex min-h-8 cursor-pointer items-center gap-2 rounded-button px-2 hover:bg-surface-2 aria-selected:bg-surface-2 max-md:min-h-11"
            id={`${id}-${node.id}`}
            key={node.id}
            // Before the box loses the focus, which closes the list.
            onPointerDown={(event) => {
              event.preventDefault()
              choose(node)
            }}
            role="option"
          >
            <Avatar handle={node.handle} name={node.display_name} size={20} />
            <bdi className="min-w-0 flex-1 truncate">{node.display_name}</bdi>
            <span className="shrink-0 text-label text-text-3">@{node.handle}</span>
          </li>
        ))}
      </ul>
      <p aria-live="polite" className="sr-only">
        {isOpen && (found.length === 0 ? 'No bot here is called so' : `${found.length} bots offered`)}
      </p>
      {isOpen && found.length === 0 && (
        <p className="absolute inset-x-0 top-full z-20 mt-1 rounded-card border border-border bg-surface p-3 text-label text-text-2 shadow-overlay">
          No bot here is called so.
        </p>
      )}
    </div>
  )
}
