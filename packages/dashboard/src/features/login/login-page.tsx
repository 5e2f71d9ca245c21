import { Problem } from '@clawdxcraft/sdk'
import { useMutation } from '@tanstack/react-query'
import type { FormEvent } from 'react'
import { textIn } from '../../lib/form.ts'
import { login } from '../../lib/session.ts'
import { Button } from '../../ui/button.tsx'

const FIELD = 'min-h-10 w-full rounded-input border border-border-strong bg-surface px-3'

/** With a name and a password, or with the admin token that the server printed when it first started. */
export function LoginPage() {
  const entering = useMutation({ mutationFn: login })

  function enter(event: FormEvent<HTMLFormElement>): void {
    event.preventDefault()
    const form = event.currentTarget
    entering.mutate({ name: textIn(form, 'username'), secret: textIn(form, 'password') })
  }

  return (
    <main className="grid min-h-dvh place-items-center p-4" id="main">
      <form
        className="w-full max-w-90 space-y-4 rounded-card border border-border bg-surface p-6"
        onSubmit={enter}
      >
        <h1 className="text-page font-semibold">ClawdXCraft</h1>
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
