import type { Auth } from '@clawdxcraft/protocol'
import { nextHandle, persona } from './factories.ts'
import type { TestBot } from './factories.ts'
import type { TestServer } from './harness.ts'
import { humanRows } from './human-rows.ts'
import { operatorRows } from './operator-rows.ts'

/** Who and what the calls of the matrix are about. */
export interface World {
  readonly server: TestServer
  /** The bot whose things are asked for. */
  readonly owner: TestBot
  /** A bot that owns none of them. */
  readonly other: TestBot
  /** Whom both may follow. */
  readonly idle: TestBot
}

export interface Call {
  readonly path: string
  readonly body?: unknown
}

export interface Row {
  /** Who may call, as the contract says; the endpoint must say the same. */
  readonly auth: Auth
  /** What those who may call are answered. */
  readonly ok: number
  /** What a bot is answered about what belongs to another; `anyone` where it is nobody's or its own that is touched. */
  readonly foreign: 403 | 404 | 'anyone'
  /** Whether it only leads to other endpoints, which judge for themselves: it takes who may only look. */
  readonly isDoor?: true
  /** Whether it takes an API key too. */
  readonly takesKeys?: true
  /** Whether a human who is a viewer may do it although it writes. */
  readonly viewers?: true
  /** Whether it is about the account of who calls: the admin token has none. */
  readonly needsAccount?: true
  /** Whether the cookie of no session counts as none. */
  readonly forgivesCookie?: true
  /** A call that works, about things made for it. */
  call(world: World): Call | Promise<Call>
}

let made = 0

const run = { brain: 'scripted' }
const hook = { kind: 'standard' as const, url: 'https://example.org/hook', events: ['mention' as const] }

async function post({ owner }: World): Promise<string> {
  return (await owner.posts.create({ content: 'A post with a #row' })).id
}

/** A bot may have twenty keys, and the matrix makes more. */
async function clearKeys({ server, owner }: World): Promise<void> {
  await server.pool.query(
    `update api_keys set revoked_at = now()
     where bot_id = $1 and id > (select min(id) from api_keys where bot_id = $1)`,
    [owner.bot.id],
  )
}

async function key(world: World): Promise<string> {
  const { server, owner } = world
  await clearKeys(world)
  return (await server.human.keys.create({ bot: owner.handle })).id
}

/** A bot may have ten webhooks, and the matrix makes more. Nobody listens there. */
async function webhook({ server, owner }: World): Promise<string> {
  await server.pool.query('delete from webhooks where bot_id = $1', [owner.bot.id])
  return (await owner.webhooks.create(hook)).id
}

async function delivery(world: World): Promise<string> {
  const id = await webhook(world)
  await world.server.pool.query(
    `insert into webhook_deliveries (webhook_id, seq, bot_id, actor_id, reasons, state)
     values ($1, 1, $2, $2, '{mention}', 'dead')`,
    [id, world.owner.bot.id],
  )
  return `/webhooks/${id}/deliveries/1`
}

async function runOf({ owner }: World): Promise<string> {
  return (await owner.runs.create(run)).id
}

function open(path: string): Row {
  return { auth: 'open', ok: 200, foreign: 'anyone', call: () => ({ path }) }
}

function readable(call: Row['call']): Row {
  return { auth: 'optional', ok: 200, foreign: 'anyone', call }
}

function ofOwner(path: string): Row {
  return readable(({ owner }) => ({ path: path.replace('OWNER', owner.handle) }))
}

function ofPost(suffix: string): Row {
  return readable(async (world) => ({ path: `/posts/${await post(world)}${suffix}` }))
}

/** Something that a bot does to a post or a bot in its own name: whose that is does not matter. */
function deed(ok: number, call: Row['call']): Row {
  return { auth: 'bot', ok, foreign: 'anyone', call }
}

/** Something that only its owner or a human may touch. */
function owned(ok: number, foreign: 403 | 404, call: Row['call']): Row {
  return { auth: 'bot_or_human', ok, foreign, call }
}

function human(ok: number, path: string): Row {
  return { auth: 'human', ok, foreign: 'anyone', call: () => ({ path }) }
}

function moderated(call: Row['call']): Row {
  return { auth: 'human', ok: 204, foreign: 'anyone', call }
}

async function reported(world: World): Promise<string> {
  const id = await post(world)
  await world.other.moderation.report({ id, reason: 'spam' })
  return id
}

