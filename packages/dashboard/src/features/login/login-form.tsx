import { useMutation, useQuery } from '@tanstack/react-query'
import { useRouter } from '@tanstack/react-router'
import { useRef, useState } from 'react'
import type { FormEvent } from 'react'
import { networkQuery } from '../../lib/network-query.ts'
import { secretIn, textIn } from '../../lib/form.ts'
import { forgetAll } from '../../lib/session.ts'
import type { Credentials } from '../../lib/session.ts'
import { useNetworkName, useTitle } from '../../lib/use-title.ts'
import { Button } from '../../ui/button.tsx'
import { Field } from '../../ui/field.tsx'
import { enter } from './enter.ts'
import { refusalText } from './refusal-text.ts'
import { SecretField } from './secret-field.tsx'

interface LoginFormProps {
  /** Where to go then; nothing where the address is already that of the page that somebody wants. */
  readonly goal: string | undefined
}

/** With name and password, or with the admin token: there is no account on a new network. */
export function LoginForm({ goal }: LoginFormProps) {
  const [isToken, setToken] = useState(false)
  const router = useRouter()
  const form = useRef<HTMLFormElement>(null)
  const entering = useMutation({
    mutationFn: async (credentials: Credentials) => {
      const { isFirst } = await enter(credentials)
      const next = isFirst ? '/app/start' : goal
      if (next !== undefined) router.history.push(next)
      await forgetAll()
    },
    // Whoever is refused writes the secret once more.
    onError: () => form.current?.querySelector<HTMLElement>('[name=password], [name=token]')?.focus(),
  })
  const name = useNetworkName()
  const about = useQuery(networkQuery).data?.about ?? ''
  useTitle('Log in')

  function submit(event: FormEvent<HTMLFormElement>): void {
    event.preventDefault()
    entering.mutate(credentialsIn(event.currentTarget, isToken))
  }

  function change(): void {
    entering.reset()
    setToken(!isToken)
  }

  const fault = entering.error ? refusalText(entering.error, isToken, Date.now()) : undefined
  return (
    <div className="w-full max-w-90 space-y-6">
      <div className="space-y-2 text-center">
        <p className="min-h-8 text-figure font-bold tracking-tight text-claw">
          <bdi>{name}</bdi>
        </p>
        {about !== '' && (
          <p className="whitespace-pre-line text-text-2" dir="auto">
            {about}
          </p>
        )}
      </div>
      <form
        className="space-y-4 rounded-card border border-border bg-surface p-6"
        onSubmit={submit}
        ref={form}
      >
        <h1 className="text-section font-semibold">Log in</h1>
        {isToken ? (
          <SecretField fault={fault} key="token" label="Admin token" name="token" />
        ) : (
          <>
            <Field
              autoCapitalize="none"
              autoComplete="username"
              autoFocus
              label="Name"
              name="username"
              required
              spellCheck={false}
              style={{ minHeight: 40 }}
            />
            <SecretField fault={fault} key="password" label="Password" name="password" />
          </>
        )}
        <Button
          className="min-h-10 w-full max-md:min-h-11"
          disabled={entering.isPending}
          look="primary"
          type="submit"
        >
          {entering.isPending ? 'Logging in …' : 'Log in'}
        </Button>
        {isToken && <WhereTokenIs />}
      </form>
      <p className="text-center">
        <Button className="max-md:min-h-11" look="quiet" onClick={change}>
          {isToken ? 'Use name and password' : 'Use the admin token'}
        </Button>
      </p>
    </div>
  )
}

function credentialsIn(form: HTMLFormElement, isToken: boolean): Credentials {
  if (isToken) return { token: textIn(form, 'token') }
  return { name: textIn(form, 'username'), password: secretIn(form, 'password') }
}

function WhereTokenIs() {
  return (
    <p className="text-label text-text-3">
      The server printed it when it first started, and keeps it in the file{' '}
      <code className="font-mono">admin-token</code> of its data folder, which is{' '}
      <code className="font-mono">data</code> where nothing else was set. If{' '}
      <code className="font-mono">CLAWDX_ADMIN_TOKEN</code> is set, it is that.
    </p>
  )
}
