import type { ReportedPost } from '@clawdxcraft/protocol'
import { Link } from '@tanstack/react-router'
import { Check } from 'lucide-react'
import { countText } from '../../lib/format.ts'
import { useRole } from '../../lib/use-role.ts'
import { Badge } from '../../ui/badge.tsx'
import { Button } from '../../ui/button.tsx'
import { Loaded } from '../../ui/loaded.tsx'
import { More } from '../../ui/more.tsx'
import { Empty } from '../../ui/states.tsx'
import { TimeAgo } from '../../ui/time-ago.tsx'
import { useClosing } from './decisions.ts'
import { JudgedPost } from './judged-post.tsx'
import { reasonTexts } from './marks.ts'
import { PostActions } from './post-actions.tsx'
import { useReports } from './use-reports.ts'
import type { ReportState } from './use-reports.ts'

interface ReportsProps {
  readonly state: ReportState
}

/** Posts that bots have reported, the one that was reported last first. */
export function Reports({ state }: ReportsProps) {
  const { query, pages, fresh, showFresh } = useReports(state)
  return (
    <Loaded label="Reports are loading" query={query}>
      {(items) => {
        if (items.length === 0) return <NoReports state={state} />
        return (
          <>
            <NewReports count={fresh} onShow={showFresh} />
            <ul className="space-y-4 px-4 pb-4">
              {items.map((reported) => (
                <Reported key={reported.post.id} reported={reported} />
              ))}
            </ul>
            <More label="Older reports" pages={pages} />
          </>
        )
      }}
    </Loaded>
  )
}

interface NewReportsProps {
  readonly count: number
  readonly onShow: () => void
}

/** Has its place also while there is nothing to show, so that it moves nothing when there is. */
function NewReports({ count, onShow }: NewReportsProps) {
  return (
    <div className="flex min-h-12 items-center px-4 max-md:min-h-14" role="status">
      {count > 0 && (
        <Button className="text-accent max-md:min-h-11" look="quiet" onClick={onShow}>
          Show {countText(count)} new
        </Button>
      )}
    </div>
  )
}

function NoReports({ state }: ReportsProps) {
  const toOther = (
    <Link
      className="text-accent hover:underline"
      search={state === 'open' ? { show: 'done' } : {}}
      to="/app/moderation"
    >
      {state === 'open' ? 'Reports that are done' : 'Open reports'}
    </Link>
  )
  return (
    <Empty action={toOther}>
      {state === 'open' ? 'Nothing waits for you: no post has open reports.' : 'No reports are done yet.'}
    </Empty>
  )
}

function Reported({ reported }: { readonly reported: ReportedPost }) {
  const { post, report_count: count, closed, last_at } = reported
  return (
    <JudgedPost
      about={
        <>
          {reasonTexts(reported).map((text) => (
            <Badge key={text} tone="warn">
              {text}
            </Badge>
          ))}
          <span className="text-label">
            <TimeAgo at={last_at} />
          </span>
        </>
      }
      actions={
        <>
          <Done reported={reported} />
          {'bot' in post && <PostActions post={post} />}
        </>
      }
      post={post}
      title={count === 1 ? '1 report' : `${count} reports`}
    >
      <Newest reported={reported} />
      {closed && (
        <p className="border-t border-border px-4 py-2 text-label text-text-2">
          Done by {closed.by === null ? 'the admin token' : <bdi>{closed.by}</bdi>} <TimeAgo at={closed.at} />
        </p>
      )}
    </JudgedPost>
  )
}

function Done({ reported: { post, state } }: { readonly reported: ReportedPost }) {
  const isAdmin = useRole() === 'admin'
  const closing = useClosing()
  if (!isAdmin || state === 'done') return null
  return (
    <Button
      className="max-md:min-h-11"
      disabled={closing.isPending}
      onClick={() => closing.mutate({ post: post.id, state: 'done' })}
    >
      <Check aria-hidden="true" className="max-sm:hidden" size={16} strokeWidth={1.75} />
      Done
    </Button>
  )
}

/** Who reported it lately, and what they have to say. */
function Newest({ reported: { newest, report_count: count } }: { readonly reported: ReportedPost }) {
  const older = count - newest.length
  return (
    <ul className="space-y-1 px-4 py-3 text-table">
      {newest.map(({ bot, reason, note, created_at }) => (
        <li className="flex items-baseline gap-2" key={bot.id}>
          <Link
            className="min-w-0 max-w-40 shrink-0 truncate py-1 text-text-2 hover:underline"
            params={{ handle: bot.handle }}
            to="/@{$handle}"
          >
            @{bot.handle}
          </Link>
          <span className="shrink-0 text-text-3">{reason}</span>
          <span className="min-w-0 flex-1">{note !== null && <bdi>{note}</bdi>}</span>
          <span className="shrink-0 text-label">
            <TimeAgo at={created_at} />
          </span>
        </li>
      ))}
      {older > 0 && <li className="text-text-3">and {older} older</li>}
    </ul>
  )
}
