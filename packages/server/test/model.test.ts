import { afterAll, beforeAll, expect, test } from 'vitest'
import { newBot } from './factories.ts'
import type { TestBot } from './factories.ts'
import { startTestServer } from './harness.ts'
import type { TestResponse, TestServer } from './harness.ts'
import { brokenRules } from './invariants.ts'
import { createModel } from './model.ts'
import type { Model, ModelPost, Words } from './model.ts'
import { seed } from './seed.ts'

const STEPS = 300
const LOOK_AROUND_EVERY = 150
const TIME_LIMIT_MS = 60_000
const AT_ONCE = 8

let server: TestServer
let bots: Map<string, TestBot>

beforeAll(async () => {
  server = await startTestServer()
  const handles = ['ada', 'bob', 'cleo']
  bots = new Map(
    await Promise.all(handles.map(async (handle) => [handle, await newBot(server, handle)] as const)),
  )
})
afterAll(() => server.close())

/** mulberry32: small, seeded, good enough to wander about. */
function dice(state: number): (below: number) => number {
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * below)
  }
}

interface World {
  readonly model: Model
  readonly roll: (below: number) => number
}

interface Step {
  readonly name: string
  run(): Promise<{ answer: TestResponse; status: number; touched?: readonly (ModelPost | undefined)[] }>
}

const send = (bot: string, method: string, path: string, body?: unknown) =>
  server.request(method, path, { token: bots.get(bot)?.token, ...(body !== undefined && { body }) })

function wordsOf({ roll }: World): Words {
  const tags = ['rust', 'sql', '日本語'].filter(() => roll(4) === 0)
  const mentions = [...bots.keys()].filter(() => roll(5) === 0)
  const text = [
    'Thinking',
    ...tags.map((tag) => `#${tag}`),
    ...mentions.map((handle) => `@${handle}`),
    `${roll(1_000)}`,
  ]
  return { content: text.join(' '), tags, mentions }
}

type Deed = (world: World, bot: string, met: { post: ModelPost; other: string }) => Step

/** What a bot may do, each as often as it stands here. */
const deeds: readonly Deed[] = [
  ...Array<Deed>(2).fill(postStep),
  ...Array<Deed>(4).fill((world, bot, { post }) => replyStep(world, bot, post)),
  ...Array<Deed>(2).fill((world, bot, { post }) => repostStep(world, bot, post)),
  ...Array<Deed>(2).fill((world, bot, { post }) => quoteStep(world, bot, post)),
  (world, bot, { post }) => unrepostStep(world, bot, post),
  ...Array<Deed>(2).fill((world, bot, { post }) => likeStep(world, bot, post, true)),
  (world, bot, { post }) => likeStep(world, bot, post, false),
  ...Array<Deed>(2).fill((world, bot, { other }) => followStep(world, bot, other)),
  (world, bot, { other }) => unfollowStep(world, bot, other),
  ...Array<Deed>(2).fill((world, _bot, { post }) => deleteStep(world, post.bot, post)),
  (world, bot, { post }) => deleteStep(world, bot, post),
]

/** Picks what a bot does next, and says what must come of it. */
function nextStep(world: World): Step {
  const { model, roll } = world
  const [bot = '', other = ''] = [[...bots.keys()][roll(3)], [...bots.keys()][roll(3)]]
  const post = model.posts[roll(model.posts.length)]
  const deed = deeds[roll(deeds.length)]
  return post && deed ? deed(world, bot, { post, other }) : postStep(world, bot)
}

function postStep(world: World, bot: string): Step {
  const words = wordsOf(world)
  return {
    name: `${bot} posts`,
    async run() {
      const answer = await send(bot, 'POST', '/posts', { content: words.content })
      return { answer, status: 201, touched: [world.model.write(answer.body.id, bot, words)] }
    },
  }
}

function replyStep(world: World, bot: string, post: ModelPost): Step {
  const words = wordsOf(world)
  const parent = world.model.target(post)
  return {
    name: `${bot} replies to ${post.id}`,
    async run() {
      const answer = await send(bot, 'POST', '/posts', { content: words.content, parent_id: post.id })
      if (!parent) return { answer, status: 404 }
      return {
        answer,
        status: 201,
        touched: [parent, world.model.write(answer.body.id, bot, words, { parent })],
      }
    },
  }
}

function repostStep({ model }: World, bot: string, post: ModelPost): Step {
  const original = model.target(post)
  const first = original && model.plainRepost(bot, original)
  return {
    name: `${bot} reposts ${post.id}`,
    async run() {
      const answer = await send(bot, 'POST', `/posts/${post.id}/repost`)
      if (!original) return { answer, status: 404 }
      if (first) {
        expect(answer.body.id).toBe(first.id)
        return { answer, status: 200, touched: [original, first] }
      }
      const words = { content: '', tags: [], mentions: [] }
      return {
        answer,
        status: 201,
        touched: [original, model.write(answer.body.id, bot, words, { original })],
      }
    },
  }
}

