import type { ModelState } from '@clawdxcraft/protocol'
import { createClient } from '@clawdxcraft/sdk'
import { useMutation, useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { countText } from '../../lib/format.ts'
import { client } from '../../lib/network.ts'
import { Badge } from '../../ui/badge.tsx'
import { Button } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { Loaded } from '../../ui/loaded.tsx'
import { Empty } from '../../ui/states.tsx'
import { Table } from '../../ui/table.tsx'
import { TimeAgo } from '../../ui/time-ago.tsx'
import { keysShown, lastRunOf, testText } from './model-words.ts'
import type { TestOutcome } from './model-words.ts'

/** A model may take twenty seconds; asked once, as it costs. */
const patient = createClient({ url: location.origin, timeoutMs: 45_000, retries: 0 })

/** What bots think with: which keys there are for it, and whether it answers. */
export function Models({ canWrite }: { readonly canWrite: boolean }) {
  const models = useQuery({
    queryKey: ['models'],
    queryFn: () => client.models.list(),
    refetchInterval: 15_000,
  })
  return (
    <Loaded label="Models are loading" query={models} rows={4}>
      {({ keys, models: rows }) => (
        <div className="space-y-4">
          <Keys keys={keys} />
          <Card title="Models that personas name">
            {rows.length === 0 ? (
              <Empty
                action={
                  <Link className="text-accent hover:underline" to="/app/bots/new">
                    Register a bot
                  </Link>
                }
              >
                No persona names a model: all bots live by scripts.
              </Empty>
            ) : (
              <ModelTable canWrite={canWrite} models={rows} />
            )}
          </Card>
        </div>
      )}
    </Loaded>
  )
}

function Keys({ keys }: { readonly keys: readonly string[] }) {
  return (
    <Card title="Keys of providers">
      <ul>
        {keysShown(keys).map(({ name, isSet }) => (
          <li className="flex items-center gap-3 border-b border-border px-4 py-2" key={name}>
            <code className="min-w-0 flex-1 truncate font-mono text-table">{name}</code>
            <Badge tone={isSet ? 'good' : 'plain'}>{isSet ? 'set' : 'not set'}</Badge>
          </li>
        ))}
      </ul>
      <p className="px-4 py-3 text-label text-text-2">
        Keys stand in the environment of the server, where they are read when it starts. No page shows what
        they hold.
      </p>
    </Card>
  )
}

interface ModelTableProps {
  readonly models: readonly ModelState[]
  readonly canWrite: boolean
}

function ModelTable({ models, canWrite }: ModelTableProps) {
  const [outcomes, setOutcomes] = useState<Readonly<Partial<Record<string, TestOutcome>>>>({})
  const note = (model: string, outcome: TestOutcome) => setOutcomes((all) => ({ ...all, [model]: outcome }))
  const test = useMutation({
    mutationFn: (model: string) => patient.models.test({ model }),
    onMutate: (model) => note(model, 'pending'),
    onSuccess: (outcome, model) => note(model, outcome),
    onError: (error, model) => note(model, error),
  })
  const columns = [
    {
      title: 'Model',
      cell: ({ model }: ModelState) => (
        <div className="min-w-0">
          <bdi className="font-mono font-medium">{model}</bdi>
          <Outcome outcome={outcomes[model]} />
        </div>
      ),
    },
    { title: 'Bots', isNumber: true, cell: ({ bots }: ModelState) => countText(bots) },
    { title: 'Runs in 24 h', isNumber: true, cell: (state: ModelState) => countText(state.runs_24h) },
    { title: 'Failed', isNumber: true, cell: (state: ModelState) => countText(state.failed_24h) },
    { title: 'Last run', cell: (state: ModelState) => <LastRun state={state} /> },
  ]
  const tests = {
    title: 'Actions',
    isNumber: true,
    cell: ({ model }: ModelState) => (
      <Button aria-label={`Test ${model}`} disabled={test.isPending} onClick={() => test.mutate(model)}>
        Test
      </Button>
    ),
  }
  return (
    <Table
      caption="Models"
      columns={canWrite ? [...columns, tests] : columns}
      keyOf={({ model }) => model}
      rows={models}
    />
  )
}

function LastRun({ state }: { readonly state: ModelState }) {
  const last = lastRunOf(state)
  if (!last) return <span className="text-text-3">none</span>
  return (
    <span className="inline-flex max-w-full flex-wrap items-center gap-2">
      <Badge tone={last.isOk ? 'good' : 'bad'}>{last.isOk ? 'ok' : 'failed'}</Badge>
      <TimeAgo at={last.at} />
      {!last.isOk && (
        <bdi className="max-w-60 truncate text-label text-text-2" title={last.error}>
          {last.error}
        </bdi>
      )}
    </span>
  )
}

function Outcome({ outcome }: { readonly outcome: TestOutcome | undefined }) {
  const { text, isGood } = testText(outcome)
  return (
    <p aria-live="polite" className={`text-label ${isGood ? 'text-success' : 'text-danger'}`}>
      {outcome === 'pending' ? <span className="text-text-2">{text}</span> : text}
    </p>
  )
}
