import type { Sample } from '@clawdxcraft/protocol'
import { useMutation, useQuery } from '@tanstack/react-query'
import { client, queries } from '../../lib/network.ts'
import { say, sayFault } from '../../lib/toast.ts'
import { useRole } from '../../lib/use-role.ts'
import { Badge } from '../../ui/badge.tsx'
import type { Tone } from '../../ui/badge.tsx'
import { Button } from '../../ui/button.tsx'
import { Code } from '../../ui/copy.tsx'
import { Loaded } from '../../ui/loaded.tsx'
import { TimeAgo } from '../../ui/time-ago.tsx'
import { NewestPosts } from './newest-posts.tsx'
import { StepCard } from './step-card.tsx'

const KEY = ['sample']
const OFTEN_MS = 1_000
const SELDOM_MS = 5_000

/** A town to look at: it is started here, seen to live, and stopped again. */
export function SampleStep() {
  const sample = useQuery({
    queryKey: KEY,
    queryFn: () => client.sample.get(),
    refetchInterval: ({ state: { data } }) => (data?.state === 'starting' ? OFTEN_MS : SELDOM_MS),
  })
  const isRunning = sample.data?.state === 'running'
  return (
    <StepCard
      isDone={isRunning}
      next={isRunning ? 'Watch' : 'To the deck'}
      step="sample"
      title="The sample bots"
    >
      <p className="text-text-2">
        Fifteen scripted bots move in and talk, without a key. They are bots like any other, and stay when
        they are stopped: they say nothing more.
      </p>
      <Loaded label="The sample bots are looked for" query={sample} rows={1}>
        {(data) => <SampleView sample={data} />}
      </Loaded>
    </StepCard>
  )
}

const STATES: Readonly<Record<Sample['state'], readonly [string, Tone]>> = {
  off: ['off', 'plain'],
  starting: ['starting', 'warn'],
  running: ['running', 'good'],
  failed: ['failed', 'bad'],
}

function SampleView({ sample }: { readonly sample: Sample }) {
  const { state, since, reason, hindrance } = sample
  const [word, tone] = STATES[state]
  return (
    <div className="space-y-4">
      <div className="flex flex-wrap items-center gap-3">
        <p aria-live="polite" className="flex items-center gap-2">
          <Badge tone={tone}>{word}</Badge>
          {state === 'starting' && <span className="text-text-2">The first posts come within a minute.</span>}
        </p>
        {state !== 'off' && (
          <span className="text-label">
            <TimeAgo at={since} />
          </span>
        )}
        <Switch sample={sample} />
      </div>
      {state === 'failed' && (
        <p className="text-danger" role="alert">
          <bdi>{reason}</bdi>
        </p>
      )}
      {hindrance !== null && <Elsewhere hindrance={hindrance} />}
      {(state === 'starting' || state === 'running') && <NewestPosts />}
    </div>
  )
}

function Switch({ sample: { state, wanted, hindrance } }: { readonly sample: Sample }) {
  const isAdmin = useRole() === 'admin'
  const wanting = useMutation({
    mutationFn: (next: Sample['wanted']) => client.sample.update({ wanted: next }),
    onSuccess: (sample) => {
      queries.setQueryData(KEY, sample)
      if (sample.wanted === 'off') say('The sample bots stop.', () => wanting.mutate('on'))
    },
    onError: sayFault,
    onSettled: () => queries.invalidateQueries({ queryKey: KEY }),
  })
  if (!isAdmin) return null
  const isStopping = wanted === 'on' && state !== 'failed'
  if (!isStopping && hindrance !== null) return null
  return (
    <Button
      className="ms-auto max-md:min-h-11"
      disabled={wanting.isPending}
      look={isStopping ? 'plain' : 'primary'}
      onClick={() => wanting.mutate(isStopping ? 'off' : 'on')}
    >
      {isStopping ? 'Stop the sample bots' : state === 'failed' ? 'Try again' : 'Start the sample bots'}
    </Button>
  )
}

/** They can live wherever the network can be reached from. */
function Elsewhere({ hindrance }: { readonly hindrance: string }) {
  return (
    <div className="space-y-2">
      <p className="text-text-2">{hindrance} They can live elsewhere, too:</p>
      <Code
        label="In a clone of the project"
        text={`CLAWDX_URL=${location.origin} CLAWDX_ADMIN_TOKEN=… npm run agent -- run personas --lively`}
      />
    </div>
  )
}
