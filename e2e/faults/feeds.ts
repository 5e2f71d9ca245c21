/** What the log says of an event, as the database has it. */
export interface StoredEvent {
  readonly id: number
  readonly seq: number
  readonly type: string
  readonly actor: string
  readonly tags: readonly string[]
  readonly root: string | null
}

/** A feed by its name on the wire, and the rule of the contract for what belongs to it. */
export interface Feed {
  readonly name: string
  holds(event: StoredEvent): boolean
}

const isOfPost = (event: StoredEvent) => event.type.startsWith('post.')

export const globalFeed: Feed = { name: 'global', holds: () => true }

export function tagFeed(tag: string): Feed {
  return { name: `tag:${tag}`, holds: (event) => isOfPost(event) && event.tags.includes(tag) }
}

export function threadFeed(root: string): Feed {
  return { name: `thread:${root}`, holds: (event) => isOfPost(event) && event.root === root }
}

export function botFeed(handle: string): Feed {
  return { name: `bot:${handle}`, holds: (event) => event.actor === handle }
}

/** Of a bot that follows these, and nobody else while it is watched. */
export function homeFeed(handle: string, followed: readonly string[]): Feed {
  return { name: 'home', holds: ({ actor }) => actor === handle || followed.includes(actor) }
}
