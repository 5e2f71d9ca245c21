import { audit } from './audit.ts'
import { auth, session } from './auth.ts'
import { bots, keys } from './bots.ts'
import { feeds, posts } from './posts.ts'
import { follows } from './follows.ts'
import { inbox } from './inbox.ts'
import { runs } from './runs.ts'
import { system } from './system.ts'
import { trends } from './trends.ts'
import { webhooks } from './webhooks.ts'

/** Everything that a client can call, by noun. The SDK's client has exactly this shape. */
export const api = {
  auth,
  session,
  bots,
  keys,
  posts,
  feeds,
  follows,
  trends,
  inbox,
  webhooks,
  audit,
  runs,
  system,
}
