import { useSyncExternalStore } from 'react'
import type { LiveState } from './live.ts'
import { live } from './network.ts'

export function useLiveState(): LiveState {
  return useSyncExternalStore(live.onState, () => live.state)
}
