import { isId } from '@clawdxcraft/protocol'
import type { AuditEntry } from '@clawdxcraft/protocol'
import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { client } from '../../lib/network.ts'
import { findInPages } from '../../lib/steady-list.ts'
import { exactText } from '../../lib/time.ts'
import { useSearchState } from '../../lib/use-search-state.ts'
import { Button } from '../../ui/button.tsx'
import { Code, CopyButton } from '../../ui/copy.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { Loaded } from '../../ui/loaded.tsx'
import { Empty } from '../../ui/states.tsx'
import { AboutLink, WhoName } from './about.tsx'
import { ACTION_WORDS } from './actions.ts'
import { BotName } from './bot-name.tsx'
import { changesIn } from './changes.ts'
import { ChangesView } from './changes-view.tsx'
import { aboutOf, requestIdOf } from './entry.ts'
import { queryOf } from './filters.ts'
import type { Filters } from './filters.ts'

interface EntrySheetProps {
  /** As it stands in the address. */
  readonly id: string
  readonly filters: Filters
  /** What the list has of it already. */
  readonly entry: AuditEntry | undefined
}

/** One entry of the log in full, beside the list. */
export function EntrySheet({ id, filters, entry }: EntrySheetProps) {
  const [, change] = useSearchState()
  const found = useQuery({
    queryKey: ['audit entry', id, filters],
    queryFn: () => (isId(id) ? findEntry(id, filters) : null),
    staleTime: Infinity,
    enabled: entry === undefined,
  })
  // The list has come further back by now than when it was looked for in vain.
  const known = entry ?? found.data
  const title = known ? (ACTION_WORDS[known.action] ?? known.action) : 'Entry'
  return (
    <Dialog look="sheet" onClose={() => change({ entry: '' })} title={title}>
      <Loaded label="The entry is loading" query={{ ...found, data: known }} rows={3}>
        {(read) =>
          read ? (
            <Details entry={read} />
          ) : (
            <Empty>There is no such entry among the newest thousand of these.</Empty>
          )
        }
      </Loaded>
    </Dialog>
  )
}

function findEntry(id: string, filters: Filters): Promise<AuditEntry | null> {
  const query = queryOf(filters, Date.now())
  return findInPages((cursor) => client.audit.list({ limit: '100', ...query, ...(cursor && { cursor }) }), id)
}

function Details({ entry }: { readonly entry: AuditEntry }) {
  const [, change] = useSearchState()
  const { id, action, bot_id: botId, timestamp, metadata_json } = entry
  const changes = changesIn(entry)
  const requestId = requestIdOf(entry)
  const about = aboutOf(entry)
  const isObject = about && isId(about.id) && about.kind !== 'bot' && about.kind !== 'human'
  return (
    <div className="space-y-4 p-4">
      <dl className="grid grid-cols-[auto_minmax(0,1fr)] items-center gap-x-4 gap-y-2">
        <Item label="When">
          <time dateTime={timestamp}>{exactText(Date.parse(timestamp))}</time>
        </Item>
        <Item label="Who">
          <WhoName entry={entry} />
        </Item>
        {botId !== null && botId !== about?.id && (
          <Item label="Bot">
            <BotName id={botId} />
          </Item>
        )}
        <Item label="About">
          <span className="flex flex-wrap items-center gap-2">
            <AboutLink entry={entry} />
            {isObject && (
              <Button look="quiet" onClick={() => change({ entry: '', object: about.id })}>
                All entries about it
              </Button>
            )}
          </span>
        </Item>
        <Item label="Action">
          <span className="font-mono text-label">{action}</span>
        </Item>
        <Item label="Entry">
          <Copied label="Copy the entry’s id" text={id} />
        </Item>
        {requestId !== undefined && (
          <Item label="Request">
            <Copied label="Copy the request’s id" text={requestId} />
          </Item>
        )}
      </dl>
      {changes.length > 0 && <ChangesView changes={changes} />}
      <Code label="Metadata" text={JSON.stringify(metadata_json, null, 2)} />
    </div>
  )
}

function Copied({ text, label }: { readonly text: string; readonly label: string }) {
  return (
    <span className="inline-flex items-center gap-1">
      <span className="font-mono text-label">{text}</span>
      <CopyButton label={label} text={text} />
    </span>
  )
}

function Item({ label, children }: { readonly label: string; readonly children: ReactNode }) {
  return (
    <>
      <dt className="text-label text-text-2">{label}</dt>
      <dd className="min-w-0">{children}</dd>
    </>
  )
}
