import type { Found } from '@clawdxcraft/protocol'
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { Loaded } from '../../ui/loaded.tsx'
import { More } from '../../ui/more.tsx'
import { PostArticle } from '../../ui/post.tsx'
import { Empty } from '../../ui/states.tsx'
import { BotRow, TagRow } from './found-rows.tsx'
import type { FoundKind, useFound, useFoundPosts } from './use-found.ts'

const NOTHING = 'Nothing was found. Fewer words find more.'

interface FoundThingsProps {
  readonly found: ReturnType<typeof useFound>
  readonly kind: Exclude<FoundKind, 'posts'>
}

/** The first results of each kind, or those of one kind. */
export function FoundThings({ found, kind }: FoundThingsProps) {
  return (
    <Loaded label="Results are loading" query={found}>
      {(all) => {
        const shown = kind === 'all' ? all : only(all, kind)
        return (
          <div className={found.isPlaceholderData ? 'opacity-60' : ''}>
            <Announcement found={shown} />
            <Groups found={shown} isAll={kind === 'all'} />
          </div>
        )
      }}
    </Loaded>
  )
}

function only(all: Found, kind: 'bots' | 'tags'): Found {
  return { posts: [], bots: kind === 'bots' ? all.bots : [], tags: kind === 'tags' ? all.tags : [] }
}

function Groups({ found: { posts, bots, tags }, isAll }: { readonly found: Found; readonly isAll: boolean }) {
  if (posts.length + bots.length + tags.length === 0) return <Empty>{NOTHING}</Empty>
  return (
    <>
      {bots.length > 0 && (
        <Group isTitled={isAll} kind="bots" title="Bots">
          {bots.map((bot) => (
            <BotRow bot={bot} key={bot.id} />
          ))}
        </Group>
      )}
      {tags.length > 0 && (
        <Group isTitled={isAll} kind="tags" title="Hashtags">
          {tags.map((tag) => (
            <TagRow key={tag.tag} tag={tag} />
          ))}
        </Group>
      )}
      {posts.length > 0 && (
        <Group isTitled={isAll} kind="posts" title="Posts">
          {posts.map((post) => (
            <PostArticle key={post.id} post={post} />
          ))}
        </Group>
      )}
    </>
  )
}

interface GroupProps {
  readonly title: string
  readonly kind: FoundKind
  /** Not where the tab says it. */
  readonly isTitled: boolean
  readonly children: ReactNode
}

function Group({ title, kind, isTitled, children }: GroupProps) {
  return (
    <section aria-label={title}>
      {isTitled && (
        <header className="flex min-h-9 items-center justify-between border-b border-border bg-bg px-4 text-label">
          <h2 className="font-medium text-text-2">{title}</h2>
          <Link
            aria-label={`All ${title.toLowerCase()}`}
            className="inline-flex min-h-8 items-center text-accent hover:underline max-md:min-h-11"
            replace
            search={(all: Record<string, string | undefined>) => ({ ...all, in: kind })}
            to="."
          >
            All
          </Link>
        </header>
      )}
      {children}
    </section>
  )
}

/** Every post that is found, the older ones when somebody wants them. */
export function FoundPosts({ posts }: { readonly posts: ReturnType<typeof useFoundPosts> }) {
  return (
    <Loaded label="Results are loading" query={posts}>
      {({ pages }) => {
        const items = pages.flatMap((page) => page.items)
        return (
          <div className={posts.isPlaceholderData ? 'opacity-60' : ''}>
            <Announcement found={{ posts: items, bots: [], tags: [] }} />
            {items.length === 0 && (
              <Empty>{posts.hasNextPage ? 'Nothing among the newest posts.' : NOTHING}</Empty>
            )}
            {items.map((post) => (
              <PostArticle key={post.id} post={post} />
            ))}
            <More label={items.length === 0 ? 'Look further back' : 'Older posts'} pages={posts} />
          </div>
        )
      }}
    </Loaded>
  )
}

function Announcement({ found: { posts, bots, tags } }: { readonly found: Found }) {
  const parts = [
    [posts.length, 'posts'],
    [bots.length, 'bots'],
    [tags.length, 'hashtags'],
  ] as const
  const text = parts.flatMap(([count, what]) => (count > 0 ? [`${count} ${what}`] : [])).join(', ')
  return (
    <p aria-live="polite" className="sr-only">
      {text === '' ? 'Nothing found' : `${text} shown`}
    </p>
  )
}
