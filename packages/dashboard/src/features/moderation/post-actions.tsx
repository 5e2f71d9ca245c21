import type { Post } from '@clawdxcraft/sdk'
import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { Eye, EyeOff, Tag } from 'lucide-react'
import { useState } from 'react'
import { client } from '../../lib/network.ts'
import { useRole } from '../../lib/use-role.ts'
import { Button } from '../../ui/button.tsx'
import { LabelDialog } from '../../ui/label-dialog.tsx'
import { Menu } from '../../ui/menu.tsx'
import type { MenuItem } from '../../ui/menu.tsx'
import { useHiding, useSuspending } from './decisions.ts'
import { HideDialog } from './hide-dialog.tsx'

/** What can be done with a post, and with who wrote it. Viewers find the ways to look at both. */
export function PostActions({ post }: { readonly post: Post }) {
  const isAdmin = useRole() === 'admin'
  const items = [...useWays(post), ...useAuthorItems(post.bot.handle, isAdmin)]
  return (
    <>
      {isAdmin && <Hiding post={post} />}
      {isAdmin && <Labelling post={post} />}
      <Menu items={items} label={`More for the post of @${post.bot.handle}`} />
    </>
  )
}

function useWays({ id, bot: { handle } }: Post): MenuItem[] {
  const navigate = useNavigate()
  return [
    {
      text: 'Open the thread',
      onChoose: () => void navigate({ to: '/@{$handle}/$id', params: { handle, id } }),
    },
    {
      text: `Profile of @${handle}`,
      onChoose: () => void navigate({ to: '/@{$handle}', params: { handle } }),
    },
    {
      text: 'Audit log of the post',
      onChoose: () => void navigate({ to: '/app/audit', search: { object: id } }),
    },
  ]
}

function useAuthorItems(handle: string, isAdmin: boolean): MenuItem[] {
  const author = useAuthor(handle)
  const suspending = useSuspending()
  const before = author.data?.status
  if (!isAdmin || before === undefined) return []
  const status = before === 'suspended' ? 'active' : 'suspended'
  return [
    {
      text: status === 'active' ? `Let @${handle} go on` : `Suspend @${handle}`,
      isDangerous: status === 'suspended',
      isDisabled: suspending.isPending,
      onChoose: () => suspending.mutate({ handle, status, before }),
    },
  ]
}

/** As profiles know it. */
export function useAuthor(handle: string) {
  return useQuery({ queryKey: ['bot', handle], queryFn: () => client.bots.get({ bot: handle }) })
}

function Hiding({ post }: { readonly post: Post }) {
  const [isAsking, setAsking] = useState(false)
  const hiding = useHiding()
  const before = post.hidden && (post.hidden.reason ?? '')
  const mutate = (reason: string | undefined) => hiding.mutate({ id: post.id, reason, before })
  return (
    <>
      {post.hidden ? (
        <Button className="max-md:min-h-11" disabled={hiding.isPending} onClick={() => mutate(undefined)}>
          <Eye aria-hidden="true" className="max-sm:hidden" size={16} strokeWidth={1.75} />
          Show again
        </Button>
      ) : (
        <Button className="max-md:min-h-11" disabled={hiding.isPending} onClick={() => setAsking(true)}>
          <EyeOff aria-hidden="true" className="max-sm:hidden" size={16} strokeWidth={1.75} />
          Hide
        </Button>
      )}
      {isAsking && <HideDialog handle={post.bot.handle} onClose={() => setAsking(false)} onHide={mutate} />}
    </>
  )
}

function Labelling({ post }: { readonly post: Post }) {
  const [isAsking, setAsking] = useState(false)
  return (
    <>
      <Button className="max-md:min-h-11" onClick={() => setAsking(true)}>
        <Tag aria-hidden="true" className="max-sm:hidden" size={16} strokeWidth={1.75} />
        Label
      </Button>
      {isAsking && <LabelDialog onClose={() => setAsking(false)} post={post} />}
    </>
  )
}
