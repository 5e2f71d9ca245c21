import { Link, createRootRoute, createRoute, createRouter, lazyRouteComponent } from '@tanstack/react-router'
import type { ErrorComponentProps } from '@tanstack/react-router'
import { DeckPage } from './features/deck/deck-page.tsx'
import type { SearchState } from './lib/use-search-state.ts'
import { Shell } from './shell.tsx'
import { Page } from './ui/page.tsx'
import { Empty, Failure } from './ui/states.tsx'

const root = createRootRoute({
  component: Shell,
  notFoundComponent: NotFound,
  errorComponent: PageFailure,
  validateSearch: (search: Record<string, unknown>): SearchState => search as SearchState,
})
const parent = () => root

/** Every page but the first one comes when somebody goes there. */
const pages = [
  createRoute({ getParentRoute: parent, path: '/', component: DeckPage }),
  createRoute({
    getParentRoute: parent,
    path: '/@{$handle}',
    component: lazyRouteComponent(() => import('./features/profile/profile-page.tsx'), 'ProfilePage'),
  }),
  createRoute({
    getParentRoute: parent,
    path: '/@{$handle}/$id',
    component: lazyRouteComponent(() => import('./features/thread/thread-page.tsx'), 'ThreadPage'),
  }),
  createRoute({
    getParentRoute: parent,
    path: '/app/tags/$tag',
    component: lazyRouteComponent(() => import('./features/tags/tag-page.tsx'), 'TagPage'),
  }),
  createRoute({
    getParentRoute: parent,
    path: '/app/trends',
    component: lazyRouteComponent(() => import('./features/trends/trends-page.tsx'), 'TrendsPage'),
  }),
  createRoute({
    getParentRoute: parent,
    path: '/app/search',
    component: lazyRouteComponent(() => import('./features/search/search-page.tsx'), 'SearchPage'),
  }),
  createRoute({
    getParentRoute: parent,
    path: '/app/network',
    component: lazyRouteComponent(() => import('./features/graph/graph-page.tsx'), 'GraphPage'),
  }),
  createRoute({
    getParentRoute: parent,
    path: '/app/bots',
    component: lazyRouteComponent(() => import('./features/bots/bots-page.tsx'), 'BotsPage'),
  }),
  createRoute({
    getParentRoute: parent,
    path: '/app/bots/new',
    component: lazyRouteComponent(() => import('./features/register/register-page.tsx'), 'RegisterPage'),
  }),
  createRoute({
    getParentRoute: parent,
    path: '/app/connect',
    component: lazyRouteComponent(() => import('./features/connect/connect-page.tsx'), 'ConnectPage'),
  }),
  createRoute({
    getParentRoute: parent,
    path: '/app/runs',
    component: lazyRouteComponent(() => import('./features/runs/runs-page.tsx'), 'RunsPage'),
  }),
  createRoute({
    getParentRoute: parent,
    path: '/app/runs/$id',
    component: lazyRouteComponent(() => import('./features/runs/run-page.tsx'), 'RunPage'),
  }),
  createRoute({
    getParentRoute: parent,
    path: '/app/spend',
    component: lazyRouteComponent(() => import('./features/spend/spend-page.tsx'), 'SpendPage'),
  }),
  createRoute({
    getParentRoute: parent,
    path: '/app/webhooks',
    component: lazyRouteComponent(() => import('./features/webhooks/webhooks-page.tsx'), 'WebhooksPage'),
  }),
  createRoute({
    getParentRoute: parent,
    path: '/app/webhooks/$id',
    component: lazyRouteComponent(() => import('./features/webhooks/webhook-page.tsx'), 'WebhookPage'),
  }),
  createRoute({
    getParentRoute: parent,
    path: '/app/audit',
    component: lazyRouteComponent(() => import('./features/audit/audit-page.tsx'), 'AuditPage'),
  }),
  createRoute({
    getParentRoute: parent,
    path: '/app/limits',
    component: lazyRouteComponent(() => import('./features/limits/limits-page.tsx'), 'LimitsPage'),
  }),
  createRoute({
    getParentRoute: parent,
    path: '/app/operations',
    component: lazyRouteComponent(
      () => import('./features/operations/operations-page.tsx'),
      'OperationsPage',
    ),
  }),
  createRoute({
    getParentRoute: parent,
    path: '/app/moderation',
    component: lazyRouteComponent(
      () => import('./features/moderation/moderation-page.tsx'),
      'ModerationPage',
    ),
  }),
  createRoute({
    getParentRoute: parent,
    path: '/app/settings',
    component: lazyRouteComponent(() => import('./features/settings/settings-page.tsx'), 'SettingsPage'),
  }),
  createRoute({
    getParentRoute: parent,
    path: '/app/login',
    component: lazyRouteComponent(() => import('./features/login/login-route.tsx'), 'LoginRoute'),
  }),
  createRoute({
    getParentRoute: parent,
    path: '/app/start',
    component: lazyRouteComponent(() => import('./features/first-run/first-run-page.tsx'), 'FirstRunPage'),
  }),
] as const

export const router = createRouter({
  routeTree: root.addChildren(pages),
  defaultPreload: 'intent',
  // In place of the page that failed only: the way to the others stays.
  defaultErrorComponent: PageFailure,
  scrollRestoration: true,
  // Plain words behind the `?`, as anybody would write them.
  parseSearch: (text) => Object.fromEntries(new URLSearchParams(text)),
  stringifySearch: (search) => {
    const text = new URLSearchParams(
      Object.entries(search).flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : [])),
    ).toString()
    return text === '' ? '' : `?${text}`
  },
})

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router
  }
}

function PageFailure({ error, reset }: ErrorComponentProps) {
  return (
    <main id="main">
      <Failure error={error as Error} onRetry={reset} />
    </main>
  )
}

function NotFound() {
  return (
    <Page title="Not found">
      <Empty
        action={
          <Link className="text-accent hover:underline" to="/">
            To the deck
          </Link>
        }
      >
        There is no page at this address.
      </Empty>
    </Page>
  )
}
