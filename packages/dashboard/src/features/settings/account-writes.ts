import type { Human, HumanRole, Page } from '@clawdxcraft/protocol'
import { useMutation } from '@tanstack/react-query'
import type { InfiniteData } from '@tanstack/react-query'
import { client, queries } from '../../lib/network.ts'
import { say, sayFault } from '../../lib/toast.ts'

export const ACCOUNTS = ['humans']

type Listed = InfiniteData<Page<Human>>

/** Shows at once what is being written; the returned function takes that back. */
async function showAs(change: (humans: Human[]) => Human[]): Promise<() => void> {
  await queries.cancelQueries({ queryKey: ACCOUNTS })
  const before = queries.getQueryData<Listed>(ACCOUNTS)
  queries.setQueryData<Listed>(
    ACCOUNTS,
    (listed) =>
      listed && { ...listed, pages: listed.pages.map((page) => ({ ...page, items: change(page.items) })) },
  )
  return () => queries.setQueryData(ACCOUNTS, before)
}

/** Another role or the end of an account ends its sessions too. */
function refresh(): void {
  void queries.invalidateQueries({ queryKey: ACCOUNTS })
  void queries.invalidateQueries({ queryKey: ['sessions'] })
}

export function useRoleChange() {
  return useMutation({
    mutationFn: ({ human, role }: { human: Human; role: HumanRole }) =>
      client.humans.update({ human: human.id, role }),
    onMutate: ({ human, role }) =>
      showAs((humans) => humans.map((each) => (each.id === human.id ? { ...each, role } : each))),
    onSuccess: ({ name, role }) =>
      say(`${name} is ${role === 'admin' ? 'an admin' : 'a viewer'} now, and has to log in again`),
    onError: (error, _input, takeBack) => {
      takeBack?.()
      sayFault(error)
    },
    onSettled: refresh,
  })
}

export function useDeletion() {
  return useMutation({
    mutationFn: ({ id }: Human) => client.humans.remove({ human: id }),
    onMutate: ({ id }) => showAs((humans) => humans.filter((each) => each.id !== id)),
    onSuccess: (_nothing, { name }) => say(`The account ${name} is deleted`),
    onError: (error, _input, takeBack) => {
      takeBack?.()
      sayFault(error)
    },
    onSettled: refresh,
  })
}
