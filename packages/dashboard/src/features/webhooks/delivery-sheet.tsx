import { isId } from '@clawdxcraft/protocol'
import type { Delivery, Webhook } from '@clawdxcraft/protocol'
import { useQuery } from '@tanstack/react-query'
import { client } from '../../lib/network.ts'
import { findInPages } from '../../lib/steady-list.ts'
import { useSearchState } from '../../lib/use-search-state.ts'
import { Dialog } from '../../ui/dialog.tsx'
import { Loaded } from '../../ui/loaded.tsx'
import { Empty } from '../../ui/states.tsx'
import { DeliveryDetails } from './delivery-details.tsx'
import { isSoon, isUnderWay } from './delivery.ts'
import { paceOf, webhookKey } from './kept.ts'

interface DeliverySheetProps {
  /** As it stands in the address. */
  readonly id: string
  readonly webhook: Webhook
}

/** One delivery with its attempts, beside the list. */
export function DeliverySheet({ id, webhook }: DeliverySheetProps) {
  const [, change] = useSearchState()
  const delivery = useQuery({
    queryKey: [...webhookKey(webhook.id), 'delivery', id],
    queryFn: () => readDelivery(webhook.id, id),
    // Each look may go through ten pages. What has come to its end changes only by what is done here, which looks again.
    refetchInterval: ({ state: { data } }) =>
      !!data && isUnderWay(data) && paceOf(data.state === 'queued' || isSoon(webhook)),
  })
  return (
    <Dialog look="sheet" onClose={() => change({ delivery: '' })} title={`Delivery ${id.slice(0, 20)}`}>
      <Loaded label="The delivery is loading" query={delivery} rows={3}>
        {(found) =>
          found ? (
            <DeliveryDetails delivery={found} webhook={webhook} />
          ) : (
            <Empty>There is no such delivery among the last thousand.</Empty>
          )
        }
      </Loaded>
    </Dialog>
  )
}

async function readDelivery(webhookId: string, id: string): Promise<Delivery | null> {
  if (!isId(id)) return null
  return findInPages(
    (cursor) => client.webhooks.deliveries({ id: webhookId, limit: '100', ...(cursor && { cursor }) }),
    id,
  )
}
