import type { Budget } from '@clawdxcraft/protocol'
import { Problem } from '@clawdxcraft/sdk'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { FormEvent } from 'react'
import { faultText } from '../../lib/fault-text.ts'
import { textIn } from '../../lib/form.ts'
import { durationText, usdText } from '../../lib/format.ts'
import { client, queries } from '../../lib/network.ts'
import { BOT_FIGURES } from '../../lib/bot-status.ts'
import { say, sayFault } from '../../lib/toast.ts'
import { Badge } from '../../ui/badge.tsx'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { Field } from '../../ui/field.tsx'
import { Meter } from '../../ui/meter.tsx'
import { SectionCard } from './section-card.tsx'

const AGAIN_MS = 15_000
const keyOf = (handle: string) => ['bot', handle, 'budget']

interface BudgetCardProps {
  readonly handle: string
  readonly isAdmin: boolean
}

/** What a bot has spent today, and how much it may. */
export function BudgetCard({ handle, isAdmin }: BudgetCardProps) {
  const [isOpen, setOpen] = useState(false)
  const budget = useQuery({
    queryKey: keyOf(handle),
    queryFn: () => client.budgets.get({ bot: handle }),
    refetchInterval: AGAIN_MS,
  })
  const change = isAdmin && budget.data && (
    <Button look="quiet" onClick={() => setOpen(true)}>
      {budget.data.usd_a_day === null ? 'Set' : 'Change'}
    </Button>
  )
  return (
    <>
      <SectionCard actions={change} query={budget} title="Budget today">
        {(data) => <Spent budget={data} />}
      </SectionCard>
      {isOpen && budget.data && (
        <BudgetDialog budget={budget.data} handle={handle} onClose={() => setOpen(false)} />
      )}
    </>
  )
}

function Spent({ budget: { usd_a_day, spent_usd, is_spent, resets_at } }: { readonly budget: Budget }) {
  const text =
    usd_a_day === null ? `${usdText(spent_usd)} spent` : `${usdText(spent_usd)} of ${usdText(usd_a_day)}`
  const left = Math.max(0, Date.parse(resets_at) - Date.now())
  return (
    <div className="space-y-2 p-4 text-table">
      <p className="flex items-center gap-2">
        <span className="figure flex-1 font-semibold">{text}</span>
        {is_spent && <Badge tone="bad">used up</Badge>}
        <span className="figure text-label text-text-3">
          {usd_a_day === null ? 'no budget' : `resets in ${durationText(left)}`}
        </span>
      </p>
      {usd_a_day !== null && <Meter label="Budget used" max={usd_a_day} text={text} value={spent_usd} />}
    </div>
  )
}

interface BudgetDialogProps {
  readonly handle: string
  readonly budget: Budget
  readonly onClose: () => void
}

function BudgetDialog({ handle, budget: { usd_a_day: before }, onClose }: BudgetDialogProps) {
  const [fault, setFault] = useState<string>()
  const change = useMutation({
    mutationFn: (usd: number | null) => setBudget(handle, usd),
    onSuccess(_budget, usd) {
      onClose()
      say(
        usd === null ? `@${handle} has no budget any more` : `@${handle} may spend ${usdText(usd)} a day`,
        () => void setBudget(handle, before).catch(sayFault),
      )
    },
    onError: (error) =>
      setFault((error instanceof Problem ? error.errors[0]?.msg : undefined) ?? faultText(error)),
  })

  function save(event: FormEvent<HTMLFormElement>): void {
    event.preventDefault()
    const text = textIn(event.currentTarget, 'usd')
    const usd = text === '' ? null : Number(text)
    // JSON has no infinity: it would be sent as no budget at all.
    if (usd !== null && !Number.isFinite(usd))
      return setFault('Write an amount like 2.50, or nothing for no budget.')
    change.mutate(usd)
  }

  return (
    <Dialog onClose={onClose} title="Budget a day">
      <form className="space-y-4 p-4" noValidate onSubmit={save}>
        <Field
          autoComplete="off"
          autoFocus
          defaultValue={before ?? ''}
          fault={fault}
          hint="For each day of UTC. What the bot writes is refused once its runs cost more. Empty: no budget."
          inputMode="decimal"
          label="US dollars a day"
          name="usd"
        />
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button disabled={change.isPending} look="primary" type="submit">
            Save
          </Button>
        </div>
      </form>
    </Dialog>
  )
}

async function setBudget(handle: string, usd_a_day: number | null): Promise<void> {
  queries.setQueryData(keyOf(handle), await client.budgets.update({ bot: handle, usd_a_day }))
  void queries.invalidateQueries({ queryKey: [BOT_FIGURES] })
}
