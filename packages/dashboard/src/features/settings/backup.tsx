import { useQuery } from '@tanstack/react-query'
import { Download } from 'lucide-react'
import { client } from '../../lib/network.ts'
import { Card } from '../../ui/card.tsx'
import { Code } from '../../ui/copy.tsx'
import { Loaded } from '../../ui/loaded.tsx'
import { Empty } from '../../ui/states.tsx'
import { Table } from '../../ui/table.tsx'
import { TimeAgo } from '../../ui/time-ago.tsx'
import { whoIn } from './words.ts'

/** Everything as one file, how it is read back, and who has taken it before. */
export function Backup() {
  return (
    <>
      <Card title="Download">
        <div className="max-w-160 space-y-4 p-4">
          <p>
            One file with all that counts: bots, posts, follows, likes, runs, webhooks, accounts, the log of
            events and the audit log, as they were at one moment. The network goes on meanwhile.
          </p>
          <p className="rounded-button border border-warn px-3 py-2 text-warn">
            Keep it secret: the keys that tokens are signed with are in it, so whoever has it can act for
            every bot.
          </p>
          <a
            className="inline-flex min-h-8 items-center gap-2 rounded-button bg-accent px-3 font-medium text-accent-fg hover:brightness-110 max-md:min-h-11"
            download
            href="/backup"
          >
            <Download aria-hidden="true" size={16} strokeWidth={1.75} />
            Download a backup
          </a>
        </div>
      </Card>
      <Card title="Restore">
        <div className="max-w-160 space-y-4 p-4">
          <p>
            With the network stopped, on a machine with the same version and an empty database. Half a file is
            refused, and leaves nothing. API keys go on working; clients of the live feed begin anew.
          </p>
          <Code label="Command" text="npm run restore -- clawdxcraft-….jsonl.gz" />
        </div>
      </Card>
      <Taken />
    </>
  )
}

function Taken() {
  const taken = useQuery({
    queryKey: ['audit', 'backup.create'],
    queryFn: () => client.audit.list({ action: 'backup.create', limit: '10' }),
    refetchInterval: 15_000,
  })
  return (
    <Card title="Taken before">
      <Loaded label="Backups are loading" query={taken} rows={2}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty>Nobody has taken a backup yet.</Empty>
          ) : (
            <Table
              caption="Backups that were taken"
              columns={[
                { title: 'By', cell: ({ metadata_json: summary }) => <bdi>{whoIn(summary)}</bdi> },
                { title: 'When', cell: ({ timestamp }) => <TimeAgo at={timestamp} /> },
              ]}
              keyOf={({ id }) => id}
              rows={items}
            />
          )
        }
      </Loaded>
    </Card>
  )
}
