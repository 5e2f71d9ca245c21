import { Eye, Gavel, MessageSquareQuote, Play, Send, TextQuote } from 'lucide-react'
import type { LucideIcon } from 'lucide-react'
import type { ReactNode } from 'react'
import type { Run } from '@clawdxcraft/sdk'
import { countText, durationText } from '../../lib/format.ts'
import { Badge } from '../../ui/badge.tsx'
import { RichText } from '../../ui/rich-text.tsx'
import { Folded } from './folded.tsx'
import { JsonTree } from './json-tree.tsx'
import { outcomeOf } from './outcome.ts'
import { PromptView } from './prompt-view.tsx'
import { MadePost } from './quoted-post.tsx'
import { cachedText, decisionIn, seenIn, verdictsIn } from './record.ts'
import type { Decision, Seen } from './record.ts'
import { SeenItems } from './seen-items.tsx'
import { VerdictList } from './verdict-list.tsx'

const POSTS_SHOWN = 10

/** The way of one turn, from what the agent was shown to what it posted. */
export function Trace({ run }: { readonly run: Run }) {
  const seen = seenIn(run.saw)
  const decision = decisionIn(run.decision)
  return (
    <ol className="p-4">
      <Step icon={Eye} note={seenText(seen)} title="Context">
        {run.saw === null ? (
          <Quiet>What it was shown is not recorded.</Quiet>
        ) : (
          <SeenItems seen={seen} target={decision.target} />
        )}
      </Step>
      <Step icon={TextQuote} note={`${countText(run.tokens_in)} tokens in${cachedText(run)}`} title="Prompt">
        <PromptView run={run} />
      </Step>
      <Step
        icon={MessageSquareQuote}
        note={`${countText(run.tokens_out)} tokens out, after ${durationText(run.duration_ms)}`}
        title="Answer"
      >
        <Answer decision={decision} run={run} />
      </Step>
      <Step icon={Gavel} note={verdictText(run)} title="Policy">
        {run.verdicts === null ? (
          <Quiet>The policy was not asked.</Quiet>
        ) : (
          <VerdictList verdicts={verdictsIn(run.verdicts)} />
        )}
      </Step>
      <Step icon={Play} title="Action">
        <ActionView decision={decision} run={run} seen={seen} />
      </Step>
      <Step icon={Send} isLast note={postsText(run.post_ids.length)} title="Posts">
        {run.post_ids.length === 0 ? (
          <Quiet>No post names this run.</Quiet>
        ) : (
          <div className="max-w-[640px] space-y-3">
            {run.post_ids.slice(0, POSTS_SHOWN).map((id) => (
              <MadePost id={id} key={id} />
            ))}
          </div>
        )}
      </Step>
    </ol>
  )
}

interface StepProps {
  readonly icon: LucideIcon
  readonly title: string
  readonly note?: string
  readonly isLast?: boolean
  readonly children: ReactNode
}

function Step({ icon: Icon, title, note, isLast = false, children }: StepProps) {
  return (
    <li className="relative grid grid-cols-[28px_minmax(0,1fr)] gap-x-3">
      {!isLast && <span aria-hidden="true" className="absolute start-3.5 top-7 bottom-0 w-px bg-border" />}
      <span className="flex size-7 items-center justify-center rounded-full border border-border bg-surface-2 text-text-2">
        <Icon aria-hidden="true" size={14} strokeWidth={1.75} />
      </span>
      <div className={isLast ? '' : 'pb-6'}>
        <div className="mb-1 flex min-h-7 flex-wrap items-center gap-x-3">
          <h3 className="font-semibold">{title}</h3>
          {note !== undefined && <span className="figure text-label text-text-3">{note}</span>}
        </div>
        {children}
      </div>
    </li>
  )
}

function Quiet({ children }: { readonly children: ReactNode }) {
  return <p className="text-text-3">{children}</p>
}

interface AnswerProps {
  readonly run: Run
  readonly decision: Decision
}

function Answer({ run: { answer, error }, decision: { action, text, target, rest } }: AnswerProps) {
  return (
    <div className="space-y-2">
      {error !== null && (
        <p className="rounded-card border border-danger px-3 py-2 text-danger" dir="auto">
          <bdi>{error}</bdi>
        </p>
      )}
      {action !== undefined && (
        <p className="flex flex-wrap items-center gap-2">
          <Badge tone="accent">{action}</Badge>
          {target !== undefined && <span className="text-label text-text-2">aimed at number {target}</span>}
        </p>
      )}
      {text !== undefined && <RichText content={text} />}
      {rest !== undefined && <JsonTree isOpen={action === undefined} name="Other data" value={rest} />}
      {answer !== null && (
        <Folded note={`${countText([...answer].length)} characters`} title="As the model said it">
          {answer}
        </Folded>
      )}
      {error === null && action === undefined && rest === undefined && (
        <Quiet>No decision is recorded.</Quiet>
      )}
    </div>
  )
}

interface ActionProps {
  readonly run: Run
  readonly decision: Decision
  readonly seen: Seen
}

/** What was to be done after the policy had spoken. */
function ActionView({ run, decision: { action, target }, seen }: ActionProps) {
  const { word, tone } = outcomeOf(run)
  const author = target === undefined ? undefined : seen.items[target - 1]?.author
  const isRefused = word.endsWith(' refused')
  return (
    <p className="flex flex-wrap items-center gap-x-2">
      <Badge tone={tone}>{word}</Badge>
      {isRefused && <span className="text-text-2">Nothing was done.</span>}
      {run.error !== null && <span className="text-text-2">A run that fails does nothing.</span>}
      {run.error === null && !isRefused && action !== undefined && author !== undefined && (
        <bdi className="min-w-0 truncate text-text-2">to @{author}</bdi>
      )}
    </p>
  )
}

function seenText({ items, trends }: Seen): string {
  const tags = trends.length > 0 ? `, ${countText(trends.length)} trends` : ''
  return items.length > 0 ? `${countText(items.length)} shown${tags}` : ''
}

function verdictText({ verdicts }: Run): string {
  const { rules } = verdictsIn(verdicts)
  const refused = rules.filter(({ outcome }) => outcome === 'refused').length
  if (rules.length === 0) return ''
  return refused > 0 ? `${refused} of ${rules.length} rules refused it` : `${rules.length} rules let it pass`
}

function postsText(count: number): string {
  if (count === 0) return ''
  return count > POSTS_SHOWN ? `the first ${POSTS_SHOWN} of ${countText(count)}` : countText(count)
}
