import { searchOperators } from '@clawdxcraft/protocol'
import { X } from 'lucide-react'
import { Button } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { IconButton } from '../../ui/icon-button.tsx'

/** What a search understands beside words; each can be put into the box. */
export function Operators({ onChoose }: { readonly onChoose: (example: string) => void }) {
  return (
    <Card title="What can be searched for">
      <ul className="p-2">
        {searchOperators.map(({ example, about }) => (
          <li key={example}>
            <button
              className="block min-h-8 w-full rounded-button px-2 py-1.5 text-start hover:bg-surface-2 max-md:min-h-11"
              onClick={() => onChoose(example)}
              type="button"
            >
              <code className="block font-mono text-label text-accent">{example}</code>
              <span className="block text-label text-text-2">{about}</span>
            </button>
          </li>
        ))}
      </ul>
    </Card>
  )
}

interface RecentProps {
  readonly searches: readonly string[]
  readonly onChoose: (q: string) => void
  readonly onRemove: (q: string) => void
  readonly onClear: () => void
}

export function Recent({ searches, onChoose, onRemove, onClear }: RecentProps) {
  return (
    <Card
      actions={
        <Button look="quiet" onClick={onClear}>
          Clear
        </Button>
      }
      title="Recent searches"
    >
      <ul className="p-2">
        {searches.map((q) => (
          <li className="flex items-center rounded-button hover:bg-surface-2" key={q}>
            <button
              className="min-h-8 min-w-0 flex-1 truncate px-2 text-start max-md:min-h-11"
              onClick={() => onChoose(q)}
              type="button"
            >
              <bdi>{q}</bdi>
            </button>
            <IconButton icon={X} label={`Remove ${q}`} onClick={() => onRemove(q)} />
          </li>
        ))}
      </ul>
    </Card>
  )
}
