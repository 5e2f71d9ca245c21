import type { Fault } from '@clawdxcraft/protocol'
import { Failure } from '../../ui/states.tsx'
import { fieldOfFault, wordsOfFault } from './faults.ts'
import type { PersonaCheck } from './use-persona-check.ts'

interface ProblemsProps {
  readonly check: PersonaCheck
  readonly onChoose: (fault: Fault) => void
}

/** Everything that is wrong with the persona; each line leads to its place. */
export function Problems({ check, onChoose }: ProblemsProps) {
  const { faults, error } = check
  return (
    <div className="border-t border-border">
      <p aria-live="polite" className="px-4 py-2 text-label font-medium text-text-2">
        {verdictOf(check)}
      </p>
      {error && <Failure error={error} onRetry={check.again} />}
      {faults.length > 0 && (
        <ol aria-label="Problems" className="max-h-60 overflow-y-auto pb-2" tabIndex={-1}>
          {faults.toSorted(byPlace).map((fault, index) => (
            <li key={index}>
              <button
                className="flex min-h-7 w-full items-baseline gap-3 px-4 py-1 text-start text-table hover:bg-surface-2 max-md:min-h-11"
                onClick={() => onChoose(fault)}
                type="button"
              >
                <span className="figure w-12 shrink-0 font-mono text-label text-text-3">
                  {fault.line}:{fault.column}
                </span>
                <span className="min-w-0">
                  <span className="font-mono text-label text-text-2">{fieldOfFault(fault)}</span>{' '}
                  <bdi className="text-danger">{wordsOfFault(fault)}</bdi>
                </span>
              </button>
            </li>
          ))}
        </ol>
      )}
    </div>
  )
}

function byPlace(one: Fault, other: Fault): number {
  return (one.line ?? 0) - (other.line ?? 0) || (one.column ?? 0) - (other.column ?? 0)
}

function verdictOf({ state, faults }: PersonaCheck): string {
  if (state === 'unknown') return 'Not checked'
  if (state === 'good') return 'Ready to register'
  if (faults.length === 0) return 'Checking'
  return faults.length === 1 ? '1 problem' : `${faults.length} problems`
}