function quoteStep(world: World, bot: string, post: ModelPost): Step {
  const words = wordsOf(world)
  const original = world.model.target(post)
  return {
    name: `${bot} quotes ${post.id}`,
    async run() {
      const answer = await send(bot, 'POST', `/posts/${post.id}/repost`, { content: words.content })
      if (!original) return { answer, status: 404 }
      return {
        answer,
        status: 201,
        touched: [original, world.model.write(answer.body.id, bot, words, { original })],
      }
    },
  }
}

function unrepostStep({ model }: World, bot: string, post: ModelPost): Step {
  const original = model.target(post)
  return {
    name: `${bot} takes back its repost of ${post.id}`,
    async run() {
      const answer = await send(bot, 'DELETE', `/posts/${post.id}/repost`)
      const repost = original && model.plainRepost(bot, original)
      if (repost) model.remove(repost)
      return { answer, status: original ? 204 : 404, touched: [original, repost] }
    },
  }
}

function likeStep({ model }: World, bot: string, post: ModelPost, wanted: boolean): Step {
  const target = model.target(post)
  return {
    name: `${bot} ${wanted ? 'likes' : 'unlikes'} ${post.id}`,
    async run() {
      const answer = await send(bot, wanted ? 'PUT' : 'DELETE', `/posts/${post.id}/like`)
      if (target) model.like(bot, target, wanted)
      return { answer, status: target ? 204 : 404, touched: [target] }
    },
  }
}

function followStep({ model }: World, bot: string, other: string): Step {
  return {
    name: `${bot} follows ${other}`,
    async run() {
      const answer = await send(bot, 'POST', '/follows', { followee: other })
      if (bot === other) return { answer, status: 422 }
      return { answer, status: model.follow(bot, other, true) ? 201 : 200 }
    },
  }
}

function unfollowStep({ model }: World, bot: string, other: string): Step {
  return {
    name: `${bot} unfollows ${other}`,
    async run() {
      const answer = await send(bot, 'DELETE', `/follows/${other}`)
      model.follow(bot, other, false)
      return { answer, status: 204 }
    },
  }
}

function deleteStep({ model }: World, bot: string, post: ModelPost): Step {
  return {
    name: `${bot} deletes ${post.id} of ${post.bot}`,
    async run() {
      const answer = await send(bot, 'DELETE', `/posts/${post.id}`)
      const status = post.isDeleted ? 404 : post.bot === bot ? 204 : 403
      if (status === 204) model.remove(post)
      return { answer, status, touched: [post, post.parent, post.original] }
    },
  }
}

function viewOf(model: Model, post: ModelPost): unknown {
  if (post.isDeleted) return { id: post.id, deleted: true }
  const { original } = post
  return { ...flatViewOf(model, post), repost_of: original ? originalViewOf(model, original) : null }
}

function originalViewOf(model: Model, post: ModelPost): unknown {
  return post.isDeleted ? viewOf(model, post) : { ...flatViewOf(model, post), repost_of: null }
}

function flatViewOf(model: Model, post: ModelPost) {
  const ref = (handle: string) => ({ id: bots.get(handle)?.bot.id, handle })
  return {
    id: post.id,
    bot: { ...ref(post.bot), display_name: `Bot ${post.bot}`, avatar_url: null },
    content: post.content,
    parent_id: post.parent?.id ?? null,
    root_id: model.ancestors(post)[0]?.id ?? post.id,
    repost_of_id: post.original?.id ?? null,
    hashtags: post.tags,
    mentions: post.mentions.map(ref),
    reply_count: model.replies(post).length,
    repost_count: model.reposts(post).length,
    like_count: model.likers(post).length,
    run_id: null,
    created_at: expect.any(String),
  }
}

async function comparePost(model: Model, post: ModelPost, context: string): Promise<void> {
  const { status, body } = await server.request('GET', `/posts/${post.id}`)
  if (post.isDeleted) expect(status, context).toBe(404)
  else expect(body, context).toEqual(viewOf(model, post))
}

async function compareThread(model: Model, post: ModelPost, context: string): Promise<void> {
  const { status, body } = await server.request('GET', `/posts/${post.id}/thread?limit=100`)
  if (post.isDeleted) return expect(status, context).toBe(404)
  const ancestors = model.ancestors(post)
  const replies = model
    .thread(post)
    .map(({ post: reply, depth }) => ({ ...(viewOf(model, reply) as object), depth }))
  expect(body, context).toEqual({
    root: viewOf(model, ancestors[0] ?? post),
    ancestors: ancestors.map((ancestor) => viewOf(model, ancestor)),
    post: viewOf(model, post),
    replies: { items: replies.slice(0, 100), next_cursor: replies.length > 100 ? expect.any(String) : null },
  })
}

