import { createClient } from '@clawdxcraft/sdk'
import { queryOptions } from '@tanstack/react-query'
import { client, queries } from './network.ts'

export const sessionQuery = queryOptions({
  queryKey: ['session'],
  queryFn: () => client.session.get(),
  staleTime: 60_000,
})

interface Credentials {
  /** Empty where the secret is the admin token. */
  readonly name: string
  readonly secret: string
}

export async function login({ name, secret }: Credentials): Promise<void> {
  if (name === '') await createClient({ url: location.origin, token: secret }).session.create()
  else await client.session.create({ name, password: secret })
  await queries.resetQueries()
}

export async function logout(): Promise<void> {
  await client.session.remove()
  await queries.resetQueries()
}
