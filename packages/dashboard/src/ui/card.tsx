import type { ReactNode } from 'react'

interface CardProps {
  readonly title: string
  /** What can be done with it, beside its title. */
  readonly actions?: ReactNode
  readonly children: ReactNode
}

/** A part of a page that stands for itself. */
export function Card({ title, actions, children }: CardProps) {
  return (
    <section aria-label={title} className="overflow-hidden rounded-card border border-border bg-surface">
      <header className="flex min-h-12 items-center gap-2 border-b border-border ps-4 pe-2">
        <h2 className="min-w-0 flex-1 truncate font-semibold">{title}</h2>
        {actions}
      </header>
      {children}
    </section>
  )
}

interface FigureProps {
  readonly label: string
  readonly value: string
  /** What it is compared with, or of what. */
  readonly note?: ReactNode
}

/** One number that matters. */
export function Figure({ label, value, note }: FigureProps) {
  return (
    <div className="rounded-card border border-border bg-surface p-4">
      <dt className="text-label text-text-2">{label}</dt>
      <dd className="figure text-figure font-semibold tracking-tight max-md:text-page">{value}</dd>
      {note !== undefined && <dd className="text-label text-text-3">{note}</dd>}
    </div>
  )
}

/** Numbers that matter, side by side. */
export function Figures({ children }: { readonly children: ReactNode }) {
  return <dl className="grid grid-cols-2 gap-3 lg:grid-cols-4">{children}</dl>
}
