import type { Change } from './changes.ts'
import { wordsOf } from './entry.ts'
import type { DiffLine } from './line-diff.ts'

const LOOKS = {
  same: { sign: ' ', word: '', look: 'text-text-2' },
  gone: { sign: '−', word: 'removed: ', look: 'bg-danger/15 text-danger' },
  new: { sign: '+', word: 'added: ', look: 'bg-success/15 text-success' },
}

/** What was changed, each field as it was and as it is. */
export function ChangesView({ changes }: { readonly changes: readonly Change[] }) {
  return (
    <section aria-labelledby="changes" className="space-y-2">
      <h3 className="font-semibold" id="changes">
        Changes
      </h3>
      <dl className="overflow-hidden rounded-card border border-border">
        {changes.map(({ field, before, after, lines }) => (
          <div className="border-b border-border last:border-0" key={field}>
            <dt className="bg-surface-2 px-3 py-1 text-label text-text-2">{wordsOf(field)}</dt>
            <dd className="overflow-x-auto py-1 font-mono text-label" tabIndex={lines ? 0 : undefined}>
              <Lines lines={lines ?? linesOf(before, after)} />
            </dd>
          </div>
        ))}
      </dl>
    </section>
  )
}

function linesOf(before: string | undefined, after: string | undefined): DiffLine[] {
  const gone: DiffLine[] = before === undefined ? [] : [{ kind: 'gone', text: before }]
  return after === undefined ? gone : [...gone, { kind: 'new', text: after }]
}

function Lines({ lines }: { readonly lines: readonly DiffLine[] }) {
  return lines.map(({ kind, text }, index) => {
    const { sign, word, look } = LOOKS[kind]
    return (
      <div className={`flex gap-2 px-3 ${look}`} key={index}>
        <span aria-hidden="true" className="w-3 shrink-0 select-none">
          {sign}
        </span>
        <span className="min-w-0 whitespace-pre-wrap">
          {word !== '' && <span className="sr-only">{word}</span>}
          <bdi>{text}</bdi>
        </span>
      </div>
    )
  })
}
