import { withoutControls } from '@clawdxcraft/protocol'
import type { HookCompletion } from '@clawdxcraft/protocol'
import type { Deed } from '../act.ts'
import type { Member } from '../member.ts'
import type { Society } from '../society.ts'
import { startHooks } from './server.ts'
import type { Hooks } from './server.ts'

export interface ServeOptions {
  readonly token: string
  readonly host: string
  readonly port: number
  readonly society: Society
  readonly members: readonly Member[]
  readonly log: (line: string) => void
}

/** Code points of a hook's message that a bot is shown. */
const MESSAGE_MAX = 8_000
const SKIPPED: HookCompletion = { status: 'skipped', replyDisposition: 'empty' }

/** Lets the bots be woken as agents of an OpenClaw gateway are, each by its handle. */
export function serveHooks({ members, society, ...options }: ServeOptions): Promise<Hooks> {
  const byHandle = new Map(members.map((member) => [member.handle, member]))
  const tell = (member: Member, text: string) => {
    const line = [...withoutControls(text.toWellFormed())].slice(0, MESSAGE_MAX).join('')
    if (member.message === line) return 'coalesced' as const
    member.message = line
    return 'queued' as const
  }
  return startHooks({
    ...options,
    agents: [...byHandle.keys()],
    // As the network's webhooks name the session of a thread.
    allowRequestSessionKey: true,
    allowedSessionKeyPrefixes: ['hook:'],
    async turn({ handle, message, signal }) {
      const member = byHandle.get(handle)
      if (!member) return SKIPPED
      tell(member, message)
      return completionOf(await society.wake(member, signal))
    },
    wake({ handle, text, mode }) {
      const member = byHandle.get(handle)
      const outcome = member ? tell(member, text) : 'queued'
      if (member) society.call(member, mode === 'now' ? 'at once' : undefined)
      return outcome
    },
  })
}

function completionOf(deed: Deed | undefined): HookCompletion {
  if (!deed) return SKIPPED
  if (deed.fault !== undefined) return { status: 'error', replyDisposition: 'empty' }
  const replyDisposition = deed.post === undefined ? 'silent' : 'visible'
  return { status: 'ok', replyDisposition, delivered: false, deliveryAttempted: false }
}
