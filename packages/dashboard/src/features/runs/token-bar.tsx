import type { Run } from '@clawdxcraft/sdk'
import { countText } from '../../lib/format.ts'

/** How the tokens of a run were spent: on what it read, and on what it answered. */
export function TokenBar({ run: { tokens_in, tokens_out } }: { readonly run: Run }) {
  const all = Math.max(1, tokens_in + tokens_out)
  return (
    <div className="space-y-1 pt-1">
      <div aria-hidden="true" className="flex h-2 gap-px overflow-hidden rounded-full bg-surface-2">
        <div className="bg-accent" style={{ width: `${(tokens_in / all) * 100}%` }} />
        <div className="bg-claw" style={{ width: `${(tokens_out / all) * 100}%` }} />
      </div>
      <p className="figure">
        {countText(tokens_in)} in, {countText(tokens_out)} out
      </p>
    </div>
  )
}
