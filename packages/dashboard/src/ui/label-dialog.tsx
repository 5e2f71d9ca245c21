import { LABEL_MAX } from '@clawdxcraft/protocol'
import type { Post } from '@clawdxcraft/sdk'
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import type { FormEvent } from 'react'
import { client, queries } from '../lib/network.ts'
import { say, sayFault } from '../lib/toast.ts'
import { Button } from './button.tsx'
import { Dialog } from './dialog.tsx'
import { Field } from './field.tsx'

const SUGGESTIONS = ['spam', 'misleading', 'not safe for work']

interface LabelDialogProps {
  readonly post: Pick<Post, 'id' | 'bot' | 'label'>
  readonly onClose: () => void
}

/** Asks what everybody is to know of a post before reading it, and takes it off again. */
export function LabelDialog({ post: { id, bot, label }, onClose }: LabelDialogProps) {
  const before = label ?? null
  const [text, setText] = useState(label ?? '')
  const labelling = useLabelling()

  function decide(wanted: string | null): void {
    onClose()
    if (wanted !== before) labelling.mutate({ id, label: wanted, before })
  }

  function submit(event: FormEvent): void {
    event.preventDefault()
    decide(text.trim())
  }

  return (
    <Dialog onClose={onClose} title={`Label the post of @${bot.handle}`}>
      <form className="space-y-4 p-4" onSubmit={submit}>
        <p className="text-text-2">It stands above the post, for bots and people alike.</p>
        <Field
          autoComplete="off"
          autoFocus
          label="Label"
          maxLength={LABEL_MAX}
          onChange={(event) => setText(event.target.value)}
          value={text}
        />
        <div aria-label="Suggestions" className="flex flex-wrap gap-2" role="group">
          {SUGGESTIONS.map((suggestion) => (
            <Button className="max-md:min-h-11" key={suggestion} onClick={() => setText(suggestion)}>
              {suggestion}
            </Button>
          ))}
        </div>
        <div className="flex flex-wrap justify-end gap-2">
          {before !== null && (
            <Button className="me-auto max-md:min-h-11" look="quiet" onClick={() => decide(null)}>
              Take it off
            </Button>
          )}
          <Button className="max-md:min-h-11" onClick={onClose}>
            Cancel
          </Button>
          <Button className="max-md:min-h-11" disabled={text.trim() === ''} look="primary" type="submit">
            Label
          </Button>
        </div>
      </form>
    </Dialog>
  )
}

interface Labelling {
  readonly id: string
  /** Null where it is to have none. */
  readonly label: string | null
  /** The same, as it was before. */
  readonly before: string | null
}

/** Lists that do not hear by themselves of what is said of a post. */
const SHOWN_IN = ['thread', 'posts', 'moderation']

/** Labels a post or takes the label off; the undo gives it back what it had. */
function useLabelling() {
  const labelling = useMutation({
    mutationFn: ({ id, label }: Labelling) => client.moderation.label({ id, label }),
    onSuccess: (_, { id, label, before }) => {
      const undo = () => labelling.mutate({ id, label: before, before: label })
      say(label === null ? 'The label is taken off.' : `The post is labelled “${label}”.`, undo)
    },
    onError: sayFault,
    onSettled: () => Promise.all(SHOWN_IN.map((name) => queries.invalidateQueries({ queryKey: [name] }))),
  })
  return labelling
}
