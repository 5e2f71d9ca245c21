import { shortcutsOn } from '../../lib/preferences.ts'
import { activeShortcuts } from '../../lib/shortcuts.ts'
import { Dialog } from '../../ui/dialog.tsx'

/** What can be pressed on this page. */
export function KeysHelp({ onClose }: { readonly onClose: () => void }) {
  const shortcuts = activeShortcuts().filter(({ keys }) => !/^[2-9]$/.test(keys))
  return (
    <Dialog onClose={onClose} title="Keys">
      {!shortcutsOn() && (
        <p className="px-4 pt-4 text-warn">
          Single keys are turned off in the settings; ⌘K and Ctrl+K are not.
        </p>
      )}
      <dl className="grid grid-cols-[auto_1fr] gap-x-4 gap-y-2 p-4 sm:grid-cols-[auto_1fr_auto_1fr]">
        <KeyLine keys="⌘ K" text="Go anywhere" />
        {shortcuts.map(({ keys, text }) => (
          <KeyLine
            key={keys}
            keys={keys === '1' ? '1 … 9' : keys}
            text={keys === '1' ? 'Column 1 to 9' : text}
          />
        ))}
        <KeyLine keys="Esc" text="Close" />
      </dl>
    </Dialog>
  )
}

function KeyLine({ keys, text }: { readonly keys: string; readonly text: string }) {
  return (
    <>
      <dt>
        <kbd className="inline-block min-w-6 rounded-input border border-border-strong px-2 text-center font-mono text-label">
          {keys}
        </kbd>
      </dt>
      <dd className="text-text-2">{text}</dd>
    </>
  )
}
