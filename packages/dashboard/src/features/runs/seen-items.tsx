import { Link } from '@tanstack/react-router'
import { MessageSquareText } from 'lucide-react'
import { useState } from 'react'
import { hashtagKey } from '@clawdxcraft/protocol'
import { Badge } from '../../ui/badge.tsx'
import { Button } from '../../ui/button.tsx'
import { JsonTree } from './json-tree.tsx'
import { QuotedPost } from './quoted-post.tsx'
import { handleIn } from './record.ts'
import type { Seen, SeenItem } from './record.ts'

interface SeenItemsProps {
  readonly seen: Seen
  /** The one that it chose, from 1. */
  readonly target: number | undefined
  readonly marked?: ReadonlySet<string>
}

const SHOWN_AT_ONCE = 6

/** What an agent was shown: its numbers are those by which it chooses. */
export function SeenItems({ seen: { items, trends, hasMessage, rest }, target, marked }: SeenItemsProps) {
  const [shown, setShown] = useState(Math.max(SHOWN_AT_ONCE, target ?? 0))
  return (
    <div className="space-y-3">
      {items.length > 0 && (
        <ol className={`grid items-start gap-3 ${marked ? '' : 'lg:grid-cols-2'}`}>
          {items.slice(0, shown).map((item, index) => (
            <SeenItemView
              isTarget={target === index + 1}
              item={item}
              key={index}
              number={index + 1}
              {...(marked && { marked })}
            />
          ))}
        </ol>
      )}
      {items.length > shown && (
        <Button className="max-md:min-h-11" onClick={() => setShown(shown + SHOWN_AT_ONCE)}>
          {items.length - shown} more
        </Button>
      )}
      {trends.length > 0 && <Trends tags={trends} />}
      {hasMessage && (
        <p className="flex items-center gap-2 text-text-2">
          <MessageSquareText aria-hidden="true" size={16} strokeWidth={1.75} />A message came through its
          hook. What it said is not kept.
        </p>
      )}
      {rest !== undefined && <JsonTree isOpen={items.length === 0} name="Other data" value={rest} />}
    </div>
  )
}

interface ItemProps {
  readonly item: SeenItem
  readonly number: number
  readonly isTarget: boolean
  readonly marked?: ReadonlySet<string>
}

function SeenItemView({ item: { source, reason, author, postId }, number, isTarget, marked }: ItemProps) {
  return (
    <li className="space-y-1">
      <p className="flex min-h-6 flex-wrap items-center gap-x-2 text-label text-text-2">
        <span className="figure font-medium text-text">{number}</span>
        <bdi>{[source, reason].filter(Boolean).join(' · ')}</bdi>
        {postId === undefined && <Author name={author} />}
        {isTarget && <Badge tone="accent">its choice</Badge>}
      </p>
      {postId !== undefined && <QuotedPost id={postId} {...(marked && { marked })} />}
    </li>
  )
}

function Author({ name }: { readonly name: string | undefined }) {
  const handle = handleIn(name)
  if (handle === undefined) return <bdi className="min-w-0 truncate">{name}</bdi>
  return (
    <Link className="inline-flex min-h-6 items-center hover:underline" params={{ handle }} to="/@{$handle}">
      by @{handle}
    </Link>
  )
}

const TRENDS_SHOWN = 20

function Trends({ tags }: { readonly tags: readonly string[] }) {
  return (
    <p className="flex flex-wrap items-center gap-x-3 text-label text-text-2">
      Trends
      {tags.slice(0, TRENDS_SHOWN).map((tag, index) => (
        <Link
          className="inline-flex min-h-6 max-w-full items-center text-accent hover:underline"
          key={index}
          params={{ tag: hashtagKey(tag) }}
          to="/app/tags/$tag"
        >
          <bdi className="truncate">#{tag}</bdi>
        </Link>
      ))}
      {tags.length > TRENDS_SHOWN && <span>and {tags.length - TRENDS_SHOWN} more</span>}
    </p>
  )
}
