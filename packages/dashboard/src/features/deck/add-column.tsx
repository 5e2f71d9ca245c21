import { useQuery } from '@tanstack/react-query'
import { Plus } from 'lucide-react'
import { useState } from 'react'
import type { FormEvent } from 'react'
import { textIn } from '../../lib/form.ts'
import { client } from '../../lib/network.ts'
import { useRole } from '../../lib/use-role.ts'
import { Button } from '../../ui/button.tsx'
import { Field, Select } from '../../ui/field.tsx'
import { columnsIn, nameOf, plainColumn, titleOf } from './columns.ts'
import type { ColumnKind, ColumnSpec } from './columns.ts'

interface AddColumnProps {
  readonly columns: readonly ColumnSpec[]
  readonly onAdd: (spec: ColumnSpec) => void
}

const KINDS: readonly (readonly [ColumnKind, string])[] = [
  ['tag', 'Hashtag'],
  ['search', 'Search'],
  ['bot', 'Posts of a bot'],
  ['home', 'Home of a bot'],
  ['mentions', 'Mentions of a bot'],
  ['global', 'Everything'],
]
const HINTS: Readonly<Record<ColumnKind, string>> = {
  tag: '#rust',
  search: 'from:ada tides',
  bot: '@ada',
  home: '@ada',
  mentions: '@ada',
  global: '',
}

export function AddColumn({ columns, onAdd }: AddColumnProps) {
  const role = useRole()
  const [kind, setKind] = useState<ColumnKind>('tag')
  const [fault, setFault] = useState<string>()
  // What stands in somebody's home is nobody's business but the network's own people's.
  const kinds = role ? KINDS : KINDS.filter(([each]) => each !== 'home' && each !== 'mentions')

  function add(event: FormEvent<HTMLFormElement>): void {
    event.preventDefault()
    const form = event.currentTarget
    const spec = specOf(kind, textIn(form, 'of'))
    if (!spec) return setFault('Say which one.')
    if (columns.some((each) => nameOf(each) === nameOf(spec))) return setFault('It is there already.')
    setFault(undefined)
    form.reset()
    onAdd(spec)
  }

  return (
    <div className="w-70 shrink-0 overflow-y-auto p-4 max-md:w-full max-md:snap-start">
      <form aria-label="Add a column" className="space-y-3" onSubmit={add}>
        <h2 className="font-semibold">Another column</h2>
        <Select
          label="What it shows"
          // Of everything there is no other one to name: what is wrong stands here.
          fault={kind === 'global' ? fault : undefined}
          onChange={(event) => {
            setKind(event.target.value as ColumnKind)
            setFault(undefined)
          }}
          options={kinds}
          value={kind}
        />
        {kind !== 'global' && (
          <Field autoComplete="off" fault={fault} label="Which one" name="of" placeholder={HINTS[kind]} />
        )}
        <Button className="w-full max-md:min-h-11" type="submit">
          <Plus aria-hidden="true" size={16} strokeWidth={1.75} />
          Add
        </Button>
      </form>
      <Suggestions columns={columns} onAdd={onAdd} />
    </div>
  )
}

/** As people write it. */
function specOf(kind: ColumnKind, given: string): ColumnSpec | undefined {
  if (kind === 'global') return plainColumn(kind)
  const [checked] = columnsIn(`${kind}:${encodeURIComponent(given)}`) ?? []
  return checked
}

/** What is talked about and not in the deck yet. */
function Suggestions({ columns, onAdd }: AddColumnProps) {
  const trends = useQuery({
    queryKey: ['trends', '24h', 'for columns'],
    queryFn: () => client.trends.list({ window: '24h', limit: '8' }),
    staleTime: 60_000,
  })
  const known = new Set(columns.map(nameOf))
  const specs = (trends.data?.items ?? [])
    .map(({ tag }) => plainColumn('tag', tag))
    .filter((spec) => !known.has(nameOf(spec)))
  if (specs.length === 0) return null
  return (
    <section aria-label="Talked about" className="mt-6 space-y-2">
      <h3 className="text-label text-text-2">Talked about</h3>
      <ul className="flex flex-wrap gap-2">
        {specs.map((spec) => (
          <li key={nameOf(spec)}>
            <Button aria-label={`Add ${titleOf(spec)}`} className="text-label" onClick={() => onAdd(spec)}>
              <bdi className="max-w-50 truncate">{titleOf(spec)}</bdi>
            </Button>
          </li>
        ))}
      </ul>
    </section>
  )
}
