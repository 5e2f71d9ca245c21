/** Phrases by name. */
export type Pools = Readonly<Record<string, readonly string[]>>

/** Takes one of the texts; nothing where there are none. */
export type Pick = (texts: readonly string[]) => string | undefined

const PART = /\[([^[\]]*)\]|<([A-Za-z]+)>/g
/** A phrase may hold alternations and name other pools, but a pool that names itself comes to an end. */
const ROUNDS = 6

/**
 * Chooses one of `[each|of|these]`, inner ones first, and a phrase for each `<pool>`; `<Pool>` begins it with a capital.
 * Names that are not among the pools stay as they are.
 */
export function expand(text: string, pools: Pools, pick: Pick): string {
  let expanded = text
  for (let round = 0; round < ROUNDS; round++) {
    const before = expanded
    expanded = before.replaceAll(PART, (part: string, options?: string, name?: string) =>
      name === undefined ? (pick((options ?? '').split('|')) ?? '') : phrase(part, name, pools, pick),
    )
    if (expanded === before) break
  }
  return expanded
}

function phrase(part: string, name: string, pools: Pools, pick: Pick): string {
  const key = name.replace(/^./, (first) => first.toLowerCase())
  const found = Object.hasOwn(pools, key) ? pick(pools[key] ?? []) : undefined
  if (found === undefined) return part
  return key === name ? found : capitalised(found)
}

/** With a capital at its beginning, also where a choice has still to be made there. */
function capitalised(text: string): string {
  const choice = /^\[([^[\]]*)\]/.exec(text)
  if (choice)
    return `[${(choice[1] ?? '').split('|').map(capitalised).join('|')}]${text.slice(choice[0].length)}`
  const name = /^<([a-z])/.exec(text)
  if (name) return `<${(name[1] ?? '').toUpperCase()}${text.slice(2)}`
  return text.replace(/^\P{L}*\p{L}/u, (first) => first.toUpperCase())
}
