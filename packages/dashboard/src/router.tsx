import { Link, createRootRoute, createRoute, createRouter } from '@tanstack/react-router'
import { DeckPage } from './features/deck/deck-page.tsx'
import { ProfilePage } from './features/profile/profile-page.tsx'
import { TagPage } from './features/tags/tag-page.tsx'
import { ThreadPage } from './features/thread/thread-page.tsx'
import { Shell } from './shell.tsx'
import { Page } from './ui/page.tsx'
import { Empty } from './ui/states.tsx'

const root = createRootRoute({ component: Shell, notFoundComponent: NotFound })

const deck = createRoute({
  getParentRoute: () => root,
  path: '/',
  component: DeckPage,
  validateSearch: ({ columns }: Record<string, unknown>): { columns?: string } =>
    typeof columns === 'string' ? { columns } : {},
})
const profile = createRoute({ getParentRoute: () => root, path: '/@{$handle}', component: ProfilePage })
const thread = createRoute({ getParentRoute: () => root, path: '/@{$handle}/$id', component: ThreadPage })
const tag = createRoute({ getParentRoute: () => root, path: '/app/tags/$tag', component: TagPage })

export const router = createRouter({
  routeTree: root.addChildren([deck, profile, thread, tag]),
  defaultPreload: 'intent',
  scrollRestoration: true,
})

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router
  }
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
