// Letters of other scripts that are drawn like these, and signs with many shapes.
const DRAWN_ALIKE: readonly (readonly [string, string])[] = [
  ['аеорсухіѕјԁһԛԝкАВЕКМНОРСТХУІЅЈ', 'aeopcyxisjdhqwkABEKMHOPCTXYISJ'],
  ['οανρικυΑΒΕΖΗΙΚΜΝΟΡΤΥΧ', 'oavpikuABEZHIKMNOPTYX'],
  ['ıɡ‐‒–—―−⁄∕∶꞉', 'ig------//::'],
]
const LATIN = new Map(
  DRAWN_ALIKE.flatMap(([from, to]) => [...from].map((letter, at) => [letter, to[at] ?? ''])),
)
const LOOK_ALIKE = new RegExp(`[${[...LATIN.keys()].join('')}]`, 'g')
// Blanks that no rule of Unicode calls white space: they would glue words together once they are left out.
const BLANK = /[\u0085\u115F\u1160\u2800]/g
const SHOWS_NOTHING = /\p{Default_Ignorable_Code_Point}/gu
const ASCII = /^\p{ASCII}*$/u

export function isAscii(text: string): boolean {
  return ASCII.test(text)
}

/**
 * A text without its disguises, for judging alone, never for posting: full width and fancy letters are plain ones, what
 * shows nothing is gone, and letters that only look Latin are Latin.
 */
export function unmasked(text: string): string {
  if (isAscii(text)) return text
  return text
    .normalize('NFKC')
    .replace(BLANK, ' ')
    .replace(SHOWS_NOTHING, '')
    .replace(LOOK_ALIKE, (letter) => LATIN.get(letter) ?? letter)
}