/** Every route that the server mounts. A new one has to be given its row here, and so be thought about. */
export const rows: Readonly<Record<string, Row>> = {
  'POST /auth/token': { auth: 'api_key', ok: 200, foreign: 'anyone', call: () => ({ path: '/auth/token' }) },
  'POST /auth/revoke': deed(204, () => ({ path: '/auth/revoke' })),
  ...humanRows,
  'POST /bots': {
    auth: 'register',
    ok: 201,
    foreign: 'anyone',
    call: () => ({ path: '/bots', body: { persona_yaml: persona(nextHandle()) } }),
  },
  'POST /personas/check': {
    auth: 'register',
    ok: 200,
    foreign: 'anyone',
    call: () => ({ path: '/personas/check', body: { persona_yaml: persona(nextHandle()) } }),
  },
  'GET /bots': readable(() => ({ path: '/bots' })),
  'GET /bots/:bot': ofOwner('/bots/OWNER'),
  'PATCH /bots/:bot': owned(200, 403, ({ owner }) => ({
    path: `/bots/${owner.handle}`,
    body: { persona_yaml: persona(owner.handle, `bio: Number ${made++}\n`) },
  })),
  'GET /bots/:bot/keys': owned(200, 403, ({ owner }) => ({ path: `/bots/${owner.handle}/keys` })),
  'POST /bots/:bot/keys': owned(201, 403, async (world) => {
    await clearKeys(world)
    return { path: `/bots/${world.owner.handle}/keys` }
  }),
  'POST /bots/:bot/keys/:key/rotate': owned(201, 403, async (world) => ({
    path: `/bots/${world.owner.handle}/keys/${await key(world)}/rotate`,
  })),
  'DELETE /bots/:bot/keys/:key': owned(204, 403, async (world) => ({
    path: `/bots/${world.owner.handle}/keys/${await key(world)}`,
  })),
  'POST /posts': {
    ...deed(201, async (world) => ({
      path: '/posts',
      body: { content: 'With a run', run_id: await runOf(world) },
    })),
    foreign: 404,
  },
  'GET /posts/:id': ofPost(''),
  'DELETE /posts/:id': owned(204, 403, async (world) => ({ path: `/posts/${await post(world)}` })),
  'GET /posts/:id/thread': ofPost('/thread'),
  'POST /posts/:id/repost': {
    ...deed(201, async (world) => ({
      path: `/posts/${await post(world)}/repost`,
      body: { run_id: await runOf(world) },
    })),
    foreign: 404,
  },
  'DELETE /posts/:id/repost': deed(204, async (world) => ({ path: `/posts/${await post(world)}/repost` })),
  'PUT /posts/:id/like': deed(204, async (world) => ({ path: `/posts/${await post(world)}/like` })),
  'DELETE /posts/:id/like': deed(204, async (world) => ({ path: `/posts/${await post(world)}/like` })),
  'GET /posts/:id/likes': ofPost('/likes'),
  'GET /posts/:id/reposts': ofPost('/reposts'),
  'GET /posts/feed': readable(() => ({ path: '/posts/feed' })),
  'GET /posts/stream': {
    auth: 'bot_or_human',
    ok: 200,
    foreign: 'anyone',
    call: () => ({ path: '/posts/stream' }),
  },
  'GET /bots/:bot/posts': ofOwner('/bots/OWNER/posts'),
  'GET /bots/:bot/replies': ofOwner('/bots/OWNER/replies'),
  'GET /bots/:bot/likes': ofOwner('/bots/OWNER/likes'),
  'GET /tags/:tag/posts': readable(() => ({ path: '/tags/row/posts' })),
  'POST /follows': deed(201, async ({ server, idle }) => {
    await server.pool.query('delete from follows')
    await server.pool.query('update bots set follower_count = 0, following_count = 0')
    return { path: '/follows', body: { followee: idle.handle } }
  }),
  'DELETE /follows/:bot': deed(204, ({ idle }) => ({ path: `/follows/${idle.handle}` })),
  'POST /openclaw/events': {
    ...deed(201, () => ({ path: '/openclaw/events', body: { action: 'post', content: 'From a script' } })),
    takesKeys: true,
  },
  'GET /': open('/'),
  'GET /app': open('/app'),
  'GET /app/*': open('/app/tags/rust'),
  'GET /@:handle': open('/@ada'),
  'GET /@:handle/:id': open('/@ada/1'),
  'GET /skill.md': open('/skill.md'),
  'GET /skill.json': open('/skill.json'),
  'GET /llms.txt': open('/llms.txt'),
  'GET /llms-full.txt': open('/llms-full.txt'),
  'GET /openclaw/bundle.tgz': open('/openclaw/bundle.tgz'),
  'GET /openclaw/config.json5': open('/openclaw/config.json5'),
  'POST /webhooks': owned(201, 403, async ({ server, owner }) => {
    await server.pool.query('delete from webhooks')
    return { path: '/webhooks', body: { ...hook, bot: owner.handle } }
  }),
  'GET /webhooks': {
    auth: 'bot_or_human',
    ok: 200,
    foreign: 'anyone',
    call: () => ({ path: '/webhooks' }),
  },
  'GET /webhooks/:id': owned(200, 404, async (world) => ({ path: `/webhooks/${await webhook(world)}` })),
  'PATCH /webhooks/:id': owned(200, 404, async (world) => ({
    path: `/webhooks/${await webhook(world)}`,
    body: { state: 'paused' },
  })),
  'DELETE /webhooks/:id': owned(204, 404, async (world) => ({ path: `/webhooks/${await webhook(world)}` })),
  'POST /webhooks/:id/test': owned(200, 404, async (world) => ({
    path: `/webhooks/${await webhook(world)}/test`,
  })),
  'POST /webhooks/:id/rotate': owned(200, 404, async (world) => ({
    path: `/webhooks/${await webhook(world)}/rotate`,
  })),
  'POST /webhooks/:id/replay': owned(200, 404, async (world) => ({
    path: `/webhooks/${await webhook(world)}/replay`,
    body: { since: '0' },
  })),
  'GET /webhooks/:id/deliveries': owned(200, 404, async (world) => ({
    path: `/webhooks/${await webhook(world)}/deliveries`,
  })),
  'GET /webhooks/:id/deliveries/:delivery': owned(200, 404, async (world) => ({
    path: await delivery(world),
  })),
  'POST /webhooks/:id/deliveries/:delivery/resend': owned(200, 404, async (world) => ({
    path: `${await delivery(world)}/resend`,
  })),
  'GET /bots/:bot/followers': ofOwner('/bots/OWNER/followers'),
  'GET /bots/:bot/following': ofOwner('/bots/OWNER/following'),
  'GET /inbox': deed(200, () => ({ path: '/inbox' })),
  'POST /inbox/read': deed(204, () => ({ path: '/inbox/read', body: { up_to: '1' } })),
  'GET /search': readable(() => ({ path: '/search?q=post' })),
  'GET /search/posts': readable(() => ({ path: '/search/posts?q=post' })),
  'PUT /posts/:id/hidden': moderated(async (world) => ({
    path: `/posts/${await post(world)}/hidden`,
    body: { reason: 'Spam' },
  })),
  'DELETE /posts/:id/hidden': moderated(async (world) => ({ path: `/posts/${await post(world)}/hidden` })),
  'PUT /posts/:id/label': moderated(async (world) => ({
    path: `/posts/${await post(world)}/label`,
    body: { label: 'spam' },
  })),
  'GET /moderation/hidden': human(200, '/moderation/hidden'),
  'POST /posts/:id/reports': deed(204, async (world) => ({
    path: `/posts/${await post(world)}/reports`,
    body: { reason: 'spam' },
  })),
  'GET /moderation/reports': human(200, '/moderation/reports'),
  'PUT /moderation/reports/:post': moderated(async (world) => ({
    path: `/moderation/reports/${await reported(world)}`,
    body: { state: 'done' },
  })),
  'GET /trends': readable(() => ({ path: '/trends' })),
  'GET /bots/:bot/limits': owned(200, 403, ({ owner }) => ({ path: `/bots/${owner.handle}/limits` })),
  'GET /graph': readable(() => ({ path: '/graph' })),
  'POST /runs': deed(201, () => ({ path: '/runs', body: run })),
  'GET /runs': owned(200, 403, ({ owner }) => ({ path: `/runs?bot=${owner.handle}` })),
  'GET /runs/:id': owned(200, 404, async (world) => ({ path: `/runs/${await runOf(world)}` })),
  ...operatorRows,
  'GET /healthz': open('/healthz'),
  'GET /readyz': open('/readyz'),
  'GET /version': open('/version'),
  'GET /openapi.json': open('/openapi.json'),
  'GET /schemas/persona.json': open('/schemas/persona.json'),
  'GET /docs': open('/docs'),
  'GET /docs/reference.js': open('/docs/reference.js'),
  'POST /mcp': {
    ...deed(200, () => ({ path: '/mcp', body: { jsonrpc: '2.0', id: 1, method: 'tools/list' } })),
    isDoor: true,
    takesKeys: true,
  },
  'GET /metrics': human(200, '/metrics'),
}
