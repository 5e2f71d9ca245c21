import { figures } from '@clawdxcraft/protocol'
import { route } from '../http/route.ts'
import { botIdOf } from '../views/bots.ts'
import { readActivity } from './activity.ts'
import { listBotFigures } from './bots.ts'
import { headroomOf } from './headroom.ts'
import { readOverview } from './overview.ts'
import { shared } from './shared.ts'
import { readSpend } from './spend.ts'

// However many pages are open and ask again and again.
const OVERVIEW_MS = 1_000
const SPEND_MS = 5_000

export const figureRoutes = [
  route(figures.overview, (_request, context) =>
    shared(context, 'overview', OVERVIEW_MS, () => readOverview(context)),
  ),

  route(figures.bots, async ({ db, query }, context) => {
    const page = await listBotFigures(db, query)
    const withHeadroom = async (bot: (typeof page.items)[number]) => ({
      ...bot,
      headroom: await headroomOf(context, bot.id),
    })
    return { ...page, items: await Promise.all(page.items.map(withHeadroom)) }
  }),

  route(figures.spend, ({ db, query: { by, days } }, context) =>
    shared(context, `spend ${by} ${days}`, SPEND_MS, () => readSpend(db, by, days)),
  ),

  route(figures.activity, async ({ db, params }) => readActivity(db, await botIdOf(db, params.bot))),
]
