import { otherFault } from './faults.ts'

interface FormFaultProps {
  readonly error: Error | null
  /** Those that show their own. */
  readonly fields: readonly string[]
}

/** Why a form was not taken, where no field says it. */
export function FormFault({ error, fields }: FormFaultProps) {
  const fault = otherFault(error, fields)
  if (fault === undefined) return null
  return (
    <p className="text-label text-danger" role="alert">
      {fault}
    </p>
  )
}