async function idsOf(path: string, token?: string): Promise<string[]> {
  const ids: string[] = []
  for (let cursor = ''; ;) {
    const { body } = await server.request(
      'GET',
      `${path}${path.includes('?') ? '&' : '?'}limit=100${cursor}`,
      { token },
    )
    ids.push(...body.items.map((item: { id: string }) => item.id))
    if (body.next_cursor === null) return ids
    cursor = `&cursor=${body.next_cursor}`
  }
}

async function compareBot(model: Model, handle: string, context: string): Promise<void> {
  const bot = bots.get(handle)
  const own = model.live((post) => post.bot === handle)
  const ids = (posts: readonly ModelPost[]) => posts.map((post) => post.id)
  const botIds = (handles: readonly string[]) => handles.map((other) => bots.get(other)?.bot.id)
  const newest = own[0] && (await server.request('GET', `/posts/${own[0].id}`)).body.created_at
  const { body } = await server.request('GET', `/bots/${handle}`)
  expect(body, context).toMatchObject({
    follower_count: model.followers(handle).length,
    following_count: model.following(handle).length,
    post_count: own.length,
    last_post_at: newest ?? null,
  })
  expect(await idsOf(`/bots/${handle}/posts`), context).toEqual(ids(own))
  expect(await idsOf(`/bots/${handle}/followers`), context).toEqual(botIds(model.followers(handle)))
  expect(await idsOf(`/bots/${handle}/following`), context).toEqual(botIds(model.following(handle)))
  const seen = [handle, ...model.following(handle)]
  expect(await idsOf('/posts/feed', bot?.token), context).toEqual(
    ids(model.live((post) => seen.includes(post.bot))),
  )
}

async function compareAround(model: Model, post: ModelPost, context: string): Promise<void> {
  await compareThread(model, post, context)
  if (post.isDeleted) return
  const reposts = model.reposts(post).map(({ id }) => id)
  const likers = model.likers(post).map((handle) => bots.get(handle)?.bot.id)
  expect(await idsOf(`/posts/${post.id}/reposts`), context).toEqual(reposts)
  expect(await idsOf(`/posts/${post.id}/likes`), context).toEqual(likers)
}

async function compareAll(model: Model, context: string): Promise<void> {
  const ids = (posts: readonly ModelPost[]) => posts.map((post) => post.id)
  for (const handle of bots.keys()) await compareBot(model, handle, context)
  for (let start = 0; start < model.posts.length; start += AT_ONCE) {
    const some = model.posts.slice(start, start + AT_ONCE)
    await Promise.all(some.map((post) => compareAround(model, post, context)))
  }
  expect(await idsOf('/posts/feed'), context).toEqual(ids(model.live(() => true)))
  expect(await idsOf('/posts/feed?exclude_replies=1'), context).toEqual(
    ids(model.live((post) => !post.parent)),
  )
  for (const tag of ['rust', 'sql', '日本語']) {
    const tagged = await idsOf(`/tags/${encodeURIComponent(tag)}/posts`)
    expect(tagged, context).toEqual(ids(model.live((post) => post.tags.includes(tag))))
  }
  expect(await brokenRules(server.pool), context).toEqual([])
}

test(
  `three bots do ${STEPS} random things, and the network answers as the model says (TEST_SEED=${seed})`,
  async () => {
    const world: World = { model: createModel(), roll: dice(seed) }
    let number = 0
    const take = async (step: Step): Promise<ModelPost[]> => {
      const context = `TEST_SEED=${seed}, step ${++number}: ${step.name}`
      const { answer, status, touched = [] } = await step.run()
      expect(answer.status, context).toBe(status)
      const met = [...new Set(touched)].filter((post) => post !== undefined)
      for (const post of met) await comparePost(world.model, post, context)
      if (number % LOOK_AROUND_EVERY === 0) await compareAll(world.model, context)
      return met
    }
    while (number < STEPS - 8) await take(nextStep(world))
    // What a walk may miss: a reply, a quote and a repost that outlive or follow their post, and one of each of those.
    const [post] = await take(postStep(world, 'ada'))
    if (!post) throw new Error('Nothing was posted')
    const [, reply] = await take(replyStep(world, 'bob', post))
    const [, quote] = await take(quoteStep(world, 'cleo', post))
    const [, repost] = await take(repostStep(world, 'bob', post))
    for (const other of [reply, quote]) if (other) await take(replyStep(world, 'ada', other))
    await take(deleteStep(world, 'ada', post))
    if (reply) await take(deleteStep(world, 'bob', reply))
    expect([reply?.isDeleted, quote?.isDeleted, repost?.isDeleted]).toEqual([true, false, true])
  },
  TIME_LIMIT_MS,
)
