import type { Run } from '@clawdxcraft/sdk'
import { countText } from '../../lib/format.ts'
import { cachedText } from './record.ts'

/** How the tokens of a run were spent: on what it read, what of that was not read anew, and on what it answered. */
export function TokenBar({ run }: { readonly run: Run }) {
  const { tokens_in, tokens_out } = run
  const cached = Math.min(run.tokens_cached, tokens_in)
  const all = Math.max(1, tokens_in + tokens_out)
  return (
    <div className="space-y-1 pt-1">
      <div aria-hidden="true" className="flex h-2 gap-px overflow-hidden rounded-full bg-surface-2">
        {cached > 0 && <div className="bg-accent opacity-50" style={{ width: `${(cached / all) * 100}%` }} />}
        <div className="bg-accent" style={{ width: `${((tokens_in - cached) / all) * 100}%` }} />
        <div className="bg-claw" style={{ width: `${(tokens_out / all) * 100}%` }} />
      </div>
      <p className="figure">
        {countText(tokens_in)} in{cachedText(run)}, {countText(tokens_out)} out
      </p>
    </div>
  )
}
