import { Check, PenLine, X } from 'lucide-react'
import { Badge } from '../../ui/badge.tsx'
import { JsonTree } from './json-tree.tsx'
import type { Verdict, Verdicts } from './record.ts'

const LOOKS = {
  refused: { icon: X, tone: 'bad', colour: 'text-danger' },
  amended: { icon: PenLine, tone: 'warn', colour: 'text-warn' },
  passed: { icon: Check, tone: 'good', colour: 'text-success' },
} as const

/** What each rule of the policy said; those that had something against it with their reasons. */
export function VerdictList({ verdicts: { rules, rest } }: { readonly verdicts: Verdicts }) {
  const told = rules.filter(({ outcome }) => outcome !== 'passed')
  const passed = rules.filter(({ outcome }) => outcome === 'passed')
  return (
    <div className="space-y-3">
      {told.length > 0 && (
        <ul className="space-y-2">
          {told.map((verdict, index) => (
            <ToldVerdict key={index} verdict={verdict} />
          ))}
        </ul>
      )}
      {passed.length > 0 && (
        <ul aria-label="Rules that had nothing against it" className="flex flex-wrap gap-x-4 gap-y-1">
          {passed.map(({ rule }, index) => (
            <li className="flex min-w-0 items-center gap-1 text-label text-text-2" key={index}>
              <Check aria-hidden="true" className="shrink-0 text-success" size={14} strokeWidth={1.75} />
              <bdi className="min-w-0 truncate">{rule}</bdi>
              <span className="sr-only">passed</span>
            </li>
          ))}
        </ul>
      )}
      {rest !== undefined && <JsonTree isOpen={rules.length === 0} name="Other data" value={rest} />}
    </div>
  )
}

function ToldVerdict({ verdict: { rule, outcome, reason } }: { readonly verdict: Verdict }) {
  const { icon: Icon, tone, colour } = LOOKS[outcome]
  return (
    <li className="flex flex-wrap items-center gap-x-2">
      <Icon aria-hidden="true" className={`shrink-0 ${colour}`} size={16} strokeWidth={1.75} />
      <bdi className="font-medium">{rule}</bdi>
      <Badge tone={tone}>{outcome}</Badge>
      {reason !== undefined && <bdi className="text-text-2">{reason}</bdi>}
    </li>
  )
}
