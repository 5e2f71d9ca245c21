import { Problem, api, hashtagsIn, mentionsIn, parsePersona } from '@clawdxcraft/protocol'
import type { Bot, Endpoint, Post, Reply, Run } from '@clawdxcraft/protocol'
import { createFakeEars, createFakeInboxes } from './fake-inboxes.ts'
import type { FakeEars } from './fake-inboxes.ts'
import { found, isOpen, page, parsed, route, trendsOf } from './fake-routes.ts'

/** A network in memory that speaks the protocol through `fetch`, checks every request by it and can misbehave. */
export interface FakeNetwork extends FakeEars {
  readonly url: string
  readonly adminToken: string
  readonly fetch: typeof fetch
  readonly posts: readonly Post[]
  readonly bots: ReadonlyMap<string, Bot>
  readonly likes: number
  readonly follows: readonly (readonly [string, string])[]
  readonly runs: readonly Run[]
  /** Method, path and actor of everything that changed something, in order. */
  readonly writes: readonly string[]
  /** Depth of a post; a root has 0. */
  depthOf(post: Post): number
  /** Answers this bot's requests with this code from now on. */
  refuse(handle: string, code: Problem['code']): void
  /** Revokes all keys that a bot has. */
  revokeKeys(handle: string): void
  /** Refuses so many connections from now on. */
  drop(connections: number): void
  /** Somebody who is not of the cast registers and posts. */
  strangerPosts(handle: string, content: string): Post
}

interface Call {
  readonly input: Record<string, string | undefined>
  readonly actor: string | undefined
  readonly apiKey: string | undefined
}

type Handler = (call: Call) => unknown

/** What changes nothing that others see. */
const QUIET = new Set<Endpoint>([api.auth.token, api.runs.create, api.inbox.read])

const adapters = { database: 'embedded', limiter: 'memory' }
const FAKE_VERSION = { name: 'fake', version: '0', schema: 1, node: '24', adapters }

export const ADMIN_TOKEN = 'human-token-of-the-fake'

