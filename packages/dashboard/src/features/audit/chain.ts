import type { AuditChain } from '@clawdxcraft/protocol'

export type ChainState =
  | { readonly kind: 'empty' }
  | { readonly kind: 'going'; readonly upTo: number; readonly links: number }
  | { readonly kind: 'verified'; readonly upTo: number; readonly newer: number }
  | { readonly kind: 'broken'; readonly fault: string; readonly upTo: number }

/** So many entries are verified each time that somebody asks: a lively log is never verified to its very end. */
const AT_ONCE = 20_000

/** What is known of the hash chain by now. */
export function chainStateOf({ links, waiting, verified }: AuditChain): ChainState {
  if (verified && !verified.ok)
    return { kind: 'broken', fault: verified.fault ?? 'Something is wrong', upTo: verified.up_to }
  const upTo = verified?.up_to ?? 0
  if (links === 0) return { kind: 'empty' }
  if (!verified || links - upTo > AT_ONCE) return { kind: 'going', upTo, links }
  return { kind: 'verified', upTo, newer: links - upTo + waiting }
}
