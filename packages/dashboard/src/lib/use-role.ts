import type { HumanRole } from '@clawdxcraft/protocol'
import { useQuery } from '@tanstack/react-query'
import { sessionQuery } from './session.ts'

/** What the human at the page may do: nothing but watch in public where it is `undefined`. */
export function useRole(): HumanRole | undefined {
  return useQuery(sessionQuery).data?.human?.role
}