export function createFakeNetwork(now: () => number): FakeNetwork {
  let serial = 1000
  const nextId = () => String(++serial)
  const posts: Post[] = []
  const bots = new Map<string, Bot>()
  const keys = new Map<string, string>()
  const liked = new Set<string>()
  const follows: [string, string][] = []
  const writes: string[] = []
  const refusals = new Map<string, Problem['code']>()
  const runs: Run[] = []
  const inboxes = createFakeInboxes(nextId)
  const ears = createFakeEars()
  let dropping = 0
  const time = () => new Date(now()).toISOString()
  const byId = (id: string) => posts.find((post) => post.id === id)
  const postOf = (id = '') => found(byId(id), 'post_not_found')
  const botOf = (key = '') => found(bots.get(key), 'bot_not_found')
  const newest = (items: readonly Post[], limit = '20') => page(items.toReversed().slice(0, Number(limit)))

  function makeBot(handle: string, display_name: string): Bot {
    const numbers = { follower_count: 0, following_count: 0, post_count: 0 }
    const rest = {
      bio: '',
      avatar_url: null,
      status: 'active' as const,
      created_at: time(),
      last_post_at: null,
    }
    const bot: Bot = { id: nextId(), handle, display_name, ...rest, ...numbers }
    bots.set(handle, bot)
    return bot
  }

  const makeKey = (handle: string) => {
    const key = `clx_${handle}_${nextId()}`
    keys.set(key, handle)
    return key
  }

  function makePost(handle: string, content: string, at: { parent?: Post; original?: Post } = {}): Post {
    const { id: botId, display_name } = botOf(handle)
    const id = nextId()
    const post: Post = {
      id,
      bot: { id: botId, handle, display_name, avatar_url: null },
      content: content.normalize('NFC'),
      parent_id: at.parent?.id ?? null,
      root_id: at.parent?.root_id ?? id,
      repost_of_id: at.original?.id ?? null,
      repost_of: at.original ? { ...at.original, repost_of: null } : null,
      hashtags: hashtagsIn(content),
      mentions: mentionsIn(content).flatMap((name) => bots.get(name) ?? []),
      ...{ reply_count: 0, repost_count: 0, like_count: 0, run_id: null },
      created_at: time(),
    }
    posts.push(post)
    if (at.parent) at.parent.reply_count++
    inboxes.tell(post, { ...at, thread: post.parent_id === null ? [] : above(post) })
    ears.tell({ id: post.id, type: 'post.created', at: post.created_at, data: post })
    return post
  }

  function below(parent: Post, depth: number): Reply[] {
    const children = posts.filter((post) => post.parent_id === parent.id)
    return children.flatMap((child) => [{ ...child, depth }, ...below(child, depth + 1)])
  }

  function above(post: Post): Post[] {
    return post.parent_id === null ? [] : [...above(postOf(post.parent_id)), postOf(post.parent_id)]
  }

  function home(handle: string): Post[] {
    const seen = new Set([handle, ...follows.filter(([from]) => from === handle).map(([, to]) => to)])
    return posts.filter((post) => seen.has(post.bot.handle))
  }

  const ofKey = (apiKey = '') => found(keys.get(apiKey), 'invalid_api_key')

  const handlers = new Map<Endpoint, Handler>([
    [
      api.auth.token,
      ({ apiKey }) => ({ access_token: `jwt:${ofKey(apiKey)}`, token_type: 'Bearer', expires_in: 900 }),
    ],
    [
      api.bots.register,
      ({ input }) => {
        const result = parsePersona(input['persona_yaml'] ?? '')
        if (!result.ok) throw new Problem('invalid_persona')
        const { handle, display_name } = result.persona
        if (bots.has(handle)) throw new Problem('handle_taken')
        return { bot: makeBot(handle, display_name), api_key: makeKey(handle) }
      },
    ],
    [api.bots.get, ({ input }) => botOf(input['bot'])],
    [
      api.keys.create,
      ({ input }) => {
        const { handle } = botOf(input['bot'])
        refusals.delete(handle)
        const times = { created_at: time(), last_used_at: null, expires_at: null }
        return { id: nextId(), hint: 'clx_', ...times, api_key: makeKey(handle) }
      },
    ],
    [
      api.posts.create,
      ({ input, actor = '' }) => {
        const parent = input['parent_id'] ? postOf(input['parent_id']) : undefined
        return makePost(actor, input['content'] ?? '', parent && { parent })
      },
    ],
    [
      api.posts.repost,
      ({ input, actor = '' }) => makePost(actor, input['content'] ?? '', { original: postOf(input['id']) }),
    ],
    [
      api.posts.like,
      ({ input, actor }) => {
        liked.add(`${actor} ${postOf(input['id']).id}`)
        return undefined
      },
    ],
    [
      api.posts.thread,
      ({ input }) => {
        const post = postOf(input['id'])
        return { root: postOf(post.root_id), ancestors: above(post), post, replies: page(below(post, 1)) }
      },
    ],
    [
      api.feeds.feed,
      ({ input, actor }) => newest(input['feed'] === 'home' ? home(actor ?? '') : posts, input['limit']),
    ],
    [
      api.feeds.ofBot,
      ({ input }) =>
        newest(
          posts.filter(({ bot }) => bot.handle === input['bot']),
          input['limit'],
        ),
    ],
    [
      api.follows.create,
      ({ input, actor = '' }) => {
        follows.push([actor, botOf(input['followee']).handle])
        const ids = { follower_bot_id: botOf(actor).id, followee_bot_id: botOf(input['followee']).id }
        return { id: nextId(), ...ids, created_at: time() }
      },
    ],
    [
      api.follows.following,
      ({ input }) => page(follows.filter(([from]) => from === input['bot']).map(([, to]) => botOf(to))),
    ],
    [
      api.follows.remove,
      ({ input, actor }) => {
        const index = follows.findIndex(([from, to]) => from === actor && to === input['bot'])
        if (index >= 0) follows.splice(index, 1)
        return undefined
      },
    ],
    [api.inbox.list, ({ actor = '' }) => ({ items: inboxes.of(actor), replies_owed: 0, next_cursor: null })],
    [api.inbox.read, ({ input, actor = '' }) => inboxes.read(actor, input['up_to'] ?? '')],
    [
      api.runs.create,
      ({ input, actor = '' }) => {
        const run = {
          ...(input as unknown as Run),
          id: nextId(),
          bot_id: botOf(actor).id,
          created_at: time(),
        }
        runs.push(run)
        return { ...run, post_ids: [] }
      },
    ],
    [api.system.version, () => FAKE_VERSION],
    [api.trends.list, () => ({ window: '1h', as_of: time(), items: trendsOf(posts) })],
  ])

  async function answer(request: Request): Promise<Response> {
    try {
      return await serve(request)
    } catch (error) {
      const problem = error instanceof Problem ? error : new Problem('validation_failed', String(error))
      return Response.json(
        { code: problem.code, detail: problem.message, errors: [] },
        { status: problem.status },
      )
    }
  }

  async function serve(request: Request): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url)
    const { endpoint, params } = route(request.method, pathname)
    const body: unknown = endpoint.body ? JSON.parse((await request.text()) || '{}') : undefined
    const query = Object.fromEntries(searchParams)
    const input = { ...params, ...parsed(endpoint.query, query), ...parsed(endpoint.body, body) }
    const actor = authorize(endpoint, request.headers.get('authorization')?.replace('Bearer ', ''))
    if (request.method !== 'GET' && !QUIET.has(endpoint)) {
      writes.push(`${request.method} ${pathname} ${actor}`)
    }
    const apiKey = request.headers.get('x-api-key') ?? undefined
    const result = handlers.get(endpoint)?.({ input: input as Call['input'], actor, apiKey })
    if (endpoint.status === 204) return new Response(null, { status: 204 })
    return Response.json(endpoint.response?.parse(result), { status: endpoint.status })
  }

  /** Who calls: a bot's handle, or nothing for the human and for anyone. */
  function authorize({ auth }: Endpoint, bearer: string | undefined): string | undefined {
    const handle = bearer?.startsWith('jwt:') ? bearer.slice(4) : ''
    const refusal = refusals.get(handle)
    if (refusal) throw new Problem(refusal)
    const isKnown = bearer === ADMIN_TOKEN || bots.has(handle)
    if (bearer ? !isKnown : !isOpen(auth)) throw new Problem(bearer ? 'invalid_token' : 'unauthorized')
    if (auth === 'bot' && !bots.has(handle)) throw new Problem('unauthorized')
    return handle || undefined
  }

  return {
    url: 'http://fake.test',
    adminToken: ADMIN_TOKEN,
    fetch: async (input, init) => {
      init?.signal?.throwIfAborted()
      if (dropping-- > 0) throw new TypeError('fetch failed', { cause: { code: 'ECONNREFUSED' } })
      return await answer(new Request(input, init))
    },
    posts,
    bots,
    get likes() {
      return liked.size
    },
    follows,
    runs,
    writes,
    listen: ears.listen,
    wake: ears.wake,
    depthOf: (post) => above(post).length,
    refuse: (handle, code) => refusals.set(handle, code),
    revokeKeys: (handle) => {
      for (const [key, owner] of keys) if (owner === handle) keys.delete(key)
      refusals.set(handle, 'invalid_token')
    },
    drop: (connections) => {
      dropping = connections
    },
    strangerPosts(handle, content) {
      if (!bots.has(handle)) makeBot(handle, handle)
      return makePost(handle, content)
    },
  }
}
