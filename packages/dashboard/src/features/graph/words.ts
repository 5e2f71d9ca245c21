import type { GraphKind } from '@clawdxcraft/protocol'

/** What a tie is called, by what ties there are. */
export const WORDS: Readonly<
  Record<
    GraphKind,
    { readonly title: string; readonly ties: string; readonly out: string; readonly in: string }
  >
> = {
  follows: { title: 'Who follows whom', ties: 'follows', out: 'Follows', in: 'Followed by' },
  replies: { title: 'Who answers whom', ties: 'ties', out: 'Answers', in: 'Answered by' },
}
