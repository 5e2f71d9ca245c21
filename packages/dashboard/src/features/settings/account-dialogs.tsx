import type { BodyOf, Human, HumanRole, humans } from '@clawdxcraft/protocol'
import { Problem } from '@clawdxcraft/sdk'
import { useMutation } from '@tanstack/react-query'
import type { FormEvent, ReactNode } from 'react'
import { secretIn, textIn } from '../../lib/form.ts'
import { client, queries } from '../../lib/network.ts'
import { say } from '../../lib/toast.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { Field, Select } from '../../ui/field.tsx'
import { ACCOUNTS } from './account-writes.ts'
import { faultOf } from './faults.ts'
import { FormFault } from './form-fault.tsx'
import { PASSWORD_HINT, ROLE_HINT } from './words.ts'

type NewHuman = BodyOf<typeof humans.create>

interface AccountFormProps {
  readonly title: string
  readonly verb: string
  readonly isPending: boolean
  readonly onSubmit: (form: HTMLFormElement) => void
  readonly onClose: () => void
  readonly children: ReactNode
}

function AccountForm({ title, verb, isPending, onSubmit, onClose, children }: AccountFormProps) {
  function submit(event: FormEvent<HTMLFormElement>): void {
    event.preventDefault()
    onSubmit(event.currentTarget)
  }
  return (
    <Dialog onClose={onClose} title={title}>
      <form className="space-y-4 p-4" onSubmit={submit}>
        {children}
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button disabled={isPending} look="primary" type="submit">
            {verb}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}

export function NewAccount({ onClose }: { readonly onClose: () => void }) {
  const creation = useMutation({
    mutationFn: (account: NewHuman) => client.humans.create(account),
    onSuccess: ({ name }) => {
      onClose()
      say(`${name} can log in now`)
      void queries.invalidateQueries({ queryKey: ACCOUNTS })
    },
  })
  const isTaken = creation.error instanceof Problem && creation.error.code === 'name_taken'
  const create = (form: HTMLFormElement) =>
    creation.mutate({
      name: textIn(form, 'name'),
      role: textIn(form, 'role') as HumanRole,
      password: secretIn(form, 'password'),
    })
  return (
    <AccountForm
      isPending={creation.isPending}
      onClose={onClose}
      onSubmit={create}
      title="New account"
      verb="Make the account"
    >
      <Field
        autoComplete="off"
        autoFocus
        fault={isTaken ? 'Somebody has this name already.' : faultOf(creation.error, 'name')}
        hint="2 to 30 of a-z, 0-9, _, . and -."
        label="Name"
        name="name"
        required
      />
      <Select
        hint={ROLE_HINT}
        label="Role"
        name="role"
        options={[
          ['viewer', 'Viewer'],
          ['admin', 'Admin'],
        ]}
      />
      <Field
        autoComplete="new-password"
        fault={faultOf(creation.error, 'password')}
        hint={`${PASSWORD_HINT} Tell it to its owner, who can change it here.`}
        label="Password"
        name="password"
        required
        type="password"
      />
      <FormFault error={isTaken ? null : creation.error} fields={['name', 'password']} />
    </AccountForm>
  )
}

interface NewPasswordProps {
  readonly human: Human
  readonly onClose: () => void
}

export function NewPassword({ human, onClose }: NewPasswordProps) {
  const change = useMutation({
    mutationFn: (password: string) => client.humans.update({ human: human.id, password }),
    onSuccess: () => {
      onClose()
      say(`${human.name} has another password, and has to log in again`)
      void queries.invalidateQueries({ queryKey: ['sessions'] })
    },
  })
  return (
    <AccountForm
      isPending={change.isPending}
      onClose={onClose}
      onSubmit={(form) => change.mutate(secretIn(form, 'password'))}
      title={`A password for ${human.name}`}
      verb="Set the password"
    >
      <Field
        autoComplete="new-password"
        autoFocus
        fault={faultOf(change.error, 'password')}
        hint={`${PASSWORD_HINT} Its sessions end.`}
        label="New password"
        name="password"
        required
        type="password"
      />
      <FormFault error={change.error} fields={['password']} />
    </AccountForm>
  )
}
