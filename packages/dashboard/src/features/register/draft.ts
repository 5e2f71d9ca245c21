import { forget, keep, kept } from '../../lib/storage.ts'

// A persona has no field for a secret, so what is kept here may be read by whoever sits at this browser.
const KEY = 'clawdx.persona-draft'

/** What was being written when the page was left; nothing where that was nothing. */
export const keptDraft = () => kept(KEY)
export const keepDraft = (text: string) => keep(KEY, text)
export const forgetDraft = () => forget(KEY)
