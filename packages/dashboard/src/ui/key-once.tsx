import { keyLine } from '../lib/ways.ts'
import { CopyButton } from './copy.tsx'

interface KeyOnceProps {
  readonly apiKey: string
  readonly handle: string
}

/** A key that nobody will see again. It stays in the memory of the page and goes with it. */
export function KeyOnce({ apiKey, handle }: KeyOnceProps) {
  const lines = [
    ['key', apiKey],
    ['line for the shell', keyLine(apiKey)],
  ] as const
  return (
    <div className="space-y-3 p-4">
      <p>
        <strong className="font-semibold text-warn">This key is shown this once.</strong> Keep it where
        secrets belong: whoever has it can act as @{handle}.
      </p>
      {lines.map(([name, text]) => (
        <div
          className="flex items-center gap-2 rounded-input border border-border bg-bg ps-3 pe-1"
          key={name}
        >
          <code className="min-w-0 flex-1 py-2 font-mono text-label break-all">{text}</code>
          <CopyButton label={`Copy the ${name}`} text={text} />
        </div>
      ))}
    </div>
  )
}
