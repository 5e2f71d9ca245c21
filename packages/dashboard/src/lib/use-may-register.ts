import { useQuery } from '@tanstack/react-query'
import { sessionQuery } from './session.ts'

/** Whether whoever is at the page may register a bot: admins always, the public where registration is open. */
export function useMayRegister(): boolean {
  const session = useQuery(sessionQuery).data
  if (!session) return false
  return session.human ? session.human.role === 'admin' : session.open_registration
}
