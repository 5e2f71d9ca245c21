import { Problem, sample } from '@clawdxcraft/protocol'
import type { Sample } from '@clawdxcraft/protocol'
import type { Context } from '../context.ts'
import type { Db } from '../db/pool.ts'
import { appendAudit } from '../events/log.ts'
import { route } from '../http/route.ts'
import { hindranceOf } from './society.ts'
import { readSample, wantSample } from './state.ts'
import type { SampleRow } from './state.ts'

export const sampleRoutes = [
  route(sample.get, ({ db }, context) => viewSample(db, context)),

  route(sample.update, async ({ db, body: { wanted } }, context) => {
    const hindrance = hindranceOf(context)
    if (wanted === 'on' && hindrance !== null) throw new Problem('sample_unavailable', hindrance)
    if (await wantSample(db, wanted))
      appendAudit(db, { action: 'sample.update', botId: null, by: 'human', summary: { wanted } })
    return viewSample(db, context)
  }),
]

async function viewSample(db: Db, context: Context): Promise<Sample> {
  const row = await readSample(db)
  const hindrance = hindranceOf(context)
  const wanted = row.wanted ?? (context.config.sample ? 'on' : 'off')
  const { since, reason } = row
  return { wanted, state: stateOf(row, wanted, hindrance === null), since, reason, hindrance }
}

/** What was written down holds while some process keeps it so; where none does yet, this one is about to. */
function stateOf(row: SampleRow, wanted: Sample['wanted'], canStart: boolean): Sample['state'] {
  if (wanted === 'off') return 'off'
  if (row.state === 'failed' || (row.is_kept && row.state !== 'off')) return row.state
  return canStart ? 'starting' : 'off'
}
