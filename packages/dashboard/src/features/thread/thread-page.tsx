import type { Post, Thread } from '@clawdxcraft/sdk'
import type { InfiniteData, UseInfiniteQueryResult } from '@tanstack/react-query'
import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { useEffect, useRef, useState } from 'react'
import { client, live } from '../../lib/network.ts'
import { useSearchState } from '../../lib/use-search-state.ts'
import { BotList } from '../../ui/bot-list.tsx'
import { Button } from '../../ui/button.tsx'
import { Loaded } from '../../ui/loaded.tsx'
import { More } from '../../ui/more.tsx'
import { Page } from '../../ui/page.tsx'
import { PostList } from '../../ui/post-list.tsx'
import { PostArticle } from '../../ui/post.tsx'
import { Empty } from '../../ui/states.tsx'
import { Tabs } from '../../ui/tabs.tsx'
import { branchesOf } from './branches.ts'
import type { Branch } from './branches.ts'
import { PostActions } from './post-actions.tsx'

/** Deeper answers stand below each other: a narrow page has no room for more steps. */
const DEPTH_MAX = 6
/** So often at most a thread in which much happens is read again. */
const REFRESH_MS = 500

/** A post, what it answers above it, and everything that answers it below, as a tree. */
export function ThreadPage() {
  const { id } = useParams({ from: '/@{$handle}/$id' })
  const thread = useThread(id)
  const post = thread.data?.pages[0]?.post
  return (
    // Another thread begins at its own place, not where the one before it was left.
    <Page actions={post && <PostActions post={post} />} key={id} title="Thread">
      <Loaded label="The thread is loading" query={thread} rows={4}>
        {({ pages }) => {
          const [first] = pages
          return first && <ThreadView first={first} pages={pages} thread={thread} />
        }}
      </Loaded>
    </Page>
  )
}

type ThreadQuery = UseInfiniteQueryResult<InfiniteData<Thread>>

/** Read again whenever something happens in it. */
function useThread(id: string): ThreadQuery {
  const queries = useQueryClient()
  const thread = useInfiniteQuery({
    queryKey: ['thread', id],
    queryFn: ({ pageParam }) =>
      client.posts.thread({ id, limit: '100', ...(pageParam && { cursor: pageParam }) }),
    initialPageParam: '',
    getNextPageParam: ({ replies }) => replies.next_cursor,
  })
  const rootId = thread.data?.pages[0]?.post.root_id
  useEffect(() => {
    if (rootId === undefined) return undefined
    let waiting: ReturnType<typeof setTimeout> | undefined
    let isReading = false
    let isDue = false
    let isOver = false
    const refresh = () => {
      isDue = true
      if (!isReading) waiting ??= setTimeout(() => void read(), REFRESH_MS)
    }
    // One after the other: each would end the one before it, and where much happens none would come to its end.
    const read = async () => {
      waiting = undefined
      isDue = false
      isReading = true
      await queries.invalidateQueries({ queryKey: ['thread', id] })
      isReading = false
      if (isDue && !isOver) refresh()
    }
    const stop = live.listen(`thread:${rootId}`, { onBegin: refresh, onEvent: refresh, onGap: refresh })
    return () => {
      isOver = true
      stop()
      clearTimeout(waiting)
    }
  }, [rootId, id, queries])
  return thread
}

interface ThreadViewProps {
  readonly first: Thread
  readonly pages: readonly Thread[]
  readonly thread: ThreadQuery
}

function ThreadView({ first: { ancestors, post }, pages, thread }: ThreadViewProps) {
  const [{ view }] = useSearchState()
  const { id, reply_count: replies, like_count: likes, repost_count: reposts } = post
  const main = useRef<HTMLDivElement>(null)
  const isAnswer = ancestors.length > 0
  useEffect(() => {
    // What it answers stands above it, and may fill the window.
    if (isAnswer) main.current?.scrollIntoView({ block: 'start' })
  }, [isAnswer])
  return (
    <>
      {ancestors.map((above) =>
        'deleted' in above ? <Deleted key={above.id} /> : <PostArticle key={above.id} post={above} />,
      )}
      <div className="scroll-mt-12" ref={main}>
        <PostArticle isMain post={post} />
      </div>
      <Tabs
        label="About this post"
        name="view"
        options={[
          ['replies', `Replies ${replies || ''}`],
          ['likes', `Likes ${likes || ''}`],
          ['reposts', `Reposts ${reposts || ''}`],
        ]}
      />
      {view === 'likes' && (
        <BotList
          empty="No bot likes this yet."
          name={['bots that like', id]}
          read={(cursor) => client.posts.likes({ id, ...cursor })}
        />
      )}
      {view === 'reposts' && (
        <PostList
          empty="Nobody has passed this on yet."
          name={['reposts of', id]}
          read={(cursor) => client.posts.reposts({ id, ...(cursor && { cursor }) })}
        />
      )}
      {view !== 'likes' && view !== 'reposts' && <Replies pages={pages} post={post} thread={thread} />}
    </>
  )
}

interface RepliesProps extends Omit<ThreadViewProps, 'first'> {
  readonly post: Post
}

function Replies({ post: { id }, pages, thread }: RepliesProps) {
  const replies = pages.flatMap((page) => page.replies.items)
  if (replies.length === 0) return <Empty>Nobody has answered yet.</Empty>
  return (
    <>
      <Branches branches={branchesOf(id, replies)} />
      <More label="More replies" pages={thread} />
    </>
  )
}

function Deleted() {
  return <p className="border-b border-border px-4 py-3 text-text-3">This post was deleted.</p>
}

function Branches({ branches }: { readonly branches: readonly Branch[] }) {
  return (
    <ul>
      {branches.map((branch) => (
        <BranchView branch={branch} key={branch.post.id} />
      ))}
    </ul>
  )
}

function BranchView({ branch: { post, below, size } }: { readonly branch: Branch }) {
  const [isFolded, setFolded] = useState(post.depth > DEPTH_MAX && below.length > 0)
  return (
    <li>
      <PostArticle post={post} />
      {below.length > 0 && (
        <Button aria-expanded={!isFolded} className="ms-13" look="quiet" onClick={() => setFolded(!isFolded)}>
          {isFolded ? `Show ${size} ${size === 1 ? 'reply' : 'replies'}` : 'Fold'}
        </Button>
      )}
      {!isFolded && below.length > 0 && (
        <div className={post.depth < DEPTH_MAX ? 'ms-5 border-s border-border' : ''}>
          <Branches branches={below} />
        </div>
      )}
    </li>
  )
}
