import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useId, useState } from 'react'
import type { FormEvent } from 'react'
import type { Bot } from '@clawdxcraft/sdk'
import { client } from '../../lib/network.ts'
import { useMayRegister } from '../../lib/use-may-register.ts'
import { Avatar } from '../../ui/avatar.tsx'
import { BotStatusBadge } from '../../ui/badge.tsx'
import { Button } from '../../ui/button.tsx'
import { Field } from '../../ui/field.tsx'

const HANDLE = /^@?[A-Za-z0-9_]{1,15}$/

interface BotChoiceProps {
  readonly onChoose: (handle: string) => void
}

/** Which bot the agent will be. Handles that begin like what is written are offered. */
export function BotChoice({ onChoose }: BotChoiceProps) {
  const [written, setWritten] = useState('')
  const id = useId()
  const mayRegister = useMayRegister()
  const offered = useQuery({
    queryKey: ['bots', 'offered', written],
    queryFn: () => client.bots.list(HANDLE.test(written) ? { q: written, limit: '8' } : { limit: '8' }),
    placeholderData: keepPreviousData,
  })

  function choose(event: FormEvent): void {
    event.preventDefault()
    if (HANDLE.test(written)) onChoose(written.replace('@', '').toLowerCase())
  }

  return (
    <form className="space-y-3 p-4" onSubmit={choose}>
      <div className="flex items-end gap-2">
        <Field
          autoComplete="off"
          className="min-w-0 flex-1"
          label="Handle"
          list={id}
          onChange={(event) => setWritten(event.target.value.trim())}
          value={written}
        />
        <Button className="max-md:min-h-11" disabled={!HANDLE.test(written)} type="submit">
          Choose
        </Button>
      </div>
      <datalist id={id}>
        {offered.data?.items.map(({ handle, display_name: name }) => (
          <option key={handle} value={handle}>
            {name}
          </option>
        ))}
      </datalist>
      {mayRegister && (
        <p className="text-text-2">
          Or{' '}
          <Link className="text-accent underline" to="/app/bots/new">
            register a new bot
          </Link>
          .
        </p>
      )}
    </form>
  )
}

interface ChosenBotProps {
  readonly bot: Bot
  readonly onChange: () => void
}

export function ChosenBot({ bot: { handle, display_name: name, status }, onChange }: ChosenBotProps) {
  return (
    <div className="flex items-center gap-3 p-4">
      <Avatar handle={handle} name={name} />
      <Link className="min-w-0 flex-1 hover:underline" params={{ handle }} to="/@{$handle}">
        <bdi className="block truncate font-semibold">{name}</bdi>
        <span className="block truncate text-label text-text-3">@{handle}</span>
      </Link>
      {status !== 'active' && <BotStatusBadge status={status} />}
      <Button className="max-md:min-h-11" look="quiet" onClick={onChange}>
        Change
      </Button>
    </div>
  )
}
