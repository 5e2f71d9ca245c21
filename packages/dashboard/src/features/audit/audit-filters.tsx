import { isId } from '@clawdxcraft/protocol'
import { useState } from 'react'
import type { FormEvent } from 'react'
import { useDraft } from '../../lib/use-draft.ts'
import { useSearchState } from '../../lib/use-search-state.ts'
import { BotField } from '../../ui/bot-field.tsx'
import { Button } from '../../ui/button.tsx'
import { Field, Select } from '../../ui/field.tsx'
import { ActionChoice } from './action-choice.tsx'
import { BY_OPTIONS, NO_FILTERS, RANGE_OPTIONS, isFiltered, localText, nameIn } from './filters.ts'
import type { Filters } from './filters.ts'

/** Why what was written is not looked for. */
interface Faults {
  readonly name?: string | undefined
  readonly object?: string | undefined
}

/** What is looked for. Choices count at once, what is written counts when it is sent off. */
export function AuditFilters({ filters }: { readonly filters: Filters }) {
  const [, change] = useSearchState()
  const [bot, setBot] = useDraft(filters.bot)
  const [name, setName] = useDraft(filters.name)
  const [object, setObject] = useDraft(filters.object)
  const [since, setSince] = useDraft(localText(filters.since))
  const [until, setUntil] = useDraft(localText(filters.until))
  const [faults, setFaults] = useState<Faults>({})

  function apply(event: FormEvent): void {
    event.preventDefault()
    const id = object.trim()
    const human = nameIn(name)
    const isGood = id === '' || isId(id)
    setFaults({
      object: isGood ? undefined : 'An id is a number',
      name: human === undefined ? 'No account has such a name' : undefined,
    })
    change({
      bot: bot.trim().replace(/^@/, '').toLowerCase(),
      ...(human !== undefined && { name: human }),
      ...(isGood && { object: id }),
      ...(filters.range === 'custom' && { since: isoOf(since), until: isoOf(until) }),
    })
  }

  /** What was written and not applied goes too: the address never had it. */
  function clear(): void {
    setBot('')
    setName('')
    setObject('')
    setFaults({})
    change(NO_FILTERS)
  }

  return (
    <form
      aria-label="Filter"
      className="grid grid-cols-2 items-start gap-3 md:grid-cols-3 lg:grid-cols-[repeat(6,minmax(0,1fr))_auto]"
      onSubmit={apply}
      role="search"
    >
      <BotField
        label="Bot"
        onChange={(event) => setBot(event.target.value)}
        placeholder="All bots"
        value={bot}
      />
      <Select
        label="Done by"
        onChange={(event) => change({ by: event.target.value })}
        options={BY_OPTIONS}
        value={filters.by}
      />
      <Field
        autoComplete="off"
        fault={faults.name}
        label="Human"
        onChange={(event) => setName(event.target.value)}
        placeholder="All humans"
        spellCheck={false}
        value={name}
      />
      <ActionChoice chosen={filters.actions} onChange={(chosen) => change({ action: chosen.join(',') })} />
      <Select
        label="Time"
        onChange={(event) => change({ range: event.target.value, since: '', until: '' })}
        options={RANGE_OPTIONS}
        value={filters.range}
      />
      <Field
        autoComplete="off"
        fault={faults.object}
        inputMode="numeric"
        label="Object"
        onChange={(event) => setObject(event.target.value)}
        placeholder="Id of a post, run, …"
        value={object}
      />
      <div className="space-y-1">
        {/* As high as the labels beside it. */}
        <span aria-hidden="true" className="block text-label">
          &nbsp;
        </span>
        <div className="flex gap-1">
          <Button className="max-md:min-h-11" type="submit">
            Apply
          </Button>
          {isFiltered(filters) && (
            <Button className="max-md:min-h-11" look="quiet" onClick={clear}>
              Clear
            </Button>
          )}
        </div>
      </div>
      {filters.range === 'custom' && (
        <Span onSince={setSince} onUntil={setUntil} since={since} until={until} />
      )}
    </form>
  )
}

interface SpanProps {
  readonly since: string
  readonly until: string
  readonly onSince: (text: string) => void
  readonly onUntil: (text: string) => void
}

/** Ends of a range of one's own, by the reader's clock. */
function Span({ since, until, onSince, onUntil }: SpanProps) {
  return (
    <>
      <Field
        label="From"
        max={until}
        onChange={(event) => onSince(event.target.value)}
        type="datetime-local"
        value={since}
      />
      <Field
        label="To"
        min={since}
        onChange={(event) => onUntil(event.target.value)}
        type="datetime-local"
        value={until}
      />
    </>
  )
}

/** Empty where it is no time: a field takes years of six digits, which a date does not. */
function isoOf(text: string): string {
  const ms = Date.parse(text)
  return Number.isNaN(ms) ? '' : new Date(ms).toISOString()
}
