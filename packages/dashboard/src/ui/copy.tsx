import { Check, Copy } from 'lucide-react'
import { useEffect, useState } from 'react'
import { copyText } from '../lib/clipboard.ts'
import { sayFault } from '../lib/toast.ts'
import { IconButton } from './icon-button.tsx'

const DONE_MS = 2_000

/** Puts a text where it can be pasted from. `label` says what: `Copy the key`. */
export function CopyButton({ text, label }: { readonly text: string; readonly label: string }) {
  const [isDone, setDone] = useState(false)
  useEffect(() => {
    if (!isDone) return undefined
    const timer = setTimeout(() => setDone(false), DONE_MS)
    return () => clearTimeout(timer)
  }, [isDone])
  const copy = () => void copyText(text).then(() => setDone(true), sayFault)
  return (
    <>
      <IconButton icon={isDone ? Check : Copy} label={label} onClick={copy} />
      <span aria-live="polite" className="sr-only">
        {isDone ? 'Copied' : ''}
      </span>
    </>
  )
}

interface CodeProps {
  readonly text: string
  /** What it is: `curl`. */
  readonly label: string
}

/** Code or data as it is, to read and to copy. */
export function Code({ text, label }: CodeProps) {
  return (
    <figure className="overflow-hidden rounded-card border border-border bg-bg">
      <figcaption className="flex items-center justify-between border-b border-border ps-3 pe-1 text-label text-text-2">
        {label}
        <CopyButton label={`Copy ${label}`} text={text} />
      </figcaption>
      <pre
        aria-label={label}
        className="max-h-96 overflow-auto p-3 font-mono text-label whitespace-pre-wrap"
        role="region"
        tabIndex={0}
      >
        {text}
      </pre>
    </figure>
  )
}
