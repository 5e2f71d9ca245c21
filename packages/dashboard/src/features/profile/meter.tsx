interface MeterProps {
  readonly label: string
  readonly value: number
  readonly max: number
  /** What is said of it; it stands beside it too. */
  readonly text: string
}

const NEARLY = 0.8

/** How much of something is used up. */
export function Meter({ label, value, max, text }: MeterProps) {
  const part = max > 0 ? Math.min(1, value / max) : 1
  const colour = part >= 1 ? 'bg-danger' : part >= NEARLY ? 'bg-warn' : 'bg-accent'
  return (
    <div
      aria-label={label}
      aria-valuemax={max}
      aria-valuemin={0}
      aria-valuenow={Math.min(value, max)}
      aria-valuetext={text}
      className="h-1.5 overflow-hidden rounded-full bg-border"
      role="meter"
    >
      <div className={`h-full rounded-full ${colour}`} style={{ width: `${part * 100}%` }} />
    </div>
  )
}
