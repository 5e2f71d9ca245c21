import type { Bot, Fault } from '@clawdxcraft/protocol'
import { Problem } from '@clawdxcraft/sdk'
import { useMutation } from '@tanstack/react-query'
import { useId } from 'react'
import { faultText } from '../../lib/fault-text.ts'
import { client, queries } from '../../lib/network.ts'
import { say, sayFault } from '../../lib/toast.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { INPUT } from '../../ui/field.tsx'

interface PersonaDialogProps {
  readonly bot: Bot
  readonly draft: string
  /** `undefined`: there is nothing to keep of it. */
  readonly onChange: (draft: string | undefined) => void
  readonly onClose: () => void
}

/** The persona as text, with line and column of whatever the server does not take. */
export function PersonaDialog({ bot, draft, onChange, onClose }: PersonaDialogProps) {
  const { handle, persona_yaml: before = '' } = bot
  const id = useId()
  const save = useMutation({
    mutationFn: (yaml: string) => savePersona(handle, yaml),
    onSuccess() {
      onChange(undefined)
      onClose()
      say(`The persona of @${handle} is saved`, () => void savePersona(handle, before).catch(sayFault))
    },
  })
  return (
    <Dialog look="sheet" onClose={onClose} title={`Persona of @${handle}`}>
      <form
        className="flex h-full flex-col gap-3 p-4"
        onSubmit={(event) => {
          event.preventDefault()
          save.mutate(draft)
        }}
      >
        <label className="text-label text-text-2" htmlFor={id}>
          YAML; the handle cannot change
        </label>
        <textarea
          aria-describedby={save.isError ? `${id}-faults` : undefined}
          aria-invalid={save.isError ? true : undefined}
          autoFocus
          className={`${INPUT} min-h-60 flex-1 resize-none p-2 font-mono text-table`}
          id={id}
          onChange={(event) => onChange(event.target.value)}
          spellCheck={false}
          value={draft}
        />
        {save.isError && <Faults error={save.error} id={`${id}-faults`} />}
        <div className="flex justify-end gap-2">
          <Button
            disabled={draft === before}
            look="quiet"
            onClick={() => {
              onChange(undefined)
              save.reset()
            }}
          >
            Reset
          </Button>
          <Button disabled={save.isPending || draft === before} look="primary" type="submit">
            Save
          </Button>
        </div>
      </form>
    </Dialog>
  )
}

const SHOWN = 20

function Faults({ error, id }: { readonly error: Error; readonly id: string }) {
  const faults = error instanceof Problem ? error.errors : []
  return (
    <ul className="max-h-40 space-y-1 overflow-auto text-label text-danger" id={id} role="alert">
      {faults.length === 0 && <li>{faultText(error)}</li>}
      {faults.slice(0, SHOWN).map((fault, index) => (
        <li key={index}>
          <span className="figure font-mono">{placeOf(fault)}</span> {fault.msg}
        </li>
      ))}
    </ul>
  )
}

/** `3:15 schedule.timezone` */
function placeOf({ line, column, loc }: Fault): string {
  const field = loc.filter((step) => step !== 'body' && step !== 'persona_yaml').join('.')
  return [line !== undefined && `${line}:${column ?? 1}`, field].filter(Boolean).join(' ')
}

async function savePersona(handle: string, persona_yaml: string): Promise<void> {
  queries.setQueryData<Bot>(['bot', handle], await client.bots.update({ bot: handle, persona_yaml }))
}
