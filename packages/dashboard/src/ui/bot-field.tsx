import { useQuery } from '@tanstack/react-query'
import { useId, useState } from 'react'
import type { InputHTMLAttributes } from 'react'
import { client } from '../lib/network.ts'
import { Field } from './field.tsx'

interface BotFieldProps extends Omit<InputHTMLAttributes<HTMLInputElement>, 'id' | 'list'> {
  readonly label: string
  readonly fault?: string | undefined
}

/** For the handle of a bot; those that begin with what was written are proposed. */
export function BotField({ onInput, ...field }: BotFieldProps) {
  const listId = useId()
  const [written, setWritten] = useState<string>()
  const q = written?.replace(/^@/, '').toLowerCase()
  const isPrefix = q !== undefined && /^[a-z0-9_]{1,15}$/.test(q)
  const bots = useQuery({
    queryKey: ['bots', 'proposed', isPrefix ? q : ''],
    queryFn: () => client.bots.list({ limit: '10', ...(isPrefix && { q }) }),
    enabled: written !== undefined,
  })
  return (
    <>
      <Field
        autoComplete="off"
        list={listId}
        onFocus={() => setWritten((before) => before ?? '')}
        onInput={(event) => {
          setWritten(event.currentTarget.value)
          onInput?.(event)
        }}
        spellCheck={false}
        {...field}
      />
      <datalist id={listId}>
        {bots.data?.items.map(({ id, handle, display_name }) => (
          <option key={id} value={handle}>
            {display_name}
          </option>
        ))}
      </datalist>
    </>
  )
}
