import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { Card } from '../../ui/card.tsx'
import { stepAfter } from './steps.ts'
import type { Step } from './steps.ts'

const NEXT =
  'inline-flex min-h-8 items-center rounded-button border border-border-strong px-3 font-medium hover:bg-surface-2 max-md:min-h-11'

interface StepCardProps {
  readonly step: Step
  readonly title: string
  /** What leads on: `Skip` until the step is done. */
  readonly next: string
  readonly children: ReactNode
}

/** One step, and the way on from it. */
export function StepCard({ step, title, next, children }: StepCardProps) {
  const after = stepAfter(step)
  return (
    <Card title={title}>
      <div className="space-y-4 p-4">{children}</div>
      <footer className="flex justify-end border-t border-border p-3">
        {after === undefined ? (
          <Link className={NEXT} to="/">
            {next}
          </Link>
        ) : (
          <Link className={NEXT} search={{ step: after }} to="/app/start">
            {next}
          </Link>
        )}
      </footer>
    </Card>
  )
}
