import { useQuery } from '@tanstack/react-query'
import { LoaderCircle, ShieldAlert, ShieldCheck } from 'lucide-react'
import { countText, shareText } from '../../lib/format.ts'
import { client } from '../../lib/network.ts'
import { Code } from '../../ui/copy.tsx'
import { chainStateOf } from './chain.ts'
import type { ChainState } from './chain.ts'

const CALM_MS = 15_000
/** Each time that somebody asks, the server verifies the next part. */
const GOING_MS = 2_000

/** Whether the log is as it was written, as far as the server has come with looking. */
export function ChainBadge() {
  const chain = useQuery({
    queryKey: ['audit chain'],
    queryFn: () => client.audit.chain(),
    refetchInterval: ({ state: { data } }) =>
      data && chainStateOf(data).kind === 'going' ? GOING_MS : CALM_MS,
  })
  return (
    // As high as what comes, which moves nothing below it.
    <div className="min-h-4 space-y-1">
      {chain.data && <Verdict state={chainStateOf(chain.data)} />}
      {chain.error && (
        <p className="text-label text-text-3" role="status">
          The state of the chain could not be read{chain.data && ' again'}: {chain.error.message}
        </p>
      )}
    </div>
  )
}

function Verdict({ state }: { readonly state: ChainState }) {
  return state.kind === 'broken' ? <Broken fault={state.fault} upTo={state.upTo} /> : <Line state={state} />
}

function Line({ state }: { readonly state: Exclude<ChainState, { kind: 'broken' }> }) {
  const isGood = state.kind === 'verified'
  const Icon = isGood ? ShieldCheck : LoaderCircle
  return (
    // Not a live region: the figures change every few seconds, and nobody wants to hear each of them.
    <div className="flex flex-wrap items-center gap-2 text-label">
      <Icon
        aria-hidden="true"
        className={isGood ? 'text-success' : 'text-text-3'}
        size={16}
        strokeWidth={1.75}
      />
      <span className={`figure ${isGood ? 'text-success' : 'text-text-2'}`}>{lineText(state)}</span>
      {state.kind === 'going' && (
        <progress
          aria-label="Verified of the chain"
          className="h-1 w-32 accent-accent"
          max={state.links}
          value={state.upTo}
        />
      )}
    </div>
  )
}

function lineText(state: Exclude<ChainState, { kind: 'broken' }>): string {
  if (state.kind === 'empty') return 'The chain is empty'
  if (state.kind === 'going') {
    const part = shareText(state.upTo / state.links)
    return `Chain is being verified: ${countText(state.upTo)} of ${countText(state.links)} (${part})`
  }
  const newer = state.newer > 0 ? `; ${countText(state.newer)} newer to come` : ''
  return `Chain verified up to ${countText(state.upTo)}${newer}`
}

function Broken({ fault, upTo }: { readonly fault: string; readonly upTo: number }) {
  return (
    <section
      aria-label="Fault in the chain"
      className="space-y-3 rounded-card border border-s-4 border-border border-s-danger bg-surface p-4"
      role="alert"
    >
      <h2 className="flex items-center gap-2 font-semibold text-danger">
        <ShieldAlert aria-hidden="true" size={16} strokeWidth={1.75} />
        The chain is broken after link {countText(upTo)}
      </h2>
      <p>{fault}.</p>
      <p className="text-text-2">
        Each entry is chained to the one before it by a hash. Somebody has changed, removed or added entries
        in the database itself; nothing of the network does that. Entries from there on are not to be relied
        on until the cause is known. This names everything that does not fit:
      </p>
      <Code label="Command" text="npm run verify" />
    </section>
  )
}
