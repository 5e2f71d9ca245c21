import { autocompletion, startCompletion } from '@codemirror/autocomplete'
import type { Completion, CompletionContext, CompletionResult } from '@codemirror/autocomplete'
import type { Extension } from '@codemirror/state'
import { closeHoverTooltips, hasHoverTooltips, hoverTooltip, keymap } from '@codemirror/view'
import type { EditorView } from '@codemirror/view'
import { helpAt, keysAt, valuesAt } from './schema-help.ts'
import type { KeyHelp, Schema } from './schema-help.ts'
import { fieldAt, keysBeside, placeAt } from './yaml-place.ts'
import type { Place } from './yaml-place.ts'

/** Completion while writing and explanations under the pointer, once there is a schema. */
export function personaHelp(schemaNow: () => Schema | undefined): Extension {
  const complete = (context: CompletionContext) => {
    const schema = schemaNow()
    return schema ? completionsAt(schema, context) : null
  }
  const explain = hoverTooltip((view, pos) => {
    const schema = schemaNow()
    const field = fieldAt(view.state.doc.toString(), pos)
    const words = schema && field && helpAt(schema, field.path)
    return words === undefined
      ? null
      : { pos: field?.from ?? pos, create: () => ({ dom: helpElement(words) }) }
  })
  return [
    autocompletion({ override: [complete], icons: false }),
    explain,
    // Who points at something and does not want to read about it needs a way to be rid of that.
    keymap.of([{ key: 'Escape', run: closeExplanation }]),
  ]
}

function closeExplanation(view: EditorView): boolean {
  if (!hasHoverTooltips(view.state)) return false
  view.dispatch({ effects: closeHoverTooltips })
  return true
}

function helpElement(words: string): HTMLElement {
  const element = document.createElement('div')
  element.className = 'cm-help'
  element.textContent = words
  return element
}

function completionsAt(schema: Schema, context: CompletionContext): CompletionResult | null {
  const text = context.state.doc.toString()
  const place = placeAt(text, context.pos)
  if (!place || (place.from === context.pos && !context.explicit)) return null
  const options = place.part === 'key' ? keyOptions(schema, place, text) : valueOptions(schema, place)
  return options.length === 0 ? null : { from: place.from, options, validFor: /^[\w/-]*$/ }
}

function keyOptions(schema: Schema, place: Place, text: string): Completion[] {
  const beside = new Set(keysBeside(text, place.from))
  const lineStart = text.lastIndexOf('\n', place.from - 1) + 1
  const indent = text.slice(lineStart, place.from)
  // Behind a bracket everything stays on its line.
  const below = indent.trim() === '' ? `\n${indent}  ` : ' '
  return keysAt(schema, place.path)
    .filter(({ name }) => !beside.has(name))
    .map((key, index) => keyOption(key, below, index))
}

function keyOption(
  { name, isRequired, hasFields, words }: KeyHelp,
  below: string,
  index: number,
): Completion {
  return {
    label: name,
    ...(isRequired && { detail: 'required' }),
    info: words,
    // As they stand in the documentation, not by the alphabet.
    boost: -index,
    apply(view, _completion, from, to) {
      const insert = `${name}:${hasFields ? below : ' '}`
      view.dispatch({ changes: { from, to, insert }, selection: { anchor: from + insert.length } })
      startCompletion(view)
    },
  }
}

function valueOptions(schema: Schema, { path }: Place): Completion[] {
  const values =
    path.join('.') === 'schedule.timezone' ? Intl.supportedValuesOf('timeZone') : valuesAt(schema, path)
  return values.map((label, index) => ({ label, boost: -index }))
}
