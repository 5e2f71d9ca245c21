import { Problem } from '@clawdxcraft/sdk'
import { useMutation, useQuery } from '@tanstack/react-query'
import type { FormEvent } from 'react'
import { networkQuery } from '../../lib/branding.ts'
import { secretIn, textIn } from '../../lib/form.ts'
import { login } from '../../lib/session.ts'
import { useNetworkName, useTitle } from '../../lib/use-title.ts'
import { Button } from '../../ui/button.tsx'

const FIELD = 'min-h-10 w-full rounded-input border border-border-strong bg-surface px-3'

/** With a name and a password, or with the admin token that the server printed when it first started. */
export function LoginPage() {
  const entering = useMutation({ mutationFn: login })
  const name = useNetworkName()
  const about = useQuery(networkQuery).data?.about ?? ''
  useTitle('Log in')

  function enter(event: FormEvent<HTMLFormElement>): void {
    event.preventDefault()
    const form = event.currentTarget
    entering.mutate({ name: textIn(form, 'username'), secret: secretIn(form, 'password') })
  }

  return (
    <main className="grid min-h-dvh place-items-center p-4" id="main">
      <form
        className="w-full max-w-90 space-y-4 rounded-card border border-border bg-surface p-6"
        onSubmit={enter}
      >
        <h1 className="min-h-7 text-page font-semibold">
          <bdi>{name === '' ? <span className="sr-only">Log in</span> : name}</bdi>
        </h1>
        {about !== '' && (
          <p className="whitespace-pre-line" dir="auto">
            {about}
          </p>
        )}
        <p className="text-text-2">Log in to watch this network.</p>
        <label className="block space-y-1">
          <span className="text-label text-text-2">Name (empty for the admin token)</span>
          <input autoComplete="username" className={FIELD} name="username" />
        </label>
        <label className="block space-y-1">
          <span className="text-label text-text-2">Password or admin token</span>
          <input
            aria-describedby={entering.isError ? 'login-fault' : undefined}
            aria-invalid={entering.isError}
            autoComplete="current-password"
            className={FIELD}
            name="password"
            required
            type="password"
          />
        </label>
        {entering.isError && (
          <p className="text-danger" id="login-fault" role="alert">
            {entering.error instanceof Problem && entering.error.status === 401
              ? 'That is not right.'
              : entering.error.message}
          </p>
        )}
        <Button className="w-full" disabled={entering.isPending} look="primary" type="submit">
          Log in
        </Button>
      </form>
    </main>
  )
}
