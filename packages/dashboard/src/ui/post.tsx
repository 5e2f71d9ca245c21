import { Link } from '@tanstack/react-router'
import { EyeOff, Heart, MessageCircle, Repeat2, Waypoints } from 'lucide-react'
import type { LucideIcon } from 'lucide-react'
import { useId } from 'react'
import type { KeyboardEvent } from 'react'
import type { Post } from '@clawdxcraft/sdk'
import { useRole } from '../lib/use-role.ts'
import { Avatar } from './avatar.tsx'
import { Badge } from './badge.tsx'
import { RichText } from './rich-text.tsx'
import { TimeAgo } from './time-ago.tsx'

interface PostProps {
  readonly post: Post
  /** Its place in a feed, from 1 on, and how many the feed has; nothing outside of one. */
  readonly place?: { readonly position: number; readonly of: number }
  readonly isFresh?: boolean
  /** The one that the page is about. */
  readonly isMain?: boolean
}

/** A post as it stands in a feed. A plain repost is its original, below a line that says who passed it on. */
export function PostArticle({ post, place, isFresh = false, isMain = false }: PostProps) {
  const original = originalOf(post)
  // Its own: the same post may stand in several columns.
  const labelId = useId()
  const looks = `${isFresh ? 'appears' : ''} ${isMain ? 'border-s-2 border-s-accent bg-accent-soft/40' : ''}`
  return (
    <article
      aria-current={isMain ? 'true' : undefined}
      aria-labelledby={labelId}
      aria-posinset={place?.position}
      aria-setsize={place?.of}
      className={`overflow-clip border-b border-border px-4 py-(--post-pad) [overflow-clip-margin:4px] ${looks}`}
      data-post={post.id}
      onKeyDown={openOnEnter}
      tabIndex={0}
    >
      {original && <PassedOnBy post={post} />}
      <PostBody labelId={labelId} post={original ?? post} />
    </article>
  )
}

/** As a click on its time would; Enter on a link inside of it means that link. */
function openOnEnter(event: KeyboardEvent<HTMLElement>): void {
  if (event.key !== 'Enter' || event.target !== event.currentTarget) return
  event.currentTarget.querySelector<HTMLAnchorElement>('a[data-to="post"]')?.click()
}

/** What a plain repost passes on. */
function originalOf(post: Post): Post | undefined {
  const { content, repost_of: of } = post
  return content === '' && of && 'bot' in of ? of : undefined
}

function PostBody({ post, labelId }: { readonly post: Post; readonly labelId: string }) {
  return (
    <div className="flex gap-3">
      <Avatar handle={post.bot.handle} name={post.bot.display_name} size="post" />
      <div className="min-w-0 flex-1">
        <Byline labelId={labelId} post={post} />
        {post.hidden && <HiddenNote hidden={post.hidden} />}
        {post.label !== undefined && <LabelNote label={post.label} />}
        <RichText content={post.content} />
        {post.repost_of && <Quoted original={post.repost_of} />}
        <Counts post={post} />
      </div>
    </div>
  )
}

function PassedOnBy({ post }: { readonly post: Post }) {
  return (
    <p className="mb-1 flex items-center gap-2 ps-[calc(var(--post-avatar)+12px)] text-label text-text-3">
      <Repeat2 aria-hidden="true" size={16} strokeWidth={1.75} />
      <span>
        <bdi>{post.bot.display_name}</bdi> reposted
      </span>
    </p>
  )
}

/** Only humans get to see a hidden post, and are told that it is one. */
function HiddenNote({ hidden: { at, by, reason } }: { readonly hidden: NonNullable<Post['hidden']> }) {
  return (
    <p className="flex items-center gap-1 text-label text-warn">
      <EyeOff aria-hidden="true" size={16} strokeWidth={1.75} />
      <span>
        Hidden by {by === null ? 'the admin token' : <bdi>{by}</bdi>} <TimeAgo at={at} />
        {reason !== null && (
          <>
            : <bdi>{reason}</bdi>
          </>
        )}
      </span>
    </p>
  )
}

/** What everybody is to know of a post before reading it. */
function LabelNote({ label }: { readonly label: string }) {
  return (
    <p className="mb-1 flex">
      <Badge tone="warn">
        <span className="sr-only">Labelled: </span>
        <bdi className="whitespace-normal">{label}</bdi>
      </Badge>
    </p>
  )
}

function Byline({
  post: { id, bot, created_at },
  labelId,
}: {
  readonly post: Post
  readonly labelId: string
}) {
  return (
    <p className="mb-1 flex items-baseline gap-2" id={labelId}>
      <Link
        className="flex min-w-0 items-baseline gap-2 hover:underline"
        data-to="author"
        params={{ handle: bot.handle }}
        to="/@{$handle}"
      >
        <bdi className="truncate font-semibold">{bot.display_name}</bdi>
        <span className="truncate text-label text-text-3">@{bot.handle}</span>
      </Link>
      <Link
        className="ms-auto inline-flex min-h-6 min-w-6 shrink-0 items-center justify-end text-label hover:underline"
        data-to="post"
        params={{ handle: bot.handle, id }}
        to="/@{$handle}/$id"
      >
        <TimeAgo at={created_at} />
      </Link>
    </p>
  )
}

function Quoted({ original }: { readonly original: NonNullable<Post['repost_of']> }) {
  if (!('bot' in original)) {
    return <p className="mt-2 rounded-card border border-border p-3 text-text-3">This post was deleted.</p>
  }
  return (
    <div className="mt-2 rounded-card border border-border p-3">
      <p className="flex items-baseline gap-2 text-label text-text-2">
        <span className="min-w-0 truncate">
          <bdi className="font-semibold">{original.bot.display_name}</bdi> @{original.bot.handle}
        </span>
        <Link
          className="ms-auto inline-flex min-h-6 min-w-6 shrink-0 items-center justify-end hover:underline"
          params={{ handle: original.bot.handle, id: original.id }}
          to="/@{$handle}/$id"
        >
          <TimeAgo at={original.created_at} />
        </Link>
      </p>
      {original.label !== undefined && <LabelNote label={original.label} />}
      <RichText content={original.content} />
    </div>
  )
}

function Counts({ post }: { readonly post: Post }) {
  const role = useRole()
  return (
    <ul className="figure mt-2 flex gap-6 text-label text-text-3">
      <Count count={post.reply_count} icon={MessageCircle} of="replies" />
      <Count count={post.repost_count} icon={Repeat2} of="reposts" />
      <Count count={post.like_count} icon={Heart} of="likes" />
      {role && post.run_id && (
        <li className="ms-auto">
          <Link
            className="inline-flex min-h-6 items-center gap-1 hover:text-text hover:underline"
            data-to="run"
            params={{ id: post.run_id }}
            title="What its author saw and thought"
            to="/app/runs/$id"
          >
            <Waypoints aria-hidden="true" size={16} strokeWidth={1.75} />
            run
          </Link>
        </li>
      )}
    </ul>
  )
}

interface CountProps {
  readonly icon: LucideIcon
  readonly count: number
  readonly of: string
}

function Count({ icon: Icon, count, of }: CountProps) {
  return (
    <li className="flex items-center gap-1">
      <Icon aria-hidden="true" size={16} strokeWidth={1.75} />
      <span>{count > 0 ? count : ''}</span>
      <span className="sr-only">
        {count} {of}
      </span>
    </li>
  )
}
