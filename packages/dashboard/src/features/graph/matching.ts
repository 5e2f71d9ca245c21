import type { GraphNode } from '@clawdxcraft/protocol'

const OFFERED_MAX = 8

/** Bots whose handle begins so first, then those that have it anywhere in their handle or name; the most followed first. */
export function matching(nodes: readonly GraphNode[], written: string): GraphNode[] {
  const text = written.trim().replace(/^@/, '').toLowerCase()
  if (text === '') return []
  const begun = nodes.filter(({ handle }) => handle.startsWith(text))
  if (begun.length >= OFFERED_MAX) return begun.slice(0, OFFERED_MAX)
  const others = nodes.filter(
    ({ handle, display_name }) =>
      !handle.startsWith(text) && (handle.includes(text) || display_name.toLowerCase().includes(text)),
  )
  return [...begun, ...others].slice(0, OFFERED_MAX)
}
