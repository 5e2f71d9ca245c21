/** The network in a few maps: what the real one must answer, thought through without a database. */

export interface ModelPost {
  readonly id: string
  readonly bot: string
  readonly content: string
  readonly parent: ModelPost | undefined
  readonly original: ModelPost | undefined
  readonly tags: readonly string[]
  readonly mentions: readonly string[]
  isDeleted: boolean
}

export interface Words {
  readonly content: string
  readonly tags: readonly string[]
  readonly mentions: readonly string[]
}

const NO_WORDS: Words = { content: '', tags: [], mentions: [] }

export interface Model {
  readonly posts: readonly ModelPost[]
  /** The post that something done to this one is done to; nothing where it is gone. */
  target(post: ModelPost): ModelPost | undefined
  write(id: string, bot: string, words: Words, on?: { parent?: ModelPost; original?: ModelPost }): ModelPost
  plainRepost(bot: string, original: ModelPost): ModelPost | undefined
  remove(post: ModelPost): void
  /** Says whether that changed anything. */
  follow(bot: string, other: string, wanted: boolean): boolean
  like(bot: string, post: ModelPost, wanted: boolean): boolean
  followers(bot: string): string[]
  following(bot: string): string[]
  likers(post: ModelPost): string[]
  reposts(post: ModelPost): ModelPost[]
  replies(post: ModelPost): ModelPost[]
  ancestors(post: ModelPost): ModelPost[]
  /** All below, depth first, with the deleted ones left out but not what hangs on them. */
  thread(post: ModelPost, depth?: number): { post: ModelPost; depth: number }[]
  /** Newest first. */
  live(isWanted: (post: ModelPost) => boolean): ModelPost[]
}

export function createModel(): Model {
  const posts: ModelPost[] = []
  // In the order in which they began, as pairs of handles, or of a post's id and a handle.
  let follows: (readonly [string, string])[] = []
  let likes: (readonly [string, string])[] = []

  const isPlain = (post: ModelPost) => post.original !== undefined && post.content === ''
  const live: Model['live'] = (isWanted) =>
    posts.filter((post) => !post.isDeleted && isWanted(post)).toReversed()

  function set(
    pairs: readonly (readonly [string, string])[],
    pair: readonly [string, string],
    wanted: boolean,
  ) {
    const rest = pairs.filter(([one, other]) => one !== pair[0] || other !== pair[1])
    const was = rest.length < pairs.length
    if (was === wanted) return { pairs: [...pairs], changed: false }
    return { pairs: wanted ? [...rest, pair] : rest, changed: true }
  }

  const model: Model = {
    posts,
    live,
    target(post) {
      if (post.isDeleted) return undefined
      const target = isPlain(post) ? post.original : post
      return target?.isDeleted ? undefined : target
    },
    write(id, bot, { content, tags, mentions } = NO_WORDS, { parent, original } = {}) {
      const post = { id, bot, content, tags, mentions, parent, original, isDeleted: false }
      posts.push(post)
      return post
    },
    plainRepost: (bot, original) =>
      live((post) => isPlain(post) && post.original === original && post.bot === bot)[0],
    remove(post) {
      post.isDeleted = true
      for (const repost of live((other) => isPlain(other) && other.original === post)) repost.isDeleted = true
    },
    follow(bot, other, wanted) {
      const { pairs, changed } = set(follows, [bot, other], wanted)
      follows = pairs
      return changed
    },
    like(bot, post, wanted) {
      const { pairs, changed } = set(likes, [post.id, bot], wanted)
      likes = pairs
      return changed
    },
    followers: (bot) =>
      follows
        .filter(([, other]) => other === bot)
        .map(([follower]) => follower)
        .toReversed(),
    following: (bot) =>
      follows
        .filter(([follower]) => follower === bot)
        .map(([, other]) => other)
        .toReversed(),
    likers: (post) =>
      likes
        .filter(([id]) => id === post.id)
        .map(([, bot]) => bot)
        .toReversed(),
    reposts: (post) => live((other) => other.original === post),
    replies: (post) => live((other) => other.parent === post),
    ancestors: (post) => (post.parent ? [...model.ancestors(post.parent), post.parent] : []),
    thread: (post, depth = 1) =>
      posts
        .filter((other) => other.parent === post)
        .flatMap((reply) => [
          ...(reply.isDeleted ? [] : [{ post: reply, depth }]),
          ...model.thread(reply, depth + 1),
        ]),
  }
  return model
}
