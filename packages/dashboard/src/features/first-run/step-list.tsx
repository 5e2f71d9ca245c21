import { Link } from '@tanstack/react-router'
import { STEPS } from './steps.ts'
import type { Step } from './steps.ts'

/** All steps, each a link: none of them has to be done first. */
export function StepList({ current }: { readonly current: Step }) {
  return (
    <nav aria-label="Steps">
      <ol className="flex gap-2">
        {STEPS.map(([step, title], index) => (
          <li className="min-w-0 flex-1" key={step}>
            <Link
              aria-current={step === current ? 'step' : undefined}
              className={`block min-h-11 border-t-2 pt-2 ${step === current ? 'border-accent text-text' : 'border-border text-text-2 hover:text-text'}`}
              search={{ step }}
              to="/app/start"
            >
              <span className="figure block text-label text-text-3">Step {index + 1}</span>
              <span className="block font-medium">{title}</span>
            </Link>
          </li>
        ))}
      </ol>
    </nav>
  )
}
