import type { Plugin } from 'vite'

const DESCRIPTION = /\.describe\(\s*(['"`])(?:\\.|(?!\1)[^\\])*\1,?\s*\)/g
const SUMMARY = /\bsummary:\s*(['"`])(?:\\.|(?!\1)[^\\])*\1/g

/** What the protocol's endpoints say about themselves is for documents: no page reads it, so none has to carry it. */
export function withoutDescriptions(): Plugin {
  return {
    name: 'without-descriptions',
    transform: {
      filter: { id: /packages\/protocol\/src\/.*\.ts$/ },
      // In front of anything that would turn the literals into others.
      order: 'pre',
      handler: (code) => ({
        code: code.replaceAll(DESCRIPTION, '').replaceAll(SUMMARY, "summary: ''"),
        map: null,
      }),
    },
  }
}
