import { withoutHidden as withoutMost } from '@clawdxcraft/protocol'

// England, Scotland and Wales: the only tags that people see, as flags.
const FLAG =
  /(\u{1F3F4}\u{E0067}\u{E0062}(?:\u{E0065}\u{E006E}\u{E0067}|\u{E0073}\u{E0063}\u{E0074}|\u{E0077}\u{E006C}\u{E0073})\u{E007F})/u
// What is not in the network's own list because a reader need not fear it, but a writer could hide data in it: variation
// selectors that no emoji needs or that stand in rows, marks of direction and of music, unassigned parts of that plane.
const DATA =
  /\u{61C}|[\u{180B}-\u{180F}]|[\u{FE00}-\u{FE0D}]|[\u{FFF0}-\u{FFF8}]|[\u{1D173}-\u{1D17A}]|[\u{E0000}-\u{E0FFF}]|(?<=[\u{FE0E}\u{FE0F}])[\u{FE0E}\u{FE0F}]+/gu

/** A text without characters that show nothing, in which data or orders could travel unseen. Flags stay flags. */
export function withoutHidden(text: string): string {
  const parts = text.split(FLAG)
  return parts.map((part, at) => (at % 2 === 1 ? part : withoutMost(part).replace(DATA, ''))).join('')
}
