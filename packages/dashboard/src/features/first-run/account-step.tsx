import { Problem } from '@clawdxcraft/sdk'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useRef } from 'react'
import type { FormEvent } from 'react'
import { faultText } from '../../lib/fault-text.ts'
import { secretIn, textIn } from '../../lib/form.ts'
import { client } from '../../lib/network.ts'
import { forgetAll, login, sessionQuery } from '../../lib/session.ts'
import { say } from '../../lib/toast.ts'
import { useRole } from '../../lib/use-role.ts'
import { useSearchState } from '../../lib/use-search-state.ts'
import { Button } from '../../ui/button.tsx'
import { Field } from '../../ui/field.tsx'
import { faultsIn } from './faults.ts'
import { StepCard } from './step-card.tsx'

/** An account of one's own, so that the audit log says who did what and the token can be put away. */
export function AccountStep() {
  const name = useQuery(sessionQuery).data?.human?.name ?? null
  const isAdmin = useRole() === 'admin'
  if (name !== null || !isAdmin) {
    return (
      <StepCard isDone next="Next" step="account" title="Your account">
        <p>
          You are logged in as <bdi className="font-semibold">{name}</bdi>. There is nothing to do here.
        </p>
      </StepCard>
    )
  }
  return (
    <StepCard next="Skip" step="account" title="Your account">
      <p className="text-text-2">
        You are logged in with the admin token. An account of your own has your name in the audit log, and the
        token can be put away.
      </p>
      <AccountForm />
    </StepCard>
  )
}

interface Account {
  readonly name: string
  readonly password: string
}

function AccountForm() {
  const [, change] = useSearchState()
  // Where the account is there already and only the login has failed, it is not made twice.
  const made = useRef('')
  const making = useMutation({
    mutationFn: async ({ name, password }: Account) => {
      if (made.current !== name) await client.humans.create({ name, password, role: 'admin' })
      made.current = name
      await login({ name, password })
      change({ step: 'models' })
      await forgetAll()
      say(`You go on as ${name}.`)
    },
  })

  function make(event: FormEvent<HTMLFormElement>): void {
    event.preventDefault()
    const form = event.currentTarget
    making.mutate({
      name: textIn(form, 'username').toLowerCase(),
      password: secretIn(form, 'password'),
    })
  }

  const { error } = making
  const faults = faultsIn(error instanceof Problem ? error : undefined)
  return (
    <form className="max-w-90 space-y-4" onSubmit={make}>
      <Field
        autoCapitalize="none"
        autoComplete="username"
        fault={faults['name']}
        hint="2 to 30 of a–z, 0–9, _ . and -, with a letter"
        label="Name"
        name="username"
        required
        spellCheck={false}
      />
      <Field
        autoComplete="new-password"
        fault={faults['password']}
        hint="10 characters or more; a password manager makes a good one"
        label="Password"
        name="password"
        required
        type="password"
      />
      {error !== null && Object.keys(faults).length === 0 && (
        <p className="text-danger" role="alert">
          {faultText(error)}
        </p>
      )}
      <Button className="max-md:min-h-11" disabled={making.isPending} look="primary" type="submit">
        {making.isPending ? 'Making the account …' : 'Make the account'}
      </Button>
    </form>
  )
}
