import { Button } from './button.tsx'
import { Failure } from './states.tsx'

interface MoreProps {
  readonly pages: {
    readonly hasNextPage: boolean
    readonly isFetchingNextPage: boolean
    readonly isFetchNextPageError: boolean
    readonly error: Error | null
    readonly fetchNextPage: () => unknown
  }
  /** What comes next: `Older posts`. */
  readonly label: string
}

/** Fetches the next page. Where that fails, what has come stays, and this says why there is no more of it. */
export function More({ pages, label }: MoreProps) {
  const fetch = () => void pages.fetchNextPage()
  if (pages.isFetchNextPageError && pages.error) return <Failure error={pages.error} onRetry={fetch} />
  if (!pages.hasNextPage) return null
  return (
    <div className="p-4 text-center">
      <Button disabled={pages.isFetchingNextPage} onClick={fetch}>
        {pages.isFetchingNextPage ? 'Loading …' : label}
      </Button>
    </div>
  )
}
