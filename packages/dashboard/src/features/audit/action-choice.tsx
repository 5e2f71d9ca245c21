import { useId, useState } from 'react'
import type { AuditAction } from '@clawdxcraft/protocol'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { INPUT } from '../../ui/field.tsx'
import { ACTION_GROUPS, ACTION_WORDS } from './actions.ts'

interface ActionChoiceProps {
  readonly chosen: readonly AuditAction[]
  readonly onChange: (chosen: readonly AuditAction[]) => void
}

/** Which actions are looked for; none chosen means all of them. */
export function ActionChoice({ chosen, onChange }: ActionChoiceProps) {
  const [isOpen, setOpen] = useState(false)
  const id = useId()
  const [only] = chosen
  const text = only && chosen.length === 1 ? ACTION_WORDS[only] : `${chosen.length} actions`
  return (
    <div className="space-y-1">
      <span className="block text-label text-text-2" id={id}>
        Actions
      </span>
      <button
        aria-describedby={id}
        aria-haspopup="dialog"
        className={`${INPUT} truncate text-start hover:bg-surface-2`}
        onClick={() => setOpen(true)}
        type="button"
      >
        {only ? text : 'All actions'}
      </button>
      {isOpen && (
        <Dialog onClose={() => setOpen(false)} title="Actions">
          <div className="space-y-4 p-4">
            {ACTION_GROUPS.map(([title, actions]) => (
              <Group actions={actions} chosen={chosen} key={title} onChange={onChange} title={title} />
            ))}
            <div className="flex justify-end gap-2">
              <Button disabled={chosen.length === 0} look="quiet" onClick={() => onChange([])}>
                All actions
              </Button>
              <Button look="primary" onClick={() => setOpen(false)}>
                Done
              </Button>
            </div>
          </div>
        </Dialog>
      )}
    </div>
  )
}

interface GroupProps extends ActionChoiceProps {
  readonly title: string
  readonly actions: readonly AuditAction[]
}

function Group({ title, actions, chosen, onChange }: GroupProps) {
  const flip = (action: AuditAction) =>
    onChange(chosen.includes(action) ? chosen.filter((one) => one !== action) : [...chosen, action])
  return (
    <fieldset>
      <legend className="text-label font-medium text-text-2">{title}</legend>
      <div className="grid sm:grid-cols-2">
        {actions.map((action) => (
          <label className="inline-flex min-h-8 items-center gap-2 max-md:min-h-11" key={action}>
            <input
              checked={chosen.includes(action)}
              className="size-4 accent-accent"
              onChange={() => flip(action)}
              type="checkbox"
            />
            {ACTION_WORDS[action]}
          </label>
        ))}
      </div>
    </fieldset>
  )
}
