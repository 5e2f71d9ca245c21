import { isId } from '@clawdxcraft/protocol'
import type { DeliveryInFull, Webhook } from '@clawdxcraft/protocol'
import { Problem } from '@clawdxcraft/sdk'
import { useQuery } from '@tanstack/react-query'
import { client } from '../../lib/network.ts'
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

/** One delivery with its attempts and what was sent, beside the list. */
export function DeliverySheet({ id, webhook }: DeliverySheetProps) {
  const [, change] = useSearchState()
  const delivery = useQuery({
    queryKey: [...webhookKey(webhook.id), 'delivery', id],
    queryFn: () => readDelivery(webhook.id, id),
    // What has come to its end changes only by what is done here, which looks again.
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
            <Empty>There is no such delivery, or no more: they go after 30 days.</Empty>
          )
        }
      </Loaded>
    </Dialog>
  )
}

async function readDelivery(webhookId: string, id: string): Promise<DeliveryInFull | null> {
  if (!isId(id)) return null
  try {
    return await client.webhooks.delivery({ id: webhookId, delivery: id })
  } catch (error) {
    if (error instanceof Problem && error.code === 'delivery_not_found') return null
    throw error
  }
}
