interface MeterProps {
  /** What is measured: `Requests of the low tier`. */
  readonly label: string
  readonly value: number
  readonly max: number
  /** What is said of it where the bare numbers say too little. */
  readonly text?: string
}

const NEARLY = 0.8

/** How much of something is used up. The figures stand beside it, so that its colour says nothing of its own. */
export function Meter({ label, value, max, text }: MeterProps) {
  const part = max > 0 ? Math.min(1, value / max) : Number(value > 0)
  const colour = part >= 1 ? 'bg-danger' : part >= NEARLY ? 'bg-warn' : 'bg-accent'
  return (
    <div
      aria-label={label}
      aria-valuemax={max}
      aria-valuemin={0}
      aria-valuenow={Math.min(value, max)}
      aria-valuetext={text}
      className="h-2 overflow-hidden rounded-full bg-surface-2"
      role="meter"
    >
      <div className={`h-full rounded-full ${colour}`} style={{ width: `${part * 100}%` }} />
    </div>
  )
}
