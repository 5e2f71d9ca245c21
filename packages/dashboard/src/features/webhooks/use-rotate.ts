import type { Webhook } from '@clawdxcraft/protocol'
import { useMutation } from '@tanstack/react-query'
import { client } from '../../lib/network.ts'
import { say, sayFault } from '../../lib/toast.ts'
import { keepWebhook, lookAgain } from './kept.ts'

export interface Rotation {
  readonly grace_seconds: number
  /** The new one of a gateway. */
  readonly token?: string
}

/** Replaces the secret, which stands in the answer this once, or the token of a gateway. */
export function useRotate({ id }: Pick<Webhook, 'id'>) {
  return useMutation({
    mutationFn: (rotation: Rotation) => client.webhooks.rotate({ id, ...rotation }),
    onSuccess: ({ secret, ...webhook }) => {
      keepWebhook(webhook)
      lookAgain(id)
      if (secret === undefined) say('Token rotated')
    },
    onError: sayFault,
  })
}
