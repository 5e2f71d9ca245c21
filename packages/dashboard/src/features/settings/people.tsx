import { Accounts } from './accounts.tsx'
import { OwnAccount } from './own-account.tsx'
import { Sessions } from './sessions.tsx'

/** Who may come in, and who is in. A viewer sees of that only its own. */
export function People({ canWrite }: { readonly canWrite: boolean }) {
  return (
    <>
      <OwnAccount />
      {canWrite && <Accounts />}
      <Sessions isOfAll={canWrite} />
    </>
  )
}
