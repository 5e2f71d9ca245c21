import type { GraphNode } from '@clawdxcraft/protocol'
import { DirectedGraph } from 'graphology'
import Sigma from 'sigma'
import { colourOf } from './colours.ts'
import type { Colours } from './colours.ts'
import { neighboursOf } from './ties.ts'
import type { Ties } from './ties.ts'
import { tiesLayer } from './ties-layer.ts'
import type { TiesLook } from './ties-layer.ts'

export interface Network {
  readonly nodes: readonly GraphNode[]
  readonly ties: Ties
  readonly communities: Int32Array
}

export interface PictureEvents {
  /** A bot is pointed at, or none any more. */
  readonly onHover: (place: number | undefined) => void
  /** A bot is chosen, or what is beside all of them. */
  readonly onChoose: (place: number | undefined) => void
  readonly onOpen: (place: number) => void
}

/** A drawn network. */
export interface Picture {
  move(positions: Float32Array): void
  paint(colours: Colours): void
  /** Makes a bot and those around it stand out. */
  focus(place: number | undefined): void
  /** Brings a bot into the middle. */
  lookAt(place: number): void
  zoom(how: 'in' | 'out' | 'whole'): void
  close(): void
}

/** So many bots are put in at a time: a page that is busy for longer than 50 ms stutters. */
const SLICE = 250
const SIZE_MIN = 2.5
const SIZE_MAX = 16
/** Of a bot with more neighbours than that, their names would cover each other. */
const NAMED_NEIGHBOURS_MAX = 40
const CAMERA_MS = 300

/** How a bot looks; everything else of it stands elsewhere. */
interface Look {
  x: number
  y: number
  size: number
  color: string
  label: string
  labelColor: string
  labelVisibility: 'auto' | 'visible' | 'hidden'
  depth: 'nodes' | 'topNodes'
}

const own = (attribute: keyof Look) => ({ attribute })

/** Draws into an element until it is closed. The ties are a layer of their own: to sigma there are bots only. */
export function drawNetwork(container: HTMLElement, network: Network, events: PictureEvents): Picture {
  const { nodes, ties } = network
  const graph = new DirectedGraph<Look>()
  const look: TiesLook = { focus: undefined }
  let colours: Colours | undefined
  let positions: Float32Array | undefined
  let frame = 0
  const isStill = matchMedia('(prefers-reduced-motion: reduce)').matches
  const sigma = new Sigma<Look>(graph, container, {
    primitives: { nodes: { label: { font: { family: 'Inter Variable', weight: '500' }, margin: 4 } } },
    styles: {
      nodes: {
        x: own('x'),
        y: own('y'),
        size: own('size'),
        color: own('color'),
        label: own('label'),
        labelSize: 12,
        labelColor: own('labelColor'),
        labelVisibility: own('labelVisibility'),
        depth: own('depth'),
        cursor: 'pointer',
      },
    },
    settings: {
      labelDensity: 0.6,
      labelGridCellSize: 110,
      labelRenderedSizeThreshold: 5,
      stagePadding: 32,
      minCameraRatio: 0.02,
      maxCameraRatio: 3,
      autoRescaleContent: 'nodes',
      hideLabelsOnMove: true,
      enableCameraRotation: false,
      enableCameraMouseRotation: false,
    },
  })
  sigma.addCustomLayerProgram('ties', 'edges', tiesLayer(sigma as unknown as Sigma, ties, look))
  sigma.on('enterNode', ({ node }) => events.onHover(Number(node)))
  sigma.on('leaveNode', () => events.onHover(undefined))
  sigma.on('clickNode', ({ node }) => events.onChoose(Number(node)))
  sigma.on('clickStage', () => events.onChoose(undefined))
  sigma.on('doubleClickNode', ({ node, preventSigmaDefault }) => {
    preventSigmaDefault()
    events.onOpen(Number(node))
  })

  /** Slice by slice, a frame each; the ties come with the last one. */
  function grow(): void {
    if (!colours || !positions) return
    const until = Math.min(nodes.length, graph.order + SLICE)
    for (let place = graph.order; place < until; place++) graph.addNode(place, lookOf(place))
    if (until < nodes.length) frame = requestAnimationFrame(grow)
    else paint()
  }

  function lookOf(place: number): Look {
    return {
      x: positions?.[place * 2] ?? 0,
      y: positions?.[place * 2 + 1] ?? 0,
      size: sizeOf(nodes, place),
      color: colours ? colourOf(colours, network.communities[place] ?? -1) : '#888888',
      label: nodes[place]?.handle ?? '',
      labelColor: colours?.text ?? '#888888',
      labelVisibility: 'auto',
      depth: 'nodes',
    }
  }

  /** Everything about the bots but where they are. */
  function paint(): void {
    if (!colours || graph.order < nodes.length) return
    const { faded } = colours
    const near = look.focus === undefined ? undefined : around(look.focus)
    const isNamed = near !== undefined && near.size <= NAMED_NEIGHBOURS_MAX
    graph.updateEachNodeAttributes(
      (node, attributes) => {
        const place = Number(node)
        const isNear = near === undefined || near.has(place)
        const fresh = lookOf(place)
        attributes.color = isNear ? fresh.color : faded
        attributes.labelColor = fresh.labelColor
        attributes.labelVisibility = !isNear ? 'hidden' : isNamed || place === look.focus ? 'visible' : 'auto'
        attributes.depth = isNear && near ? 'topNodes' : 'nodes'
        return attributes
      },
      // Whatever may change the order in which bots are drawn makes sigma put them into order again.
      { attributes: ['x', 'color', 'depth'] },
    )
  }

  function around(place: number): Set<number> {
    const { out, in: into } = neighboursOf(ties, place)
    return new Set([place, ...out, ...into])
  }

  grow()
  return {
    move(next) {
      const isFirst = positions === undefined
      positions = next
      if (isFirst) return grow()
      if (graph.order < nodes.length) return
      graph.updateEachNodeAttributes(
        (node, attributes) => {
          attributes.x = next[Number(node) * 2] ?? 0
          attributes.y = next[Number(node) * 2 + 1] ?? 0
          return attributes
        },
        { attributes: ['x', 'y'] },
      )
    },
    paint(next) {
      const isFirst = colours === undefined
      colours = next
      if (isFirst) grow()
      else paint()
    },
    focus(place) {
      if (look.focus === place) return
      look.focus = place
      paint()
    },
    lookAt(place) {
      const at = sigma.getNodeDisplayData(String(place))
      if (!at) return
      const camera = sigma.getCamera()
      void camera.animate(
        { x: at.x, y: at.y, ratio: Math.min(camera.ratio, 0.5) },
        { duration: isStill ? 0 : CAMERA_MS },
      )
    },
    zoom(how) {
      const camera = sigma.getCamera()
      const options = { duration: isStill ? 0 : CAMERA_MS }
      if (how === 'whole') void camera.reset(options)
      else void (how === 'in' ? camera.zoomIn(options) : camera.zoomOut(options))
    },
    close() {
      cancelAnimationFrame(frame)
      sigma.kill()
    },
  }
}

/** The area grows with the followers. */
function sizeOf(nodes: readonly GraphNode[], place: number): number {
  const most = Math.max(1, ...nodes.slice(0, 2).map(({ followers }) => followers))
  return SIZE_MIN + (SIZE_MAX - SIZE_MIN) * Math.sqrt((nodes[place]?.followers ?? 0) / most)
}
