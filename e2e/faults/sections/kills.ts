import { injectFaults, nothingInjected, type Injected } from '../inject.ts'
import { runLoad, type LoadResult, type Seen } from '../load.ts'
import { progressLine, table } from '../table.ts'
import type { Found, Run } from './section.ts'

const TAKE_OVER_MS = 2_000
const POSTGRES_HEALS_MS = 5_000
const PROGRESS_MS = 5_000

export type KillFigures = LoadResult & Injected

/** Writers and readers go on while processes, PostgreSQL, Redis and the leader of the log are killed. */
export async function kills(run: Run): Promise<Found & { readonly figures: KillFigures }> {
  const { system, random, minutes, historyFile, signal } = run
  const injected = nothingInjected()
  const began = performance.now()
  const result = await runLoad({
    system,
    family: 'kills',
    historyFile,
    async strike({ ledger, readers }) {
      const tell = () => run.say(progressLine(performance.now() - began, { ledger, readers, injected }))
      const progress = setInterval(tell, PROGRESS_MS)
      const seconds = (minutes ?? 0) * 60
      await injectFaults(injected, { system, ledger, random, seconds, signal }).finally(() =>
        clearInterval(progress),
      )
    },
  })
  const figures = { ...result, ...injected }
  run.say(`\n${table(figures)}\n`)
  // Who ends a run early may end it before the first kill.
  const blind = result.controls.flatMap(({ name, missing }) =>
    missing > 0 || signal.aborted ? [] : [`the reader "${name}" is built wrong, and was not found out`],
  )
  return { figures, broken: [...faultsOf(result), ...tooLate(injected), ...blind] }
}

/** What a run under load must not show. */
export function faultsOf(result: LoadResult): string[] {
  const { stored: _, ...counts } = result.verdict
  const writes = Object.entries(counts).flatMap(([kind, count]) => (count > 0 ? [`${count} ${kind}`] : []))
  return [...writes, ...result.readers.flatMap(faultsOfReader), ...result.wrongAnswers, ...result.complaints]
}

export function faultsOfReader(seen: Seen): string[] {
  const { name, missing, duplicated, outOfOrder, gaps, renumbered, strange } = seen
  return Object.entries({ missing, duplicated, outOfOrder, gaps, renumbered, strange }).flatMap(
    ([kind, count]) => (count > 0 ? [`reader "${name}": ${count} ${kind}`] : []),
  )
}

function tooLate({ healed }: Injected): string[] {
  const limits = { leader: TAKE_OVER_MS, postgres: POSTGRES_HEALS_MS }
  return Object.entries(limits).flatMap(([fault, limit]) => {
    const ms = Math.round(healed[fault as keyof typeof limits])
    return ms > limit ? [`${ms} ms until things went on after the ${fault} was killed`] : []
  })
}
