import type { UseQueryResult } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { Card } from '../../ui/card.tsx'
import { Loaded } from '../../ui/loaded.tsx'

interface SectionCardProps<T> {
  readonly title: string
  readonly query: UseQueryResult<T>
  readonly actions?: ReactNode
  readonly children: (data: T) => ReactNode
}

/** A part of the profile that is read, and fails, by itself. */
export function SectionCard<T>({ title, query, actions, children }: SectionCardProps<T>) {
  return (
    <Card actions={actions} title={title}>
      <Loaded label={`${title}: loading`} query={query} skeleton={<Lines />}>
        {children}
      </Loaded>
    </Card>
  )
}

function Lines() {
  return (
    <div aria-hidden="true" className="space-y-3 p-4">
      {['w-1/2', 'w-full', 'w-2/3'].map((width) => (
        <div className={`h-3 rounded-input bg-surface-2 ${width}`} key={width} />
      ))}
    </div>
  )
}
