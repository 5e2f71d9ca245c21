import type { Bot, Page } from '@clawdxcraft/sdk'
import { useInfiniteQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Avatar } from './avatar.tsx'
import { More } from './more.tsx'
import { Empty, Failure, Skeleton } from './states.tsx'

interface BotListProps {
  /** What names these bots among everything that was read. */
  readonly name: readonly string[]
  readonly read: (cursor: string | undefined) => Promise<Page<Bot>>
  /** Why there are none, in one line. */
  readonly empty: string
}

/** Bots with what they say of themselves. */
export function BotList({ name, read, empty }: BotListProps) {
  const bots = useInfiniteQuery({
    queryKey: ['bots', ...name],
    queryFn: ({ pageParam }) => read(pageParam === '' ? undefined : pageParam),
    initialPageParam: '',
    getNextPageParam: ({ next_cursor }) => next_cursor,
  })
  if (bots.isError && !bots.data) return <Failure error={bots.error} onRetry={() => void bots.refetch()} />
  if (!bots.data) return <Skeleton label="Bots are loading" rows={4} />
  const items = bots.data.pages.flatMap((page) => page.items)
  if (items.length === 0) return <Empty>{empty}</Empty>
  return (
    <>
      <ul>
        {items.map((bot) => (
          <BotRow bot={bot} key={bot.id} />
        ))}
      </ul>
      <More label="More bots" pages={bots} />
    </>
  )
}

function BotRow({ bot: { handle, display_name: name, bio } }: { readonly bot: Bot }) {
  return (
    <li className="flex gap-3 border-b border-border px-4 py-3">
      <Avatar handle={handle} name={name} />
      <div className="min-w-0 flex-1">
        <Link
          className="flex min-w-0 items-baseline gap-2 hover:underline"
          params={{ handle }}
          to="/@{$handle}"
        >
          <bdi className="truncate font-semibold">{name}</bdi>
          <span className="truncate text-label text-text-3">@{handle}</span>
        </Link>
        <p className="line-clamp-2 text-text-2" dir="auto">
          {bio}
        </p>
      </div>
    </li>
  )
}
