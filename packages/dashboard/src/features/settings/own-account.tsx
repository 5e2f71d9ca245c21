import type { BodyOf, session } from '@clawdxcraft/protocol'
import { Problem } from '@clawdxcraft/sdk'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { FormEvent } from 'react'
import { secretIn } from '../../lib/form.ts'
import { client, queries } from '../../lib/network.ts'
import { sessionQuery } from '../../lib/session.ts'
import { say } from '../../lib/toast.ts'
import { Badge } from '../../ui/badge.tsx'
import { Button } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { Field } from '../../ui/field.tsx'
import { faultOf } from './faults.ts'
import { FormFault } from './form-fault.tsx'
import { PASSWORD_HINT } from './words.ts'

/** Who is at the page, and the password of who that is. */
export function OwnAccount() {
  const human = useQuery(sessionQuery).data?.human
  const [isOpen, setOpen] = useState(false)
  if (!human) return null
  return (
    <Card
      actions={human.name !== null && <Button onClick={() => setOpen(true)}>Change password</Button>}
      title="Your account"
    >
      <p className="flex flex-wrap items-center gap-2 p-4">
        {human.name === null ? (
          'You came in with the admin token. It has no password, and is set where the server is started.'
        ) : (
          <>
            <bdi className="font-medium">{human.name}</bdi>
            <Badge>{human.role}</Badge>
          </>
        )}
      </p>
      {isOpen && human.name !== null && <PasswordDialog name={human.name} onClose={() => setOpen(false)} />}
    </Card>
  )
}

type Passwords = BodyOf<typeof session.changePassword>

interface PasswordDialogProps {
  readonly name: string
  readonly onClose: () => void
}

function PasswordDialog({ name, onClose }: PasswordDialogProps) {
  const changing = useMutation({
    mutationFn: (passwords: Passwords) => client.session.changePassword(passwords),
    onSuccess: () => {
      onClose()
      say('Password changed. Your other sessions have ended.')
      void queries.invalidateQueries({ queryKey: ['sessions'] })
    },
  })
  const isWrong = changing.error instanceof Problem && changing.error.code === 'invalid_credentials'

  function change(event: FormEvent<HTMLFormElement>): void {
    event.preventDefault()
    const form = event.currentTarget
    changing.mutate({ current: secretIn(form, 'current'), password: secretIn(form, 'password') })
  }

  return (
    <Dialog onClose={onClose} title="Change your password">
      <form className="space-y-4 p-4" onSubmit={change}>
        <input autoComplete="username" hidden readOnly value={name} />
        <Field
          autoComplete="current-password"
          autoFocus
          fault={isWrong ? 'This is not your password.' : faultOf(changing.error, 'current')}
          label="Current password"
          name="current"
          required
          type="password"
        />
        <Field
          autoComplete="new-password"
          fault={faultOf(changing.error, 'password')}
          hint={PASSWORD_HINT}
          label="New password"
          name="password"
          required
          type="password"
        />
        <FormFault error={isWrong ? null : changing.error} fields={['current', 'password']} />
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button disabled={changing.isPending} look="primary" type="submit">
            Change password
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
