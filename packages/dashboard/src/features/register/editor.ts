import { completionKeymap } from '@codemirror/autocomplete'
import { defaultKeymap, history, historyKeymap } from '@codemirror/commands'
import { yaml } from '@codemirror/lang-yaml'
import { bracketMatching, syntaxHighlighting } from '@codemirror/language'
import { lintGutter, nextDiagnostic, setDiagnostics } from '@codemirror/lint'
import type { Diagnostic } from '@codemirror/lint'
import { EditorState } from '@codemirror/state'
import type { Text } from '@codemirror/state'
import {
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  keymap,
  lineNumbers,
} from '@codemirror/view'
import type { Fault } from '@clawdxcraft/protocol'
import { editorColours, editorTheme } from './editor-look.ts'
import { personaHelp } from './editor-help.ts'
import type { Schema } from './schema-help.ts'
import { wordsOfFault } from './faults.ts'

export interface Editor {
  /** Replaces everything, where that is not what stands there. It can be undone like what was typed. */
  setText(text: string): void
  setFaults(faults: readonly Fault[]): void
  setSchema(schema: Schema | undefined): void
  /** Puts the cursor to a place, counted from 1 on. */
  goTo(line: number, column: number): void
  destroy(): void
}

interface EditorOptions {
  readonly text: string
  /** What it is, for screen readers. */
  readonly label: string
  readonly onText: (text: string) => void
  /** Where the cursor is, in characters from the beginning. */
  readonly onCursor: (at: number) => void
}

/**
 * In a shadow root, where it may bring its own styles: a page whose policy takes no style elements would show it naked.
 * Tab is left to the page, so that nobody is caught in here.
 */
export function createEditor(host: HTMLElement, { text, label, onText, onCursor }: EditorOptions): Editor {
  const root = host.shadowRoot ?? host.attachShadow({ mode: 'open' })
  let schema: Schema | undefined
  const heard = EditorView.updateListener.of((update) => {
    if (update.docChanged) onText(update.state.doc.toString())
    if (update.docChanged || update.selectionSet) onCursor(update.state.selection.main.head)
  })
  const extensions = [
    lineNumbers(),
    lintGutter(),
    history(),
    highlightActiveLine(),
    highlightActiveLineGutter(),
    bracketMatching(),
    EditorView.lineWrapping,
    EditorView.contentAttributes.of({ 'aria-label': label }),
    yaml(),
    syntaxHighlighting(editorColours),
    editorTheme,
    personaHelp(() => schema),
    keymap.of([...completionKeymap, ...defaultKeymap, ...historyKeymap, { key: 'F8', run: nextDiagnostic }]),
    typedOver,
    heard,
  ]
  const view = new EditorView({ root, parent: root, state: EditorState.create({ doc: text, extensions }) })
  return {
    setText(next) {
      const { doc } = view.state
      if (doc.toString() === next) return
      view.dispatch({ changes: { from: 0, to: doc.length, insert: next } })
    },
    setFaults(faults) {
      const { doc } = view.state
      view.dispatch(
        setDiagnostics(
          view.state,
          faults.map((fault) => diagnosticOf(fault, doc)),
        ),
      )
    },
    setSchema(next) {
      schema = next
    },
    goTo(line, column) {
      const anchor = offsetOf(view.state.doc, line, column)
      view.dispatch({ selection: { anchor }, effects: EditorView.scrollIntoView(anchor, { y: 'center' }) })
      view.focus()
    },
    destroy: () => view.destroy(),
  }
}

/**
 * What is typed over a selection. Left to it, the browser would keep the looks of what was there in a style of its own,
 * which the page's policy refuses.
 */
const typedOver = EditorView.domEventHandlers({
  beforeinput({ inputType, data }, view) {
    if (inputType !== 'insertText' || data === null || view.state.selection.main.empty) return false
    view.dispatch(view.state.replaceSelection(data), { userEvent: 'input.type', scrollIntoView: true })
    return true
  },
})

/** From the place of a fault to the end of what stands there. */
function diagnosticOf(fault: Fault, doc: Text): Diagnostic {
  const from = offsetOf(doc, fault.line ?? 1, fault.column ?? 1)
  const line = doc.lineAt(from)
  const rest = line.text.slice(from - line.from)
  const word = /^(?:"[^"]*"?|[\w-]+(?=\s*:)|[^#]*?(?=\s*(?:#|$)))/.exec(rest)?.[0].length ?? 0
  return {
    from,
    to: from + Math.max(word, rest === '' ? 0 : 1),
    severity: 'error',
    message: wordsOfFault(fault),
  }
}

/** The text may have become shorter since the place was found. */
function offsetOf(doc: Text, line: number, column: number): number {
  const { from, to } = doc.line(Math.min(line, doc.lines))
  return Math.min(from + column - 1, to)
}
