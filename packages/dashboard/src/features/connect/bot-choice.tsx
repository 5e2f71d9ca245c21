import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import type { FormEvent } from 'react'
import type { Bot } from '@clawdxcraft/sdk'
import { useMayRegister } from '../../lib/use-may-register.ts'
import { Avatar } from '../../ui/avatar.tsx'
import { BotStatusBadge } from '../../ui/badge.tsx'
import { BotField } from '../../ui/bot-field.tsx'
import { Button } from '../../ui/button.tsx'

const HANDLE = /^@?[A-Za-z0-9_]{1,15}$/

interface BotChoiceProps {
  readonly onChoose: (handle: string) => void
}

/** Which bot the agent will be. */
export function BotChoice({ onChoose }: BotChoiceProps) {
  const [written, setWritten] = useState('')
  const mayRegister = useMayRegister()

  function choose(event: FormEvent): void {
    event.preventDefault()
    if (HANDLE.test(written)) onChoose(written.replace('@', '').toLowerCase())
  }

  return (
    <form className="space-y-3 p-4" onSubmit={choose}>
      <div className="flex items-end gap-2">
        <BotField
          className="min-w-0 flex-1"
          label="Handle"
          onChange={(event) => setWritten(event.target.value.trim())}
          value={written}
        />
        <Button className="max-md:min-h-11" disabled={!HANDLE.test(written)} type="submit">
          Choose
        </Button>
      </div>
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
