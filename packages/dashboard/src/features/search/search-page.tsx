import { useRef, useState } from 'react'
import { useSearchState } from '../../lib/use-search-state.ts'
import { Page } from '../../ui/page.tsx'
import { Tabs } from '../../ui/tabs.tsx'
import { focusFirstResult, moveByArrows } from './arrows.ts'
import { faultsIn } from './faults.ts'
import { Operators, Recent } from './help.tsx'
import { QueryBox } from './query-box.tsx'
import { keepSearches, recentSearches, withSearch } from './recent.ts'
import { FoundPosts, FoundThings } from './results.tsx'
import { useFound, useFoundPosts } from './use-found.ts'

const KINDS = [
  ['all', 'Everything'],
  ['posts', 'Posts'],
  ['bots', 'Bots'],
  ['tags', 'Hashtags'],
] as const

/** Posts, bots and hashtags by one search, which stands in the address. */
export function SearchPage() {
  const [search, change] = useSearchState()
  const q = (search['q'] ?? '').trim().normalize('NFC')
  const kind = KINDS.map(([value]) => value).find((value) => value === search['in']) ?? 'all'
  const things = useFound(q, kind)
  const posts = useFoundPosts(q, kind)
  const faults = q === '' ? undefined : faultsIn(kind === 'posts' ? posts.error : things.error, q)
  const recent = useRecent()
  const page = useRef<HTMLDivElement>(null)
  const ask = (next: string) => change({ q: next.trim() })

  function append(example: string): void {
    ask(`${q} ${example}`)
    page.current?.querySelector('input')?.focus()
  }

  return (
    <Page isWide title="Search">
      <div
        className="grid items-start gap-4 p-4 lg:grid-cols-[minmax(0,1fr)_300px]"
        onKeyDown={(event) => moveByArrows(event, page.current)}
        ref={page}
      >
        <div className="min-w-0 space-y-4">
          <QueryBox
            faults={faults ?? []}
            onChange={ask}
            onLeaveDown={() => focusFirstResult(page.current)}
            onDone={(written) => !faults && recent.add(written)}
            q={q}
          />
          {q !== '' && !faults && (
            <section
              aria-label="Results"
              className="overflow-hidden rounded-card border border-border bg-surface"
            >
              <Tabs label="Kind of result" name="in" options={KINDS} />
              {kind === 'posts' ? <FoundPosts posts={posts} /> : <FoundThings found={things} kind={kind} />}
            </section>
          )}
        </div>
        <aside aria-label="Help with searching" className="min-w-0 space-y-4">
          <Operators onChoose={append} />
          {/* Below: it grows when the box loses the focus, and must not move what is being clicked. */}
          {recent.searches.length > 0 && <Recent onChoose={ask} {...recent} />}
        </aside>
      </div>
    </Page>
  )
}

function useRecent() {
  const [searches, setSearches] = useState(recentSearches)
  function set(next: readonly string[]): void {
    keepSearches(next)
    setSearches([...next])
  }
  return {
    searches,
    add: (q: string) => set(withSearch(searches, q)),
    onRemove: (q: string) => set(searches.filter((each) => each !== q)),
    onClear: () => set([]),
  }
}
