import { IconButton } from '../../ui/icon-button.tsx'
import { Menu } from '../../ui/menu.tsx'
import type { MenuItem } from '../../ui/menu.tsx'
import { AtSign, Bot, Globe, Hash, House, Search, X } from 'lucide-react'
import { titleOf } from './columns.ts'
import type { ColumnSpec, Hidable } from './columns.ts'

const ICONS = { global: Globe, home: House, mentions: AtSign, bot: Bot, tag: Hash, search: Search }

interface ColumnHeadProps {
  readonly spec: ColumnSpec
  /** Of so many posts one is shown. */
  readonly sampling: number
  readonly onMoveLeft: (() => void) | undefined
  readonly onMoveRight: (() => void) | undefined
  readonly onRemove: (() => void) | undefined
  readonly onChange: (spec: ColumnSpec) => void
}

export function ColumnHead({ spec, sampling, ...does }: ColumnHeadProps) {
  const title = titleOf(spec)
  const Icon = ICONS[spec.kind]
  return (
    <header className="flex h-12 shrink-0 items-center gap-2 border-b border-border ps-4 pe-2">
      <Icon aria-hidden="true" className="shrink-0 text-text-3" size={16} strokeWidth={1.75} />
      <h2 className="min-w-0 flex-1 truncate text-ui font-semibold">
        <bdi>{spec.kind === 'tag' ? spec.of : title}</bdi>
      </h2>
      {spec.hides.length > 0 && (
        <span className="text-meta text-text-3">without {spec.hides.join(', ')}</span>
      )}
      {sampling > 1 && (
        <span
          className="figure rounded-input bg-surface-2 px-2 text-meta whitespace-nowrap text-text-2"
          title="More posts come than can be read"
        >
          1 of {sampling}
        </span>
      )}
      <Menu items={itemsFor(spec, does)} label={`Settings of ${title}`} />
      <IconButton disabled={!does.onRemove} icon={X} label={`Remove ${title}`} onClick={does.onRemove} />
    </header>
  )
}

function itemsFor(spec: ColumnSpec, does: Omit<ColumnHeadProps, 'spec' | 'sampling'>): MenuItem[] {
  const { onMoveLeft, onMoveRight, onChange } = does
  const toggled = (what: Hidable) =>
    spec.hides.includes(what) ? spec.hides.filter((each) => each !== what) : [...spec.hides, what]
  return [
    { text: 'Move left', onChoose: () => onMoveLeft?.(), isDisabled: !onMoveLeft },
    { text: 'Move right', onChoose: () => onMoveRight?.(), isDisabled: !onMoveRight },
    ...(['narrow', 'normal', 'wide'] as const)
      .filter((width) => width !== spec.width)
      .map((width) => ({ text: `Make it ${width}`, onChoose: () => onChange({ ...spec, width }) })),
    ...(['replies', 'reposts'] as const).map((what) => ({
      text: `${spec.hides.includes(what) ? 'Show' : 'Hide'} ${what}`,
      onChoose: () => onChange({ ...spec, hides: toggled(what) }),
    })),
  ]
}
