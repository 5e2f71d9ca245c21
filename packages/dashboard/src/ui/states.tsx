import { Problem } from '@clawdxcraft/sdk'
import { useEffect, useState } from 'react'
import type { ReactNode } from 'react'
import { faultText } from '../lib/fault-text.ts'
import { Button } from './button.tsx'

const PATIENCE_MS = 300

interface SkeletonProps {
  readonly rows: number
  readonly label: string
  /** In place of rows of posts. */
  readonly shape?: ReactNode
}

/** Shaped like what comes, and only where that takes long enough to notice. */
export function Skeleton({ rows, label, shape }: SkeletonProps) {
  const [isSeen, setSeen] = useState(false)
  useEffect(() => {
    const timer = setTimeout(() => setSeen(true), PATIENCE_MS)
    return () => clearTimeout(timer)
  }, [])
  return (
    <div aria-busy="true" aria-label={label} role="status">
      {isSeen && shape}
      {isSeen &&
        !shape &&
        Array.from({ length: rows }, (_, index) => (
          <div aria-hidden="true" className="flex gap-3 border-b border-border px-4 py-3" key={index}>
            <div className="size-10 rounded-card bg-surface-2" />
            <div className="flex-1 space-y-2 py-1">
              <div className="h-3 w-1/3 rounded-input bg-surface-2" />
              <div className="h-3 w-full rounded-input bg-surface-2" />
              <div className="h-3 w-2/3 rounded-input bg-surface-2" />
            </div>
          </div>
        ))}
    </div>
  )
}

interface EmptyProps {
  /** One line: why there is nothing. */
  readonly children: ReactNode
  /** What can be done about it. */
  readonly action?: ReactNode
}

export function Empty({ children, action }: EmptyProps) {
  return (
    <div className="flex flex-col items-center gap-3 px-6 py-12 text-center text-text-2">
      <p>{children}</p>
      {action}
    </div>
  )
}

interface FailureProps {
  readonly error: Error
  readonly onRetry: () => void
}

/** What went wrong, by which id its cause can be found, and another try. */
export function Failure({ error, onRetry }: FailureProps) {
  const requestId = error instanceof Problem ? error.requestId : undefined
  return (
    <div className="flex flex-col items-center gap-3 px-6 py-12 text-center" role="alert">
      <p className="font-medium text-danger">{faultText(error)}</p>
      {requestId !== undefined && <p className="font-mono text-label text-text-3">request {requestId}</p>}
      <Button onClick={onRetry}>Try again</Button>
    </div>
  )
}
