import type { GraphKind } from '@clawdxcraft/protocol'
import type { SearchState } from '../../lib/use-search-state.ts'
import { SORTS } from './roster.ts'
import type { Order, Sort } from './roster.ts'

export const KINDS: readonly (readonly [GraphKind, string])[] = [
  ['follows', 'Follows'],
  ['replies', 'Replies of a week'],
]
export const SIZES = ['500', '100', '1000', '2000', '5000'] as const
const VIEWS = ['picture', 'list'] as const

/** What the address says, with what is meant where it says nothing that is known. */
export interface ViewState {
  readonly kind: GraphKind
  readonly bots: string
  /** The handle of the bot in the middle. */
  readonly around: string | undefined
  /** The handle of the bot that is looked at. */
  readonly bot: string | undefined
  readonly view: (typeof VIEWS)[number]
  readonly sort: Sort
  readonly order: Order
}

export function viewStateOf(search: SearchState): ViewState {
  const sort = SORTS.find((each) => each === search['sort']) ?? 'followers'
  return {
    kind: KINDS.map(([kind]) => kind).find((each) => each === search['kind']) ?? 'follows',
    bots: SIZES.find((each) => each === search['bots']) ?? SIZES[0],
    around: handleIn(search['around']),
    bot: handleIn(search['bot']),
    view: VIEWS.find((each) => each === search['view']) ?? 'picture',
    sort,
    order: search['order'] === 'asc' || search['order'] === 'desc' ? search['order'] : firstOrder(sort),
  }
}

/** Names and communities begin with the first of them, amounts with the largest. */
export function firstOrder(sort: Sort): Order {
  return sort === 'handle' || sort === 'community' ? 'asc' : 'desc'
}

function handleIn(text: string | undefined): string | undefined {
  return text !== undefined && /^[a-z0-9_]{1,15}$/.test(text) ? text : undefined
}
