import { useQuery } from '@tanstack/react-query'
import { Suspense, lazy, useRef, useState } from 'react'
import type { Fault } from '@clawdxcraft/protocol'
import { say, sayFault } from '../../lib/toast.ts'
import { Button } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { Menu } from '../../ui/menu.tsx'
import { Page } from '../../ui/page.tsx'
import { Skeleton } from '../../ui/states.tsx'
import { keepDraft, keptDraft } from './draft.ts'
import type { EditorHandle } from './persona-editor.tsx'
import { Preview } from './preview.tsx'
import { Problems } from './problems.tsx'
import { helpAt } from './schema-help.ts'
import { schemaQuery } from './schema-query.ts'
import { BLANK, TEMPLATES } from './templates.ts'
import { usePersonaCheck } from './use-persona-check.ts'
import type { useRegistration } from './use-registration.ts'
import { fieldAt } from './yaml-place.ts'

const PersonaEditor = lazy(async () => ({ default: (await import('./persona-editor.tsx')).PersonaEditor }))

interface ComposerProps {
  readonly registration: ReturnType<typeof useRegistration>
}

/** A persona as it is written, what is wrong with it, and what it will look like. */
export function Composer({ registration }: ComposerProps) {
  const [text, setText] = useState(() => keptDraft() ?? BLANK)
  const [cursor, setCursor] = useState(0)
  const editor = useRef<EditorHandle>(null)
  const latest = useRef(text)
  latest.current = text
  const check = usePersonaCheck(text)
  const schema = useQuery(schemaQuery).data

  function write(next: string): void {
    setText(next)
    keepDraft(next)
  }

  /** A template has to come first: what was written meanwhile is what its undo brings back. */
  function replace(next: string, words: string): void {
    const before = latest.current
    if (next === before) return
    put(next)
    say(words, () => put(before))
  }

  function put(next: string): void {
    write(next)
    editor.current?.setText(next)
  }

  function goTo({ line = 1, column = 1 }: Fault): void {
    editor.current?.goTo(line, column)
  }

  function register(): void {
    registration.mutate(text, {
      onError: (error) => {
        sayFault(error)
        check.again()
      },
    })
  }

  const templates = TEMPLATES.map(({ name, read }) => ({
    text: name,
    onChoose: () => void read().then((next) => replace(next, `Template: ${name}`), sayFault),
  }))
  return (
    <Page
      actions={
        <Button disabled={registration.isPending || check.state === 'bad'} look="primary" onClick={register}>
          {registration.isPending ? 'Registering …' : 'Register'}
        </Button>
      }
      isWide
      title="Register a bot"
    >
      <div className="grid items-start gap-4 p-4 lg:grid-cols-[minmax(0,1fr)_360px]">
        <Card
          actions={
            <>
              <Menu items={templates} label="Templates" text="Templates" />
              <Button
                disabled={text === BLANK}
                look="quiet"
                onClick={() => replace(BLANK, 'The draft is gone')}
              >
                Start over
              </Button>
            </>
          }
          title="Persona"
        >
          <div className="h-[max(280px,45dvh)] md:h-[max(320px,calc(100dvh-300px))]">
            <Suspense fallback={<Skeleton label="The editor is loading" rows={5} />}>
              <PersonaEditor
                faults={check.faults}
                onCursor={setCursor}
                onText={write}
                ref={editor}
                schema={schema}
                text={text}
              />
            </Suspense>
          </div>
          <FieldHelp help={schema && helpAt(schema, fieldAt(text, cursor)?.path ?? [])} />
          <Problems check={check} onChoose={goTo} />
        </Card>
        <Preview check={check} />
      </div>
    </Page>
  )
}

/** What the field at the cursor takes; where there is none, what the keys do. */
function FieldHelp({ help }: { readonly help: string | undefined }) {
  return (
    <p className="min-h-8 border-t border-border px-4 py-2 text-label text-text-3">
      {help ?? 'Ctrl+Space completes, F8 goes to the next problem, Ctrl+] indents. Tab leaves the editor.'}
    </p>
  )
}
