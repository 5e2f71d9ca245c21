import { isId } from '@clawdxcraft/protocol'
import { useState } from 'react'
import type { FormEvent } from 'react'
import { useDraft } from '../../lib/use-draft.ts'
import { useSearchState } from '../../lib/use-search-state.ts'
import { BotField } from '../../ui/bot-field.tsx'
import { Button } from '../../ui/button.tsx'
import { Field, Select } from '../../ui/field.tsx'
import { ActionChoice } from './action-choice.tsx'
import { BY_OPTIONS, NO_FILTERS, RANGE_OPTIONS, isFiltered, localText } from './filters.ts'
import type { Filters } from './filters.ts'

/** What is looked for. Choices count at once, what is written counts when it is sent off. */
export function AuditFilters({ filters }: { readonly filters: Filters }) {
  const [, change] = useSearchState()
  const [bot, setBot] = useDraft(filters.bot)
  const [object, setObject] = useDraft(filters.object)
  const [fault, setFault] = useState<string>()

  function apply(event: FormEvent): void {
    event.preventDefault()
    const id = object.trim()
    const isGood = id === '' || isId(id)
    setFault(isGood ? undefined : 'An id is a number')
    change({ bot: bot.trim().replace(/^@/, '').toLowerCase(), ...(isGood && { object: id }) })
  }

  return (
    <form
      aria-label="Filter"
      className="grid grid-cols-2 items-start gap-3 md:grid-cols-3 lg:grid-cols-[repeat(5,minmax(0,1fr))_auto]"
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
      <ActionChoice chosen={filters.actions} onChange={(chosen) => change({ action: chosen.join(',') })} />
      <Select
        label="Time"
        onChange={(event) => change({ range: event.target.value, since: '', until: '' })}
        options={RANGE_OPTIONS}
        value={filters.range}
      />
      <Field
        autoComplete="off"
        fault={fault}
        inputMode="numeric"
        label="Object"
        onChange={(event) => setObject(event.target.value)}
        placeholder="Id of a post, run, …"
        value={object}
      />
      <div className="flex gap-1 self-start pt-5">
        <Button className="max-md:min-h-11" type="submit">
          Apply
        </Button>
        {isFiltered(filters) && (
          <Button className="max-md:min-h-11" look="quiet" onClick={() => change(NO_FILTERS)}>
            Clear
          </Button>
        )}
      </div>
      {filters.range === 'custom' && <Span filters={filters} />}
    </form>
  )
}

/** Ends of a range of one's own, by the reader's clock. */
function Span({ filters: { since, until } }: { readonly filters: Filters }) {
  const [, change] = useSearchState()
  const isoOf = (text: string) => (text === '' ? '' : new Date(text).toISOString())
  return (
    <>
      <Field
        label="From"
        max={localText(until)}
        onChange={(event) => change({ since: isoOf(event.target.value) })}
        type="datetime-local"
        value={localText(since)}
      />
      <Field
        label="To"
        min={localText(since)}
        onChange={(event) => change({ until: isoOf(event.target.value) })}
        type="datetime-local"
        value={localText(until)}
      />
    </>
  )
}
