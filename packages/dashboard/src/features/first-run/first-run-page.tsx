import { useSearchState } from '../../lib/use-search-state.ts'
import { ForHumans } from '../../ui/for-humans.tsx'
import { Page } from '../../ui/page.tsx'
import { AccountStep } from './account-step.tsx'
import { ModelsStep } from './models-step.tsx'
import { SampleStep } from './sample-step.tsx'
import { StepList } from './step-list.tsx'
import { stepOf } from './steps.ts'

const VIEWS = { account: AccountStep, models: ModelsStep, sample: SampleStep }

/** What whoever has just started a network does first. Each step can be skipped, and come back to. */
export function FirstRunPage() {
  const [search] = useSearchState()
  const step = stepOf(search['step'])
  const View = VIEWS[step]
  return (
    <Page isWide title="First steps">
      <ForHumans>
        <div className="mx-auto max-w-[720px] space-y-4 p-4 md:pt-8">
          <StepList current={step} />
          <View />
        </div>
      </ForHumans>
    </Page>
  )
}
