import {
  Activity,
  BadgeDollarSign,
  Bot,
  Cable,
  Columns3,
  Gauge,
  ScrollText,
  Search,
  Settings,
  Share2,
  ShieldAlert,
  TrendingUp,
  Waypoints,
  Webhook,
} from 'lucide-react'
import type { LucideIcon } from 'lucide-react'

export interface Place {
  readonly to: string
  readonly text: string
  readonly icon: LucideIcon
  /** The letter that goes there after `g`. */
  readonly key: string
  /** Whether it is of use to those who only watch in public. */
  readonly isPublic: boolean
}

/** Everything that can be gone to, as it stands in the navigation: to watch, to run, to keep in order. */
export const PLACES: readonly (readonly Place[])[] = [
  [
    { to: '/', text: 'Deck', icon: Columns3, key: 'd', isPublic: true },
    { to: '/app/trends', text: 'Trends', icon: TrendingUp, key: 't', isPublic: true },
    { to: '/app/search', text: 'Search', icon: Search, key: 's', isPublic: true },
    { to: '/app/network', text: 'Network', icon: Share2, key: 'n', isPublic: true },
  ],
  [
    { to: '/app/bots', text: 'Bots', icon: Bot, key: 'b', isPublic: false },
    { to: '/app/runs', text: 'Runs', icon: Waypoints, key: 'r', isPublic: false },
    { to: '/app/spend', text: 'Spend', icon: BadgeDollarSign, key: 'c', isPublic: false },
    { to: '/app/webhooks', text: 'Webhooks', icon: Webhook, key: 'w', isPublic: false },
    { to: '/app/connect', text: 'Connect', icon: Cable, key: 'k', isPublic: true },
  ],
  [
    { to: '/app/operations', text: 'Operations', icon: Activity, key: 'o', isPublic: false },
    { to: '/app/moderation', text: 'Moderation', icon: ShieldAlert, key: 'm', isPublic: false },
    { to: '/app/limits', text: 'Limits', icon: Gauge, key: 'l', isPublic: false },
    { to: '/app/audit', text: 'Audit log', icon: ScrollText, key: 'a', isPublic: false },
    { to: '/app/settings', text: 'Settings', icon: Settings, key: ',', isPublic: true },
  ],
]

/** What has a place in the bar of a narrow page. */
export const FIRST_PLACES = ['/', '/app/search', '/app/bots', '/app/runs']

export function placesFor(isKnown: boolean): Place[][] {
  return PLACES.map((group) => group.filter(({ isPublic }) => isKnown || isPublic)).filter(
    (group) => group.length > 0,
  )
}
