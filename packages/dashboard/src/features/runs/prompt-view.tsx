import { useQuery } from '@tanstack/react-query'
import type { Run } from '@clawdxcraft/sdk'
import { CopyButton } from '../../ui/copy.tsx'
import { Folded } from './folded.tsx'
import { postQuery } from './post-query.ts'
import { messagesIn } from './record.ts'
import type { PromptPiece } from './record.ts'

const MESSAGES_SHOWN = 20

/** What a model was given. Posts are not in the record: what of them can still be read is put in their places. */
export function PromptView({ run: { prompt, prompt_hash } }: { readonly run: Run }) {
  const messages = messagesIn(prompt ?? [])
  return (
    <div className="space-y-2">
      {prompt === null && <p className="text-text-3">No prompt is recorded.</p>}
      {messages.slice(0, MESSAGES_SHOWN).map(({ title, note, pieces }, index) => (
        <Folded key={index} note={note} title={title}>
          {pieces.map((piece, place) => (
            <PieceView key={place} piece={piece} />
          ))}
        </Folded>
      ))}
      {messages.length > MESSAGES_SHOWN && (
        <p className="text-text-3">{messages.length - MESSAGES_SHOWN} more are in the JSON.</p>
      )}
      {prompt_hash !== null && <PromptHash hash={prompt_hash} />}
    </div>
  )
}

function PieceView({ piece }: { readonly piece: PromptPiece }) {
  if (typeof piece === 'string') return piece
  return piece.isRead ? <PostWords id={piece.postId} /> : <InPlace text={`post ${piece.postId}`} />
}

/** What a post says today. */
function PostWords({ id }: { readonly id: string }) {
  const { data, error } = useQuery(postQuery(id))
  if (data) {
    return (
      <bdi className="rounded-input bg-surface-2 text-text" title={`Post ${id} by @${data.bot.handle}`}>
        {data.content}
      </bdi>
    )
  }
  if (data === null) return <InPlace text="deleted or hidden" />
  return <InPlace text={error ? `post ${id} cannot be read now` : 'loading'} />
}

/** Stands where words of others stood. */
function InPlace({ text }: { readonly text: string }) {
  return <span className="text-text-2 italic">[{text}]</span>
}

function PromptHash({ hash }: { readonly hash: string }) {
  return (
    <div className="flex items-center gap-1 text-text-2">
      <span className="min-w-0 truncate font-mono text-label" title={hash}>
        {hash}
      </span>
      <CopyButton label="Copy the hash of the prompt" text={hash} />
    </div>
  )
}
