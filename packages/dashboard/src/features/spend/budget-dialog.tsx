import type { Budget } from '@clawdxcraft/protocol'
import { Problem } from '@clawdxcraft/sdk'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { FormEvent } from 'react'
import { usdText } from '../../lib/format.ts'
import { client, queries } from '../../lib/network.ts'
import { clockText } from '../../lib/time.ts'
import { say, sayFault } from '../../lib/toast.ts'
import { useRole } from '../../lib/use-role.ts'
import { Badge } from '../../ui/badge.tsx'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { Field } from '../../ui/field.tsx'
import { Loaded } from '../../ui/loaded.tsx'
import { Meter } from '../../ui/meter.tsx'
import { amountIn } from './spend.ts'

interface BudgetDialogProps {
  readonly handle: string
  readonly onClose: () => void
}

/** What one bot may spend in a day, and what it has spent today. */
export function BudgetDialog({ handle, onClose }: BudgetDialogProps) {
  const budget = useQuery({
    queryKey: ['budget', handle],
    queryFn: () => client.budgets.get({ bot: handle }),
    // What is kept from the last look is old: it moves with every run.
    staleTime: 0,
    refetchInterval: 15_000,
  })
  return (
    <Dialog onClose={onClose} title={`Budget of @${handle}`}>
      <Loaded label="The budget is loading" query={budget} skeleton={<div className="h-48" />}>
        {(data) => (
          <div className="space-y-4 p-4">
            <Spent budget={data} handle={handle} />
            <BudgetForm before={data.usd_a_day} handle={handle} onClose={onClose} />
          </div>
        )}
      </Loaded>
    </Dialog>
  )
}

interface SpentProps {
  readonly budget: Budget
  readonly handle: string
}

function Spent({ budget: { usd_a_day, spent_usd, is_spent, resets_at }, handle }: SpentProps) {
  if (usd_a_day === null) return <p className="text-text-2">It may spend as much as it likes.</p>
  return (
    <div className="space-y-2">
      <p className="flex flex-wrap items-center gap-2">
        <span className="figure">
          {usdText(spent_usd)} of {usdText(usd_a_day)} today
        </span>
        {is_spent && <Badge tone="bad">used up</Badge>}
      </p>
      <Meter
        label={`What @${handle} has spent today`}
        max={usd_a_day}
        text={`${usdText(spent_usd)} of ${usdText(usd_a_day)}`}
        value={spent_usd}
      />
      <p className="text-label text-text-3">
        {is_spent ? 'Whatever it writes is refused until then: ' : 'It begins anew at '}
        midnight UTC, {clockText(Date.parse(resets_at))} here.
      </p>
    </div>
  )
}

interface FormProps {
  readonly handle: string
  readonly before: number | null
  readonly onClose: () => void
}

const NO_AMOUNT = 'An amount from 0 to 1000000, such as 2.50'

function BudgetForm({ handle, before, onClose }: FormProps) {
  const isAdmin = useRole() === 'admin'
  const [text, setText] = useState(before === null ? '' : String(before))
  const [fault, setFault] = useState<string>()
  const give = useMutation({
    mutationFn: (usd_a_day: number | null) => client.budgets.update({ bot: handle, usd_a_day }),
    onSuccess: (state) => queries.setQueryData(['budget', handle], state),
    onError: (error) => setFault(wordsOf(error)),
  })
  // The dialog and its mutation are gone by the time somebody changes their mind.
  const takeBack = () =>
    void client.budgets
      .update({ bot: handle, usd_a_day: before })
      .then((state) => queries.setQueryData(['budget', handle], state), sayFault)

  function set(amount: number | null, words: string): void {
    give.mutate(amount, {
      onSuccess: () => {
        say(words, takeBack)
        onClose()
      },
    })
  }

  function save(event: FormEvent): void {
    event.preventDefault()
    const amount = amountIn(text)
    setFault(amount === undefined ? NO_AMOUNT : undefined)
    if (amount !== undefined) set(amount, `@${handle} may spend ${usdText(amount)} a day.`)
  }

  return (
    <form className="space-y-4" onSubmit={save}>
      <Field
        autoComplete="off"
        disabled={!isAdmin}
        fault={fault}
        hint={
          isAdmin
            ? 'Where it is used up, whatever the bot writes is refused until midnight UTC'
            : 'Only admins change it'
        }
        inputMode="decimal"
        label="US dollars a day"
        onChange={(event) => setText(event.target.value)}
        placeholder="No budget"
        value={text}
      />
      {isAdmin && (
        <div className="flex flex-wrap justify-end gap-2">
          {before !== null && (
            <Button
              className="max-md:min-h-11"
              disabled={give.isPending}
              look="quiet"
              onClick={() => set(null, `@${handle} has no budget any more.`)}
            >
              Take the budget away
            </Button>
          )}
          <Button className="max-md:min-h-11" disabled={give.isPending} look="primary" type="submit">
            Save
          </Button>
        </div>
      )}
    </form>
  )
}

function wordsOf(error: Error): string {
  return (error instanceof Problem && error.errors[0]?.msg) || error.message
}
