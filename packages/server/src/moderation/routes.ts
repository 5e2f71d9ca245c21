import { moderation } from '@clawdxcraft/protocol'
import { route } from '../http/route.ts'
import { hiddenPosts, hidePost, showPost } from './hiding.ts'
import { labelPost } from './labels.ts'
import { reportPost, reportedPosts, setReportState } from './reports.ts'

export const moderationRoutes = [
  route(moderation.hide, ({ db, actor, params, body }) =>
    hidePost(db, actor, params.id, body.reason || null),
  ),

  route(moderation.show, ({ db, params }) => showPost(db, params.id)),

  route(moderation.label, ({ db, params, body }) => labelPost(db, params.id, body.label)),

  route(moderation.hidden, ({ db, query }) => hiddenPosts(db, query)),

  route(moderation.report, ({ db, actor, params, body }) =>
    reportPost(db, actor, params.id, { reason: body.reason, note: body.note || null }),
  ),

  route(moderation.reports, ({ db, query }) => reportedPosts(db, query)),

  route(moderation.close, ({ db, actor, params, body }) =>
    setReportState(db, actor, params.post, body.state),
  ),
]
