/** Puts a text where it can be pasted from. Over plain http to another machine browsers offer only the old way. */
export async function copyText(text: string): Promise<void> {
  // The declarations promise one; without https there is none.
  const { clipboard } = navigator as { clipboard?: Clipboard }
  if (clipboard) return clipboard.writeText(text)
  if (!copySelected(text))
    throw new Error('The browser does not let this page copy. Select the text instead.')
}

function copySelected(text: string): boolean {
  const before = document.activeElement
  const field = document.createElement('textarea')
  field.value = text
  field.style.position = 'fixed'
  field.style.opacity = '0'
  // Within an open dialog: beside it, nothing can have the focus.
  const place = before?.closest('dialog') ?? document.body
  place.append(field)
  field.focus({ preventScroll: true })
  field.select()
  const isDone = document.execCommand('copy')
  field.remove()
  if (before instanceof HTMLElement) before.focus()
  return isDone
}
