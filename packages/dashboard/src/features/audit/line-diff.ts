/** A line of two texts: in both, only in the one before, or only in the one after. */
export interface DiffLine {
  readonly kind: 'same' | 'gone' | 'new'
  readonly text: string
}

/** Beyond that the table of the comparison would be too large to make while somebody waits. */
const LINES_MAX = 2_000

/** How one text became the other, in as few lines as can be; longer ones by what they have in common at both ends. */
export function lineDiff(before: string, after: string): DiffLine[] {
  const [old, now] = [before.split('\n'), after.split('\n')]
  const head = commonLength(old, now)
  const tail = commonLength(old.slice(head).toReversed(), now.slice(head).toReversed())
  const oldMiddle = old.slice(head, old.length - tail)
  const newMiddle = now.slice(head, now.length - tail)
  return [
    ...lines('same', old.slice(0, head)),
    ...middleOf(oldMiddle, newMiddle),
    ...lines('same', old.slice(old.length - tail)),
  ]
}

function middleOf(old: readonly string[], now: readonly string[]): DiffLine[] {
  const isTooLong = old.length + now.length > LINES_MAX
  return isTooLong ? [...lines('gone', old), ...lines('new', now)] : alongCommon(old, now)
}

/** Goes along the longest sequence of lines that both have. */
function alongCommon(old: readonly string[], now: readonly string[]): DiffLine[] {
  const lengths = commonLengths(old, now)
  const at = (i: number, j: number) => lengths[i * (now.length + 1) + j] ?? 0
  const diff: DiffLine[] = []
  let i = 0
  let j = 0
  while (i < old.length && j < now.length) {
    if (old[i] === now[j]) {
      diff.push({ kind: 'same', text: old[i] ?? '' })
      i++
      j++
    } else if (at(i + 1, j) >= at(i, j + 1)) {
      diff.push({ kind: 'gone', text: old[i++] ?? '' })
    } else {
      diff.push({ kind: 'new', text: now[j++] ?? '' })
    }
  }
  return [...diff, ...lines('gone', old.slice(i)), ...lines('new', now.slice(j))]
}

/** For each pair of places, how many lines the rests from there have in common, in order. */
function commonLengths(old: readonly string[], now: readonly string[]): Uint16Array {
  const width = now.length + 1
  const lengths = new Uint16Array((old.length + 1) * width)
  for (let i = old.length - 1; i >= 0; i--) {
    for (let j = now.length - 1; j >= 0; j--) {
      const [here, below, beside] = [i * width + j, (i + 1) * width + j, i * width + j + 1]
      lengths[here] =
        old[i] === now[j]
          ? (lengths[below + 1] ?? 0) + 1
          : Math.max(lengths[below] ?? 0, lengths[beside] ?? 0)
    }
  }
  return lengths
}

function commonLength(one: readonly string[], other: readonly string[]): number {
  let length = 0
  while (length < one.length && length < other.length && one[length] === other[length]) length++
  return length
}

function lines(kind: DiffLine['kind'], texts: readonly string[]): DiffLine[] {
  return texts.map((text) => ({ kind, text }))
}
