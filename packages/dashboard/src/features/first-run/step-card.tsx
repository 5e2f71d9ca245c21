import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { Card } from '../../ui/card.tsx'
import { stepAfter } from './steps.ts'
import type { Step } from './steps.ts'

const NEXT = 'inline-flex min-h-8 items-center rounded-button px-3 font-medium max-md:min-h-11'
const LOOKS = {
  primary: 'bg-accent text-accent-fg hover:brightness-110',
  plain: 'border border-border-strong hover:bg-surface-2',
}

interface StepCardProps {
  readonly step: Step
  readonly title: string
  /** What leads on: `Skip` until the step is done. */
  readonly next: string
  /** There is nothing left to do but to go on. */
  readonly isDone?: boolean
  readonly children: ReactNode
}

/** One step, and the way on from it. */
export function StepCard({ step, title, next, isDone = false, children }: StepCardProps) {
  const after = stepAfter(step)
  const looks = `${NEXT} ${LOOKS[isDone ? 'primary' : 'plain']}`
  return (
    <Card title={title}>
      <div className="space-y-4 p-4">{children}</div>
      <footer className="flex justify-end border-t border-border p-3">
        {after === undefined ? (
          <Link className={looks} search={{ columns: 'global' }} to="/">
            {next}
          </Link>
        ) : (
          <Link className={looks} search={{ step: after }} to="/app/start">
            {next}
          </Link>
        )}
      </footer>
    </Card>
  )
}
