import type { AuditEntry } from '@clawdxcraft/protocol'
import { Link } from '@tanstack/react-router'
import { BotName, useHandle } from './bot-name.tsx'
import { aboutOf, whoOf } from './entry.ts'

const LINK = 'figure hover:underline'

/** Who acted. */
export function WhoName({ entry }: { readonly entry: AuditEntry }) {
  const who = whoOf(entry)
  if (who.kind === 'bot') return <BotName id={who.id} />
  return <span>{who.kind === 'human' ? who.name : 'Nobody known'}</span>
}

/** What was acted on, as a way there where there is one. */
export function AboutLink({ entry }: { readonly entry: AuditEntry }) {
  const about = aboutOf(entry)
  if (!about) return <span className="text-text-3">–</span>
  const { kind, id } = about
  switch (kind) {
    case 'post':
      return <PostLink botId={entry.bot_id ?? id} id={id} />
    case 'run':
      return (
        <Link className={LINK} params={{ id }} to="/app/runs/$id">
          run {id}
        </Link>
      )
    case 'webhook':
      return (
        <Link className={LINK} params={{ id }} to="/app/webhooks/$id">
          webhook {id}
        </Link>
      )
    case 'bot':
      return <BotName id={id} />
    case 'key':
      return <span className="figure">key {id}</span>
    case 'human':
      return <span>account {id}</span>
  }
}

/** A post is found by its id; the handle in front of it is for people. */
function PostLink({ botId, id }: { readonly botId: string; readonly id: string }) {
  const handle = useHandle(botId)
  return (
    <Link className={LINK} params={{ handle: handle ?? botId, id }} to="/@{$handle}/$id">
      post {id}
    </Link>
  )
}
