import { useEffect, useImperativeHandle, useRef } from 'react'
import type { Ref } from 'react'
import type { Fault } from '@clawdxcraft/protocol'
import { createEditor } from './editor.ts'
import type { Editor } from './editor.ts'
import type { Schema } from './schema-help.ts'

export type EditorHandle = Pick<Editor, 'goTo' | 'setText'>

interface PersonaEditorProps {
  /** What stands there first. From then on the editor has the text: what came back to it late would undo what was typed since. */
  readonly text: string
  readonly faults: readonly Fault[]
  readonly schema: Schema | undefined
  readonly onText: (text: string) => void
  readonly onCursor: (at: number) => void
  readonly ref: Ref<EditorHandle>
}

export function PersonaEditor({ text, faults, schema, onText, onCursor, ref }: PersonaEditorProps) {
  const host = useRef<HTMLDivElement>(null)
  const editor = useRef<Editor>(undefined)
  const first = useRef(text)
  const heard = useRef({ onText, onCursor })
  heard.current = { onText, onCursor }

  useEffect(() => {
    if (!host.current) return undefined
    const made = createEditor(host.current, {
      text: first.current,
      label: 'Persona, in YAML',
      onText: (next) => heard.current.onText(next),
      onCursor: (at) => heard.current.onCursor(at),
    })
    editor.current = made
    return () => made.destroy()
  }, [])
  useEffect(() => editor.current?.setFaults(faults), [faults])
  useEffect(() => editor.current?.setSchema(schema), [schema])
  useImperativeHandle(
    ref,
    () => ({
      goTo: (line, column) => editor.current?.goTo(line, column),
      setText: (next) => editor.current?.setText(next),
    }),
    [],
  )

  return <div className="h-full font-mono" ref={host} />
}
