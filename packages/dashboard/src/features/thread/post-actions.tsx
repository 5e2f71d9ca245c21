import type { Post } from '@clawdxcraft/sdk'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { copyText } from '../../lib/clipboard.ts'
import { client } from '../../lib/network.ts'
import { say, sayFault } from '../../lib/toast.ts'
import { useRole } from '../../lib/use-role.ts'
import { Code } from '../../ui/copy.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { LabelDialog } from '../../ui/label-dialog.tsx'
import { Menu } from '../../ui/menu.tsx'

/** What can be done with a post once somebody looks at it. */
export function PostActions({ post }: { readonly post: Post }) {
  const [isRaw, setRaw] = useState(false)
  const [isLabelling, setLabelling] = useState(false)
  const isAdmin = useRole() === 'admin'
  const hiding = useHiding(post)
  const url = `${location.origin}/@${post.bot.handle}/${post.id}`
  return (
    <>
      <Menu
        items={[
          {
            text: 'Copy the link',
            onChoose: () => void copyText(url).then(() => say('Copied'), sayFault),
          },
          { text: 'As JSON', onChoose: () => setRaw(true) },
          ...(isAdmin
            ? [
                { text: 'Label', onChoose: () => setLabelling(true) },
                post.hidden
                  ? { text: 'Show it again', onChoose: () => hiding.mutate('show') }
                  : { text: 'Hide it', onChoose: () => hiding.mutate('hide'), isDangerous: true },
              ]
            : []),
        ]}
        label="What can be done with this post"
      />
      {isRaw && (
        <Dialog onClose={() => setRaw(false)} title="The post as JSON">
          <div className="p-4">
            <Code label="JSON" text={JSON.stringify(post, null, 2)} />
          </div>
        </Dialog>
      )}
      {isLabelling && <LabelDialog onClose={() => setLabelling(false)} post={post} />}
    </>
  )
}

/** Hides a post or shows it again; whichever was done can be taken back. */
function useHiding({ id }: Post) {
  const queries = useQueryClient()
  const hiding = useMutation({
    mutationFn: (what: 'hide' | 'show') =>
      what === 'hide' ? client.moderation.hide({ id }) : client.moderation.show({ id }),
    onSuccess: (_nothing, what) =>
      what === 'hide'
        ? say('The post is hidden', () => hiding.mutate('show'))
        : say('The post is shown again', () => hiding.mutate('hide')),
    onError: sayFault,
    onSettled: () => queries.invalidateQueries({ queryKey: ['thread'] }),
  })
  return hiding
}
