import type { GraphNode } from '@clawdxcraft/protocol'
import type { Point, Size } from './camera.ts'
import type { Colours } from './colours.ts'

interface Box {
  readonly left: number
  readonly top: number
  readonly right: number
  readonly bottom: number
}

/** What may have a name, and what the names are written in. */
interface LabelsLook extends Size {
  readonly nodes: readonly GraphNode[]
  /** Those that may have one, the most important ones first. */
  readonly places: Iterable<number>
  readonly at: (place: number) => Point
  /** Pixels from the middle of a bot to its edge. */
  readonly radius: (place: number) => number
  readonly colours: Colours
  /** Also those of the smallest ones. */
  readonly areAllMeant: boolean
}

const FONT = '500 12px "Inter Variable", sans-serif'
const LINE = 16
const GAP = 4
const HALO = 3
const LABELS_MAX = 40
/** Pixels of a bot that is large enough to have a name before anybody points at it. */
const RADIUS_MIN = 5

/** Writes names beside the bots, in the order of their importance, as long as they do not cover each other. */
export function drawLabels(context: CanvasRenderingContext2D, look: LabelsLook): void {
  const { nodes, colours, width, height } = look
  context.clearRect(0, 0, width, height)
  Object.assign(context, { font: FONT, textBaseline: 'middle', lineJoin: 'round', lineWidth: HALO })
  context.strokeStyle = colours.groundCss
  context.fillStyle = colours.textCss
  const taken: Box[] = []
  for (const place of look.places) {
    if (taken.length >= LABELS_MAX) return
    const [radius, { x, y }] = [look.radius(place), look.at(place)]
    const isMeant = look.areAllMeant || radius >= RADIUS_MIN
    if (!isMeant || x < 0 || y < 0 || x > width || y > height) continue
    const text = nodes[place]?.handle ?? ''
    const left = x + radius + GAP
    const right = left + context.measureText(text).width
    const box = { left: left - GAP, top: y - LINE / 2, right: right + GAP, bottom: y + LINE / 2 }
    if (taken.some((other) => overlap(box, other))) continue
    taken.push(box)
    context.strokeText(text, left, y)
    context.fillText(text, left, y)
  }
}

function overlap(one: Box, other: Box): boolean {
  return one.left < other.right && other.left < one.right && one.top < other.bottom && other.top < one.bottom
}
