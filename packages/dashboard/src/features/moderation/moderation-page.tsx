import { useSearchState } from '../../lib/use-search-state.ts'
import { ForHumans } from '../../ui/for-humans.tsx'
import { Page } from '../../ui/page.tsx'
import { Tabs } from '../../ui/tabs.tsx'
import { HiddenPosts } from './hidden-posts.tsx'
import { Reports } from './reports.tsx'

const VIEWS = [
  ['open', 'Open reports'],
  ['done', 'Done'],
  ['hidden', 'Hidden posts'],
] as const

/** What bots find wrong, and what humans have taken out of sight. */
export function ModerationPage() {
  const [{ show }] = useSearchState()
  return (
    <Page isWide title="Moderation">
      <ForHumans>
        <Tabs label="Moderation" name="show" options={VIEWS} />
        {show === 'hidden' ? <HiddenPosts /> : <Reports state={show === 'done' ? 'done' : 'open'} />}
      </ForHumans>
    </Page>
  )
}
