import { CHART_COLOURS } from '../../ui/chart.tsx'
import { ALONE } from './metrics.ts'
import type { Rgb } from './picture-messages.ts'

/** What the picture is drawn in. */
export interface Colours {
  /** Of the largest communities, in order; what is smaller has `other`. */
  readonly communities: readonly Rgb[]
  readonly other: Rgb
  /** Of what is not looked at. */
  readonly faded: Rgb
  readonly ground: Rgb
  readonly groundCss: string
  readonly textCss: string
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
  const cssOf = (colour: string) =>
    colour.replace(/var\((.+)\)/, (_, name: string) => tokens.getPropertyValue(name))
  const mix = mixer()
  const read = (colour: string) => mix(cssOf(colour))
  return {
    communities: CHART_COLOURS.map(read),
    other: read(OTHER_COLOUR),
    faded: read('var(--border)'),
    ground: read('var(--surface)'),
    groundCss: cssOf('var(--surface)'),
    textCss: cssOf('var(--text)'),
  }
}

export function rgbOf({ communities, other }: Colours, community: number): Rgb {
  return community === ALONE ? other : (communities[community] ?? other)
}

/** WebGL knows no `oklch()`: a canvas says what it comes to. */
function mixer(): (css: string) => Rgb {
  const canvas = document.createElement('canvas')
  canvas.width = canvas.height = 1
  const context = canvas.getContext('2d', { willReadFrequently: true })
  return (css) => {
    if (!context) return [0.5, 0.5, 0.5]
    context.fillStyle = css
    context.fillRect(0, 0, 1, 1)
    const [red = 0, green = 0, blue = 0] = context.getImageData(0, 0, 1, 1).data
    return [red / 255, green / 255, blue / 255]
  }
}
