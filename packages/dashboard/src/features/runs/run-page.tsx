import { keepPreviousData, skipToken, useQuery } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import { ArrowLeft, ArrowRight } from 'lucide-react'
import type { LucideIcon } from 'lucide-react'
import type { Run } from '@clawdxcraft/sdk'
import { countText, durationText, usdText } from '../../lib/format.ts'
import { client } from '../../lib/network.ts'
import { exactText } from '../../lib/time.ts'
import { useRole } from '../../lib/use-role.ts'
import { useSearchState } from '../../lib/use-search-state.ts'
import { Badge } from '../../ui/badge.tsx'
import { Card, Figure, Figures } from '../../ui/card.tsx'
import { Code, CopyButton } from '../../ui/copy.tsx'
import { ForHumans } from '../../ui/for-humans.tsx'
import { Loaded } from '../../ui/loaded.tsx'
import { Page } from '../../ui/page.tsx'
import { Tabs } from '../../ui/tabs.tsx'
import { BotLink } from './bot-link.tsx'
import { Comparison } from './comparison.tsx'
import { neighboursOf } from './neighbours.ts'
import { outcomeOf } from './outcome.ts'
import { TokenBar } from './token-bar.tsx'
import { Trace } from './trace.tsx'

/** One turn of an agent: what it was shown, what it made of that, and what came of it. */
export function RunPage() {
  const { id } = useParams({ from: '/app/runs/$id' })
  if (useRole() !== undefined) return <KnownRun id={id} />
  return (
    <Page isWide title="Run">
      <ForHumans>{null}</ForHumans>
    </Page>
  )
}

function KnownRun({ id }: { readonly id: string }) {
  const run = useQuery({
    queryKey: ['run', id],
    queryFn: () => client.runs.get({ id }),
    refetchInterval: 15_000,
  })
  return (
    <Page actions={<Beside id={id} run={run.data} />} isWide title="Run">
      <Loaded label="The run is loading" query={run} skeleton={<RunShape />}>
        {(data) => <RunView key={id} run={data} />}
      </Loaded>
    </Page>
  )
}

interface BesideProps {
  readonly id: string
  /** Nothing until it has come. */
  readonly run: Run | undefined
}

/** Stays in its place from one run to the next, so that whoever goes through them by keyboard keeps the focus. */
function Beside({ id, run }: BesideProps) {
  const { data, isPlaceholderData } = useQuery({
    queryKey: ['runs beside', id],
    queryFn: run
      ? () => neighboursOf(run, (span) => client.runs.list({ bot: run.bot_id, ...span }))
      : skipToken,
    placeholderData: keepPreviousData,
  })
  return (
    <nav aria-label="Runs of the same bot" className="flex gap-2">
      <BesideLink icon={ArrowLeft} id={data?.previous} isOld={isPlaceholderData} text="Previous run" />
      <BesideLink icon={ArrowRight} id={data?.next} isOld={isPlaceholderData} text="Next run" />
    </nav>
  )
}

interface BesideLinkProps {
  readonly icon: LucideIcon
  readonly text: string
  readonly id: string | undefined
  /** Whether it still leads to what is beside the run before. */
  readonly isOld: boolean
}

const BESIDE =
  'inline-flex size-8 items-center justify-center rounded-button border border-border-strong max-md:size-11'

function BesideLink({ icon: Icon, text, id, isOld }: BesideLinkProps) {
  const icon = <Icon aria-hidden="true" size={16} strokeWidth={1.75} />
  if (id === undefined) {
    return (
      <span
        aria-disabled="true"
        aria-label={`No ${text.toLowerCase()}`}
        className={`${BESIDE} opacity-40`}
        role="link"
      >
        {icon}
      </span>
    )
  }
  return (
    <Link
      aria-disabled={isOld}
      aria-label={text}
      className={`${BESIDE} hover:bg-surface-2 aria-disabled:opacity-40`}
      onClick={(event) => isOld && event.preventDefault()}
      params={{ id }}
      search={(all: Record<string, string | undefined>) => all}
      title={text}
      to="/app/runs/$id"
    >
      {icon}
    </Link>
  )
}

const VIEWS = [
  ['trace', 'Trace'],
  ['comparison', 'Saw and wrote'],
  ['json', 'JSON'],
] as const

function RunView({ run }: { readonly run: Run }) {
  const [{ view }] = useSearchState()
  return (
    <div className="space-y-4 p-4">
      <Head run={run} />
      <Figures>
        <Figure label="Cost" note={run.cost_usd > 0 ? perToken(run) : 'free'} value={usdText(run.cost_usd)} />
        <Figure
          label="Tokens"
          note={<TokenBar run={run} />}
          value={countText(run.tokens_in + run.tokens_out)}
        />
        <Figure label="Took" note="to decide" value={durationText(run.duration_ms)} />
        <Figure
          label="Posts that name it"
          note={run.post_ids.length === 0 ? 'none that is still there' : 'below, as they read today'}
          value={countText(run.post_ids.length)}
        />
      </Figures>
      <Card title="What happened">
        <Tabs label="Views of the run" name="view" options={VIEWS} />
        {view === 'comparison' ? (
          <Comparison run={run} />
        ) : view === 'json' ? (
          <AsJson run={run} />
        ) : (
          <Trace run={run} />
        )}
      </Card>
    </div>
  )
}

function Head({ run }: { readonly run: Run }) {
  const { word, tone } = outcomeOf(run)
  const model = run.model === null ? run.brain : `${run.brain} · ${run.model}`
  return (
    <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
      <BotLink id={run.bot_id} />
      <Badge tone={tone}>{word}</Badge>
      <bdi className="min-w-0 truncate text-text-2" title={model}>
        {model}
      </bdi>
      <time className="text-text-3" dateTime={run.created_at}>
        {exactText(Date.parse(run.created_at))}
      </time>
      <span className="flex items-center gap-1 font-mono md:ms-auto text-label text-text-3">
        {run.id}
        <CopyButton label="Copy the id of the run" text={run.id} />
      </span>
    </div>
  )
}

function AsJson({ run }: { readonly run: Run }) {
  const curl = `curl -H "Authorization: Bearer $TOKEN" ${location.origin}/runs/${run.id}`
  return (
    <div className="space-y-4 p-4">
      <Code label="curl" text={curl} />
      <Code label="JSON" text={JSON.stringify(run, null, 2)} />
    </div>
  )
}

const THOUSAND = 1_000

function perToken({ cost_usd, tokens_in, tokens_out }: Run): string {
  const tokens = tokens_in + tokens_out
  return tokens > 0 ? `${usdText((cost_usd / tokens) * THOUSAND)} for 1,000 tokens` : 'without a token'
}

function RunShape() {
  return (
    <div aria-hidden="true" className="space-y-4 p-4">
      <div className="h-6 w-1/2 rounded-input bg-surface-2" />
      <div className="grid grid-cols-2 gap-3 lg:grid-cols-4">
        {['cost', 'tokens', 'time', 'posts'].map((each) => (
          <div className="h-28 rounded-card border border-border bg-surface" key={each} />
        ))}
      </div>
      <div className="h-96 rounded-card border border-border bg-surface" />
    </div>
  )
}
