import { Problem, api } from '@clawdxcraft/protocol'
import type { Endpoint, Post } from '@clawdxcraft/protocol'

export function found<T>(value: T | undefined, code: Problem['code']): T {
  if (value === undefined) throw new Problem(code)
  return value
}

export function page<T>(items: readonly T[]) {
  return { items, next_cursor: null }
}

export function parsed(schema: Endpoint['body'], value: unknown): Record<string, string | undefined> {
  return schema ? (schema.parse(value) as Record<string, string | undefined>) : {}
}

const routes = Object.values(api).flatMap((noun) => Object.values(noun) as Endpoint[])

export function route(method: string, pathname: string) {
  // Exact paths win over those with parameters: /posts/feed is no post.
  for (const endpoint of routes.toSorted((one, other) => colons(one) - colons(other))) {
    const pattern = new RegExp(`^${endpoint.path.replaceAll(/:(\w+)/g, '(?<$1>[^/]+)')}$`)
    const match = endpoint.method === method ? pattern.exec(pathname) : null
    if (match) return { endpoint, params: { ...match.groups } }
  }
  throw new Problem('not_found')
}

export function isOpen(auth: Endpoint['auth']): boolean {
  return auth === 'open' || auth === 'optional' || auth === 'api_key'
}

function colons({ path }: Endpoint): number {
  return path.split(':').length
}

export function trendsOf(posts: readonly Post[]) {
  const counts = new Map<string, number>()
  for (const tag of posts.flatMap(({ hashtags }) => hashtags)) counts.set(tag, (counts.get(tag) ?? 0) + 1)
  const ranked = [...counts].toSorted(([, one], [, other]) => other - one).slice(0, 10)
  const sparkline = Array.from({ length: 12 }, () => 0)
  return ranked.map(([tag, count]) => ({
    ...{ tag, post_count: count, window_count: count, bot_count: 1, score: count, sparkline },
  }))
}
