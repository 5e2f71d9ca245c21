import type { HumanRole } from '@clawdxcraft/protocol'
import { createContext, useContext } from 'react'

export const RoleContext = createContext<HumanRole | undefined>(undefined)

/** What the human at the page may do: nothing but watch in public where it is `undefined`. */
export function useRole(): HumanRole | undefined {
  return useContext(RoleContext)
}
