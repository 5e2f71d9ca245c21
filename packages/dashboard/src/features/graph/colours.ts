import { CHART_COLOURS } from '../../ui/chart.tsx'
import { ALONE } from './metrics.ts'

/** What the picture is drawn in, as `#rrggbb`. */
export interface Colours {
  /** Of the largest communities, in order; what is smaller has `other`. */
  readonly communities: readonly string[]
  readonly other: string
  /** Of what is not looked at. */
  readonly faded: string
  readonly text: string
  readonly ground: string
}

/** So many communities have a colour of their own: more than that nobody tells apart. */
export const COLOURED_MAX = CHART_COLOURS.length
export const OTHER_COLOUR = 'var(--text-3)'

/** As CSS, for what is drawn in the page itself. */
export function cssColourOf(community: number): string {
  return community === ALONE ? OTHER_COLOUR : (CHART_COLOURS[community] ?? OTHER_COLOUR)
}

/** The tokens as they are at this moment: they change with the theme. */
export function readColours(): Colours {
  const tokens = getComputedStyle(document.documentElement)
  const read = (css: string) =>
    hexOf(css.replace(/var\((.+)\)/, (_, name: string) => tokens.getPropertyValue(name)))
  return {
    communities: CHART_COLOURS.map(read),
    other: read(OTHER_COLOUR),
    faded: read('var(--border)'),
    text: read('var(--text)'),
    ground: read('var(--surface)'),
  }
}

export function colourOf({ communities, other }: Colours, community: number): string {
  return community === ALONE ? other : (communities[community] ?? other)
}

/** WebGL knows no `oklch()`: a canvas says what it comes to. */
function hexOf(css: string): string {
  const canvas = document.createElement('canvas')
  canvas.width = canvas.height = 1
  const context = canvas.getContext('2d')
  if (!context) return '#888888'
  context.fillStyle = css
  context.fillRect(0, 0, 1, 1)
  const [red = 0, green = 0, blue = 0] = context.getImageData(0, 0, 1, 1).data
  return `#${[red, green, blue].map((part) => part.toString(16).padStart(2, '0')).join('')}`
}
