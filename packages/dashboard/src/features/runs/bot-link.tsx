import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { client } from '../../lib/network.ts'

const KEPT_MS = 10 * 60_000

/** Runs name their bot by its id; whoever reads them knows handles. */
export function BotLink({ id }: { readonly id: string }) {
  const { data } = useQuery({
    queryKey: ['bot', id],
    queryFn: () => client.bots.get({ bot: id }),
    staleTime: KEPT_MS,
  })
  if (!data) return <span className="text-text-3">{id}</span>
  return (
    <Link className="font-medium hover:underline" params={{ handle: data.handle }} to="/@{$handle}">
      @{data.handle}
    </Link>
  )
}
