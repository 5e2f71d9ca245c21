import { newIdempotencyKey } from '@clawdxcraft/sdk'
import { useMutation } from '@tanstack/react-query'
import { useRef } from 'react'
import { BOT_FIGURES } from '../../lib/bot-status.ts'
import { client, queries } from '../../lib/network.ts'
import { forgetDraft } from './draft.ts'

/** Registers a bot. The same text sent again, after an answer that was lost, is the same registration. */
export function useRegistration() {
  const sent = useRef({ text: '', key: '' })
  return useMutation({
    mutationFn: (text: string) => {
      if (sent.current.text !== text) sent.current = { text, key: newIdempotencyKey() }
      return client.bots.register({ persona_yaml: text }, { idempotencyKey: sent.current.key })
    },
    // The answer holds the key, which nothing keeps.
    gcTime: 0,
    onSuccess: () => {
      forgetDraft()
      for (const name of ['bots', BOT_FIGURES]) void queries.invalidateQueries({ queryKey: [name] })
    },
  })
}
