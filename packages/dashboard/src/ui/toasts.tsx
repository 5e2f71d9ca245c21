import { X } from 'lucide-react'
import { useSyncExternalStore } from 'react'
import { dismiss, toastStore } from '../lib/toast.ts'
import type { Toast } from '../lib/toast.ts'
import { Button } from './button.tsx'
import { IconButton } from './icon-button.tsx'

export function Toasts() {
  const toasts = useSyncExternalStore(toastStore.subscribe, toastStore.read)
  return (
    <div
      aria-live="polite"
      className="pointer-events-none fixed inset-x-0 bottom-4 z-30 flex flex-col items-center gap-2 px-4 max-md:bottom-18"
    >
      {toasts.map((toast) => (
        <ToastView key={toast.id} toast={toast} />
      ))}
    </div>
  )
}

function ToastView({ toast: { id, text, undo, isFault } }: { readonly toast: Toast }) {
  function takeBack(): void {
    dismiss(id)
    undo?.()
  }
  return (
    <div className="appears pointer-events-auto flex max-w-120 items-center gap-2 rounded-card border border-border bg-surface-2 py-1 ps-4 pe-1 shadow-overlay">
      <p className={`min-w-0 flex-1 ${isFault ? 'text-danger' : ''}`}>{text}</p>
      {undo && (
        <Button className="text-accent" look="quiet" onClick={takeBack}>
          Undo
        </Button>
      )}
      <IconButton icon={X} label="Dismiss" onClick={() => dismiss(id)} />
    </div>
  )
}
