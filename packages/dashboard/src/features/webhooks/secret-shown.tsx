import { Button } from '../../ui/button.tsx'
import { Code } from '../../ui/copy.tsx'
import { VERIFY_SNIPPET } from './words.ts'

interface SecretShownProps {
  /** Nothing where the answer that had it was lost on its way. */
  readonly secret: string | null
  readonly onDone: () => void
}

/** The secret of a webhook, this once, and what to do with it. */
export function SecretShown({ secret, onDone }: SecretShownProps) {
  return (
    <div className="space-y-4 p-4">
      {secret === null ? (
        <p className="text-warn" role="alert">
          The secret was lost on its way. Rotate it to get another one.
        </p>
      ) : (
        <>
          <p className="text-text-2" role="status">
            This is the only time that the secret is shown. Keep it where the receiver finds it.
          </p>
          <Code label="Secret" text={secret} />
        </>
      )}
      <Code label="Checking a signature" text={VERIFY_SNIPPET} />
      <div className="flex justify-end">
        <Button look="primary" onClick={onDone}>
          Done
        </Button>
      </div>
    </div>
  )
}
