import type { AuditChain } from '@clawdxcraft/protocol'

export type ChainState =
  | { readonly kind: 'empty' }
  | { readonly kind: 'going'; readonly upTo: number; readonly links: number }
  | { readonly kind: 'verified'; readonly upTo: number; readonly waiting: number }
  | { readonly kind: 'broken'; readonly fault: string; readonly upTo: number }

/** What is known of the hash chain by now. */
export function chainStateOf({ links, waiting, verified }: AuditChain): ChainState {
  if (verified && !verified.ok)
    return { kind: 'broken', fault: verified.fault ?? 'Something is wrong', upTo: verified.up_to }
  const upTo = verified?.up_to ?? 0
  if (upTo < links) return { kind: 'going', upTo, links }
  return links === 0 ? { kind: 'empty' } : { kind: 'verified', upTo, waiting }
}
