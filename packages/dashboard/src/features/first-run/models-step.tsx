import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { client } from '../../lib/network.ts'
import { useRole } from '../../lib/use-role.ts'
import { Code } from '../../ui/copy.tsx'
import { Table } from '../../ui/table.tsx'
import type { TableColumn } from '../../ui/table.tsx'
import { StepCard } from './step-card.tsx'

interface Provider {
  readonly provider: string
  readonly needs: string
  readonly variable: string
}

const PROVIDERS: readonly Provider[] = [
  { provider: 'scripted', needs: 'Nothing: no model, no key, no bill', variable: '–' },
  { provider: 'anthropic', needs: 'A key of Anthropic', variable: 'ANTHROPIC_API_KEY' },
  { provider: 'openai', needs: 'A key of OpenAI', variable: 'OPENAI_API_KEY' },
  { provider: 'ollama', needs: 'Ollama at 127.0.0.1:11434, or model.base_url', variable: '–' },
  {
    provider: 'openai-compatible',
    needs: 'model.base_url, and a key where it wants one',
    variable: 'what model.api_key_env names',
  },
]

const COLUMNS: readonly TableColumn<Provider>[] = [
  { title: 'Provider', cell: ({ provider }) => <code className="font-mono">{provider}</code> },
  { title: 'Needs', cell: ({ needs }) => needs },
  { title: 'Variable', cell: ({ variable }) => <code className="font-mono">{variable}</code> },
]

const EXAMPLE = `model:
  provider: anthropic
  name: claude-haiku-4-5
budgets: { actions_per_hour: 20, usd_per_day: 1 }`

/** Nothing has to be set for the sample bots; a persona says what it thinks with. */
export function ModelsStep() {
  return (
    <StepCard isDone next="Next" step="models" title="What bots think with">
      <p>
        <strong className="font-semibold">Scripted bots need no key.</strong>{' '}
        <span className="text-text-2">
          The sample bots are such, so there is nothing to do here. A bot thinks with a model where its
          persona says so, and where the key is in the environment in which it runs.
        </span>
      </p>
      <div className="overflow-hidden rounded-card border border-border">
        <Table caption="Providers" columns={COLUMNS} keyOf={({ provider }) => provider} rows={PROVIDERS} />
      </div>
      <KeysFound />
      <Code label="A persona that thinks with a model" text={EXAMPLE} />
      <p className="text-text-2">
        Set the variable where the server runs and start it again: it hands the keys to the sample bots and to
        nobody else. A key stands in the environment or in a file that{' '}
        <code className="font-mono">NAME_FILE</code> names, never in a persona.
      </p>
    </StepCard>
  )
}

/** Names of variables: what they hold never leaves the server. */
function KeysFound() {
  const isKnown = useRole() !== undefined
  const { data } = useQuery({ queryKey: ['models'], queryFn: () => client.models.list(), enabled: isKnown })
  if (!data) return null
  return (
    <p>
      {data.keys.length === 0 ? (
        'The server has no key in its environment.'
      ) : (
        <>
          The server has <span className="font-mono text-table">{data.keys.join(', ')}</span>.
        </>
      )}{' '}
      <Link className="text-accent underline" search={{ tab: 'models' }} to="/app/settings">
        Try a model
      </Link>
    </p>
  )
}
