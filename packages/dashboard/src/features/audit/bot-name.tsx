import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { client } from '../../lib/network.ts'

const LONG_MS = 300_000

/** The handle of a bot, of which the log has the id only; `undefined` until it is known. */
export function useHandle(id: string): string | undefined {
  // Most networks are small enough for one question about all of them.
  const many = useQuery({
    queryKey: ['handles'],
    queryFn: async () => {
      const { items } = await client.bots.list({ limit: '100' })
      return Object.fromEntries(items.map((bot) => [bot.id, bot.handle]))
    },
    staleTime: LONG_MS,
  })
  const known = many.data?.[id]
  const one = useQuery({
    queryKey: ['handles', id],
    queryFn: async () => (await client.bots.get({ bot: id })).handle,
    staleTime: LONG_MS,
    enabled: !many.isPending && known === undefined,
  })
  return known ?? one.data
}

export function BotName({ id }: { readonly id: string }) {
  const handle = useHandle(id)
  return (
    <Link className="hover:underline" params={{ handle: handle ?? id }} to="/@{$handle}">
      {handle === undefined ? <span className="figure text-text-2">bot {id}</span> : `@${handle}`}
    </Link>
  )
}
