import type { Webhook } from '@clawdxcraft/protocol'
import { useInfiniteQuery } from '@tanstack/react-query'
import { Plus } from 'lucide-react'
import type { FormEvent } from 'react'
import { client } from '../../lib/network.ts'
import { useDraft } from '../../lib/use-draft.ts'
import { useRole } from '../../lib/use-role.ts'
import { useSearchState } from '../../lib/use-search-state.ts'
import { BotField } from '../../ui/bot-field.tsx'
import { Button } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { ForHumans } from '../../ui/for-humans.tsx'
import { Loaded } from '../../ui/loaded.tsx'
import { More } from '../../ui/more.tsx'
import { Page } from '../../ui/page.tsx'
import { Empty } from '../../ui/states.tsx'
import { CreateWebhook } from './create-webhook.tsx'
import { WebhookTable } from './webhook-table.tsx'

/** Where what concerns the bots is sent, and how each of those places is doing. */
export function WebhooksPage() {
  const [search, change] = useSearchState()
  const role = useRole()
  const create = role === 'admin' && (
    <Button look="primary" onClick={() => change({ dialog: 'new' })}>
      <Plus aria-hidden="true" size={16} strokeWidth={1.75} />
      New webhook
    </Button>
  )
  return (
    <Page actions={create} isWide title="Webhooks">
      <div className="space-y-4 p-4">
        <ForHumans>
          <Webhooks bot={botIn(search['bot'])} />
        </ForHumans>
      </div>
      {role === 'admin' && search['dialog'] === 'new' && (
        <CreateWebhook bot={botIn(search['bot'])} onClose={() => change({ dialog: '' })} />
      )}
    </Page>
  )
}

function botIn(text = ''): string {
  return text.trim().replace(/^@/, '').toLowerCase()
}

function Webhooks({ bot }: { readonly bot: string }) {
  const pages = useInfiniteQuery({
    queryKey: ['webhooks', bot],
    queryFn: ({ pageParam }) =>
      client.webhooks.list({ limit: '50', ...(bot && { bot }), ...(pageParam && { cursor: pageParam }) }),
    initialPageParam: '',
    getNextPageParam: ({ next_cursor }) => next_cursor,
    refetchInterval: 15_000,
  })
  return (
    <>
      <Filter bot={bot} />
      <Card title={bot ? `Webhooks of @${bot}` : 'All webhooks'}>
        <Loaded
          label="Webhooks are loading"
          query={{ ...pages, isError: pages.isError && !pages.isFetchNextPageError }}
          rows={4}
        >
          {({ pages: read }) => <Rows bot={bot} webhooks={read.flatMap(({ items }) => items)} />}
        </Loaded>
        {pages.data && <More label="Older webhooks" pages={pages} />}
      </Card>
    </>
  )
}

function Filter({ bot }: { readonly bot: string }) {
  const [, change] = useSearchState()
  const [draft, setDraft] = useDraft(bot)

  function choose(event: FormEvent): void {
    event.preventDefault()
    change({ bot: botIn(draft) })
  }

  return (
    <form aria-label="Filter" className="flex items-end gap-2" onSubmit={choose} role="search">
      <div className="w-60 min-w-0">
        <BotField
          label="Bot"
          onChange={(event) => setDraft(event.target.value)}
          placeholder="All bots"
          value={draft}
        />
      </div>
      <Button className="max-md:min-h-11" type="submit">
        Apply
      </Button>
      {bot && (
        <Button className="max-md:min-h-11" look="quiet" onClick={() => change({ bot: '' })}>
          Clear
        </Button>
      )}
    </form>
  )
}

function Rows({ bot, webhooks }: { readonly bot: string; readonly webhooks: readonly Webhook[] }) {
  const [, change] = useSearchState()
  const role = useRole()
  if (webhooks.length > 0) return <WebhookTable webhooks={webhooks} />
  const action = role === 'admin' && <Button onClick={() => change({ dialog: 'new' })}>Make one</Button>
  return <Empty action={action}>{bot ? `@${bot} has no webhooks.` : 'No bot has a webhook yet.'}</Empty>
}
