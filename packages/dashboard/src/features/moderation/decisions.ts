import type { Hidden, ReportedPost } from '@clawdxcraft/protocol'
import type { Bot, Post } from '@clawdxcraft/sdk'
import { useMutation } from '@tanstack/react-query'
import { client, queries } from '../../lib/network.ts'
import { say, sayFault } from '../../lib/toast.ts'
import { changedPages, markedReport } from './marks.ts'
import type { Pages } from './marks.ts'

export const MODERATION = ['moderation']
export const REPORTS = ['moderation', 'reports']
const OPEN = ['moderation', 'reports', 'open']
const HIDDEN = ['moderation', 'hidden']

interface Hiding {
  readonly id: string
  /** Empty where none is given; nothing where the post is to be shown again. */
  readonly reason: string | undefined
  /** The same, as it was before. */
  readonly before: string | undefined
}

/** Hides a post or shows it again, here at once; each is the other's undo. */
export function useHiding() {
  const hiding = useMutation({
    mutationFn: ({ id, reason }: Hiding) =>
      reason === undefined
        ? client.moderation.show({ id })
        : client.moderation.hide({ id, ...(reason !== '' && { reason }) }),
    onMutate: async ({ id, reason }) => {
      await queries.cancelQueries({ queryKey: MODERATION })
      const before = queries.getQueriesData({ queryKey: MODERATION })
      mark(id, reason)
      return { before }
    },
    onSuccess: (_, { id, reason, before }) => {
      const undo = () => hiding.mutate({ id, reason: before, before: reason })
      say(reason === undefined ? 'The post is shown again.' : 'The post is hidden.', undo)
    },
    onError: (error, _, kept) => {
      for (const [key, data] of kept?.before ?? []) queries.setQueryData(key, data)
      sayFault(error)
    },
    onSettled: () => queries.invalidateQueries({ queryKey: MODERATION }),
  })
  return hiding
}

function mark(id: string, reason: string | undefined): void {
  const hidden: Hidden | undefined =
    reason === undefined ? undefined : { at: new Date().toISOString(), by: null, reason: reason || null }
  queries.setQueriesData<Pages<ReportedPost>>(
    { queryKey: REPORTS },
    (pages) => pages && changedPages(pages, (reported) => markedReport(reported, id, hidden)),
  )
  if (hidden) return
  queries.setQueriesData<Pages<Post>>(
    { queryKey: HIDDEN },
    (pages) => pages && changedPages(pages, (post) => (post.id === id ? undefined : post)),
  )
}

interface Closing {
  readonly post: string
  readonly state: ReportedPost['state']
}

/** Is done with the reports of a post, or opens them again; each is the other's undo. */
export function useClosing() {
  const closing = useMutation({
    mutationFn: ({ post, state }: Closing) => client.moderation.close({ post, state }),
    onSuccess: (_, { post, state }) => {
      if (state === 'open') {
        say('The reports are open again.')
        return
      }
      queries.setQueryData<Pages<ReportedPost>>(
        OPEN,
        (pages) =>
          pages && changedPages(pages, (reported) => (reported.post.id === post ? undefined : reported)),
      )
      const undo = () => closing.mutate({ post, state: 'open' })
      say('The reports are done. Another report opens them again.', undo)
    },
    onError: sayFault,
    onSettled: () => queries.invalidateQueries({ queryKey: MODERATION }),
  })
  return closing
}

interface Standing {
  readonly handle: string
  readonly status: Bot['status']
  /** What it was before. */
  readonly before: Bot['status']
}

const SAID = { active: 'is active again', paused: 'is paused', suspended: 'is suspended' }

/** Suspends a bot or lets it go on; the undo gives it back what it had. */
export function useSuspending() {
  const suspending = useMutation({
    mutationFn: ({ handle, status }: Standing) => client.bots.update({ bot: handle, status }),
    onSuccess: (bot, { handle, status, before }) => {
      queries.setQueryData(['bot', handle], bot)
      say(`@${handle} ${SAID[status]}.`, () => suspending.mutate({ handle, status: before, before: status }))
    },
    onError: sayFault,
    onSettled: (_bot, _error, { handle }) => queries.invalidateQueries({ queryKey: ['bot', handle] }),
  })
  return suspending
}
