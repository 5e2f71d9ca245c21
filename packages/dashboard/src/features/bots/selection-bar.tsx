import type { BotFigures } from '@clawdxcraft/protocol'
import { useMutation } from '@tanstack/react-query'
import { changeStatuses } from '../../lib/bot-status.ts'
import { Button } from '../../ui/button.tsx'
import { Checkbox } from './checkbox.tsx'
import type { Selection } from './use-selection.ts'

interface SelectionBarProps {
  readonly bots: readonly BotFigures[]
  readonly selection: Selection
}

/** What is done to many bots at once. A suspension is not lifted by the way. */
export function SelectionBar({ bots, selection }: SelectionBarProps) {
  const { selected, isAll, choose, clear } = selection
  const change = useMutation({ mutationFn: changeStatuses })
  const chosen = bots.filter(({ handle }) => selected.has(handle))
  const turning = (from: 'active' | 'paused', to: 'active' | 'paused') => {
    const changes = chosen.filter(({ status }) => status === from).map(({ handle }) => ({ handle, from, to }))
    return {
      disabled: change.isPending || changes.length === 0,
      onClick: () => change.mutate(changes),
    }
  }
  return (
    <div className="flex min-h-10 flex-wrap items-center gap-x-2 gap-y-1 border-t border-border ps-3 pe-2 max-md:ps-3">
      <Checkbox
        isChecked={isAll}
        isPartial={selected.size > 0 && !isAll}
        onChange={(isChecked) =>
          choose(
            bots.map(({ handle }) => handle),
            isChecked,
          )
        }
      >
        Select all shown
      </Checkbox>
      <p aria-live="polite" className="figure text-label text-text-2">
        {selected.size > 0 && `· ${selected.size} selected`}
      </p>
      {selected.size > 0 && (
        <div className="ms-auto flex gap-1">
          <Button look="quiet" {...turning('active', 'paused')}>
            Pause
          </Button>
          <Button look="quiet" {...turning('paused', 'active')}>
            Resume
          </Button>
          <Button look="quiet" onClick={clear}>
            Clear
          </Button>
        </div>
      )}
    </div>
  )
}
