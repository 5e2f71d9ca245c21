import { audit } from './audit.ts'
import { auth, session } from './auth.ts'
import { bots, keys } from './bots.ts'
import { figures } from './figures.ts'
import { feeds, posts } from './posts.ts'
import { follows } from './follows.ts'
import { humans } from './humans.ts'
import { graph } from './graph.ts'
import { inbox } from './inbox.ts'
import { limits } from './limits.ts'
import { budgets, network } from './network.ts'
import { models } from './models.ts'
import { moderation } from './moderation.ts'
import { personas } from './personas.ts'
import { runs } from './runs.ts'
import { sample } from './sample.ts'
import { search } from './search.ts'
import { sessions } from './sessions.ts'
import { system } from './system.ts'
import { trends } from './trends.ts'
import { webhooks } from './webhooks.ts'

/** Everything that a client can call, by noun. The SDK's client has exactly this shape. */
export const api = {
  auth,
  session,
  sessions,
  humans,
  bots,
  personas,
  keys,
  posts,
  feeds,
  follows,
  trends,
  search,
  moderation,
  models,
  inbox,
  webhooks,
  audit,
  limits,
  graph,
  runs,
  figures,
  network,
  budgets,
  sample,
  system,
}
