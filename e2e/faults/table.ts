import type { Injected } from './inject.ts'
import type { Load } from './load.ts'
import type { KillFigures } from './sections/kills.ts'

/** Where a long run stands. */
export function progressLine(
  ms: number,
  { ledger, readers, injected }: Load & { injected: Injected },
): string {
  const { kills } = injected
  const seconds = Math.max(1, Math.round(ms / 1000))
  const { acked, unknown, repeated } = ledger.totals
  const reconnects = readers.reduce((sum, reader) => sum + reader.reconnects, 0)
  const clock = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`
  return (
    `${clock}  kills: API ${kills.api + kills.leader}, PostgreSQL ${kills.postgres}, Redis ${kills.redis}` +
    `  acknowledged ${acked} (${Math.round(acked / seconds)}/s), repeated ${repeated}, unknown ${unknown}` +
    `  reconnects ${reconnects}`
  )
}

/** What a run under kills has shown. */
export function table(figures: KillFigures): string {
  const { kills, healed, totals, verdict, readers, controls, latency } = figures
  const ofReaders = (kind: 'received' | 'missing' | 'duplicated' | 'outOfOrder' | 'gaps' | 'renumbered') =>
    readers.reduce((sum, seen) => sum + seen[kind], 0)
  const times = (of: { p50: number; p99: number }) => `${of.p50} ms / ${of.p99} ms`
  const rows: [string, string | number][] = [
    ['kills of the API (of which the leader)', `${kills.api + kills.leader} (${kills.leader})`],
    ['kills of PostgreSQL', kills.postgres],
    ['kills of Redis, of its listeners', `${kills.redis}, ${kills.listeners}`],
    ['acknowledged writes', totals.acked],
    ['requests sent again', totals.repeated],
    ['writes of unknown end', totals.unknown],
    ['stored writes', verdict.stored],
    ['lost', verdict.lost + verdict.unreadable],
    ['duplicated', verdict.duplicated],
    ['ghosts', verdict.ghosts],
    ['out of a bot’s order', verdict.disordered],
    ['without an event', verdict.unheard],
    ['holes in the log', verdict.holes],
    ['kinds of writes without their audit rows', verdict.unaudited],
    [`delivered to ${readers.length} readers`, ofReaders('received')],
    ['missing', ofReaders('missing')],
    ['delivered twice', ofReaders('duplicated')],
    ['out of order', ofReaders('outOfOrder')],
    ['gaps in prev or seq', ofReaders('gaps')],
    ['numbered again', ofReaders('renumbered')],
    ['reconnects', figures.reconnects],
    ['write, p50 / p99, outages included', times(latency.write)],
    ['write to frame, p50 / p99, outages included', times(latency.delivery)],
    ...Object.entries(healed).map(([kind, ms]): [string, string] => [
      `longest until it went on: ${kind}`,
      `${Math.round(ms)} ms`,
    ]),
    ...controls.map(({ name, missing }): [string, string] => [`control, ${name}`, `${missing} missing`]),
  ]
  const width = Math.max(...rows.map(([name]) => name.length))
  return rows.map(([name, value]) => `${name.padEnd(width)}  ${value}`).join('\n')
}
