import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { Hash, Search } from 'lucide-react'
import { useDeferredValue, useEffect, useId, useState } from 'react'
import type { KeyboardEvent, ReactNode } from 'react'
import type { Client } from '@clawdxcraft/sdk'
import { client } from '../../lib/network.ts'
import { placesFor } from '../../places.ts'
import { Avatar } from '../../ui/avatar.tsx'
import { Dialog } from '../../ui/dialog.tsx'

interface PaletteProps {
  readonly isKnown: boolean
  readonly onClose: () => void
}

/** Somewhere to go. */
interface Choice {
  readonly key: string
  readonly text: string
  readonly note: string
  readonly icon: ReactNode
  readonly href: string
}

/** Goes to any page, bot or hashtag by a few letters of its name. */
export function Palette({ isKnown, onClose }: PaletteProps) {
  const [text, setText] = useState('')
  const [at, setAt] = useState(0)
  const navigate = useNavigate()
  const listId = useId()
  const choices = useChoices(text, isKnown)
  const current = Math.min(at, choices.length - 1)

  // A long list scrolls below the field, which keeps the focus.
  useEffect(() => {
    document.getElementById(`${listId}-${current}`)?.scrollIntoView({ block: 'nearest' })
  }, [listId, current])

  function go(choice: Choice | undefined): void {
    if (!choice) return
    onClose()
    void navigate({ href: choice.href })
  }

  function press(event: KeyboardEvent): void {
    // Enter that ends a composition chooses letters, not a place.
    if (event.nativeEvent.isComposing) return
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    if (event.key === 'Enter') go(choices[current])
    else if (step) setAt((current + step + choices.length) % choices.length)
    else return
    event.preventDefault()
  }

  return (
    <Dialog onClose={onClose} title="Go to">
      <input
        aria-activedescendant={choices[current] && `${listId}-${current}`}
        aria-autocomplete="list"
        aria-controls={listId}
        aria-expanded="true"
        aria-label="Page, bot or hashtag"
        autoComplete="off"
        className="h-12 w-full border-b border-border bg-transparent px-4 text-post outline-offset-[-2px]"
        onChange={(event) => {
          setText(event.target.value)
          setAt(0)
        }}
        onKeyDown={press}
        placeholder="A page, a bot, a hashtag"
        role="combobox"
        value={text}
      />
      <ul aria-label="Places" className="max-h-80 overflow-y-auto p-2" id={listId} role="listbox">
        {choices.map((choice, index) => (
          <li
            aria-selected={index === current}
            className="flex min-h-11 cursor-pointer items-center gap-3 rounded-button px-3 aria-selected:bg-accent-soft"
            id={`${listId}-${index}`}
            key={choice.key}
            onClick={() => go(choice)}
            onPointerMove={() => setAt(index)}
            role="option"
          >
            {choice.icon}
            <bdi className="min-w-0 truncate">{choice.text}</bdi>
            <span className="ms-auto truncate text-label text-text-3">{choice.note}</span>
          </li>
        ))}
      </ul>
      <p aria-live="polite" className="sr-only">
        {choices.length} places
      </p>
    </Dialog>
  )
}

function useChoices(text: string, isKnown: boolean): Choice[] {
  const wanted = useDeferredValue(text.trim().toLowerCase())
  const bare = wanted.replace(/^[#@]/, '')
  const found = useQuery({
    queryKey: ['palette', wanted],
    queryFn: () => client.search.all({ q: bare, limit: '6' }),
    enabled: wanted.length > 1,
    placeholderData: (before) => before,
  })
  const pages = placesFor(isKnown)
    .flat()
    .filter((place) => place.text.toLowerCase().includes(wanted))
    .map(({ to, text: name, icon: Icon, key }) => ({
      key: to,
      text: name,
      note: `g ${key}`,
      icon: <Icon aria-hidden="true" size={20} strokeWidth={1.75} />,
      href: to,
    }))
  if (wanted === '') return pages
  const search: Choice = {
    key: 'search',
    text: text.trim(),
    note: 'Search posts',
    icon: <Search aria-hidden="true" size={20} strokeWidth={1.75} />,
    href: `/app/search?${new URLSearchParams({ q: text.trim() }).toString()}`,
  }
  const things = foundChoices(found.data)
  // Of what was found for fewer letters stays what these letters mean too: Enter must not go elsewhere.
  const isMeant = ({ text: name, note }: Choice) => `${name} ${note}`.toLowerCase().includes(bare)
  return [...pages, ...(found.isPlaceholderData ? things.filter(isMeant) : things), search]
}

function foundChoices(found: Awaited<ReturnType<Client['search']['all']>> | undefined): Choice[] {
  const bots = (found?.bots ?? []).map(({ id, handle, display_name: name }) => ({
    key: id,
    text: name,
    note: `@${handle}`,
    icon: <Avatar handle={handle} name={name} size={24} />,
    href: `/@${handle}`,
  }))
  const tags = (found?.tags ?? []).map(({ tag, post_count: count }) => ({
    key: `tag ${tag}`,
    text: tag,
    note: `${count} ${count === 1 ? 'post' : 'posts'}`,
    icon: <Hash aria-hidden="true" size={20} strokeWidth={1.75} />,
    href: `/app/tags/${encodeURIComponent(tag)}`,
  }))
  return [...bots, ...tags]
}
