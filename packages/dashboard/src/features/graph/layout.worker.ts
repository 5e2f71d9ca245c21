import { communitiesOf } from './communities.ts'
import type { LayoutNews, LayoutTask } from './layout-messages.ts'
import { layoutOf } from './layout.ts'
import { degreesOf, densityOf, modularityOf, reciprocityOf } from './metrics.ts'

/** The page draws no more often than that, and a large network takes it longer. */
const TOLD_EVERY_MS = 80
const TOLD_EVERY_BOT_MS = 0.08

addEventListener('message', ({ data }: MessageEvent<LayoutTask>) => work(data))

/** What is slow about a network, away from the page. It ends with the worker. */
function work({ ties, isDrawn }: LayoutTask): void {
  const degrees = degreesOf(ties)
  const communities = communitiesOf(ties)
  const measures = {
    degrees,
    communities,
    communityCount: communities.reduce((most, community) => Math.max(most, community + 1), 0),
    density: densityOf(ties),
    reciprocity: reciprocityOf(degrees),
    modularity: modularityOf(ties, communities),
  }
  tell({ kind: 'measured', measures })
  if (!isDrawn) return
  const layout = layoutOf(ties, communities)
  const every = TOLD_EVERY_MS + ties.order * TOLD_EVERY_BOT_MS
  let told = -Infinity
  for (let step = 0; step < layout.steps; step++) {
    if (performance.now() - told > every) {
      told = performance.now()
      tellMoved(layout.positions(), step / layout.steps)
    }
    layout.step()
  }
  tellMoved(layout.positions(), 1)
}

function tellMoved(positions: Float32Array<ArrayBuffer>, done: number): void {
  tell({ kind: 'moved', positions, done }, [positions.buffer])
}

function tell(news: LayoutNews, transfer: Transferable[] = []): void {
  postMessage(news, { transfer })
}
