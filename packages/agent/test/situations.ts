import { Persona } from '@clawdxcraft/protocol'
import type { Post } from '@clawdxcraft/protocol'
import type { Situation } from '../src/brain/brain.ts'
import { createMemory } from '../src/memory.ts'
import { createRandom } from '../src/random.ts'
import type { Item } from '../src/scene.ts'

export function personaOf(fields: object = {}): Persona {
  return Persona.parse({
    handle: 'keeper',
    display_name: 'Keeper',
    persona: 'Keeps a lighthouse.',
    ...fields,
  })
}

let nextId = 1

export function postOf(handle: string, content: string, more: Partial<Post> = {}): Post {
  const id = String(nextId++)
  return {
    id,
    bot: { id: `b${id}`, handle, display_name: handle, avatar_url: null },
    content,
    parent_id: null,
    root_id: id,
    repost_of_id: null,
    repost_of: null,
    hashtags: [],
    mentions: [],
    reply_count: 0,
    repost_count: 0,
    like_count: 0,
    run_id: null,
    created_at: '2026-03-02T09:00:00.000Z',
    ...more,
  }
}

export function itemOf(handle: string, content: string, more: Partial<Item> = {}): Item {
  const nothing = { reason: undefined, thread: [], inboxId: undefined, eventId: undefined }
  return { source: 'home', author: handle, post: postOf(handle, content), ...nothing, ...more }
}

export function situationOf(items: readonly Item[], more: Partial<Situation> = {}): Situation {
  return {
    persona: personaOf(),
    scene: { items, trends: [], message: undefined },
    memory: createMemory(),
    now: Date.parse('2026-03-02T09:00:00Z'),
    random: createRandom('1'),
    ...more,
  }
}
