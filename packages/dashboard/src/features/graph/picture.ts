import type { GraphNode } from '@clawdxcraft/protocol'
import { ownFile } from '../../lib/own-files.ts'
import { between, fitted, moved, onPage, zoomed } from './camera.ts'
import type { Camera, Point, Size } from './camera.ts'
import { rgbOf } from './colours.ts'
import type { Colours } from './colours.ts'
import { listenToGestures } from './gestures.ts'
import { drawLabels } from './labels.ts'
import type { PictureNews, PictureOrder } from './picture-messages.ts'
// oxlint-disable-next-line import/default -- made by the build: the address of the file that the worker becomes
import workerAddress from './picture.worker.ts?worker&url'
import { neighboursOf } from './ties.ts'
import type { Ties } from './ties.ts'

export interface Network {
  readonly nodes: readonly GraphNode[]
  readonly ties: Ties
  readonly communities: Int32Array
}

export interface PictureEvents {
  /** There is something to be seen. */
  readonly onDrawn: () => void
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

const SIZE_MIN = 2.5
const SIZE_MAX = 15
/** Of more bots than that, each is smaller. */
const ROOMY = 800
/** Pixels beside a bot at which it is still meant. */
const NEAR = 5
const ZOOM = 1.6
/** How close it gets to a bot that is looked at, at least. */
const LOOK_CLOSENESS = 2
const CAMERA_MS = 300

/**
 * Draws into an element until it is closed: a worker draws bots and ties on a canvas of its own, so that however large the
 * network is, the page only ever writes a few names over them.
 */
export function drawNetwork(container: HTMLElement, network: Network, events: PictureEvents): Picture {
  const { nodes, ties, communities } = network
  const sizes = sizesOf(nodes)
  const isStill = matchMedia('(prefers-reduced-motion: reduce)').matches
  const [canvas, names] = [layerIn(container), layerIn(container)]
  // Names are few and small: no graphics card has to be waited for.
  const writing = names.getContext('2d', { willReadFrequently: true })
  const worker = new Worker(ownFile(workerAddress), { type: 'module' })
  let size = { width: container.clientWidth, height: container.clientHeight }
  let positions: Float32Array = new Float32Array(nodes.length * 2)
  let whole = fitted(positions, size)
  let camera = whole
  /** Until somebody moves it, the camera goes with what it sees. */
  let isFree = true
  /** Journeys of the camera; a new one ends those before. */
  let journeys = 0
  let colours: Colours | undefined
  let chosen: number | undefined
  let pointed: number | undefined
  let near: ReadonlySet<number> | undefined
  /** Of the last two clicks. The first one sends the camera off, so that the second finds something else in its place. */
  let hits: readonly [number | undefined, number | undefined] = [undefined, undefined]
  let frame = 0
  /** What can be seen by now: the names keep to the bots, however long those take to be drawn. */
  let seen: Camera | undefined
  let turn = 0

  const tell = (order: PictureOrder, transfer: Transferable[] = []) => worker.postMessage(order, transfer)
  const closenessOf = ({ scale }: Camera) => Math.sqrt(scale / whole.scale)
  const radius = (place: number) => (sizes[place] ?? 0) * closenessOf(seen ?? camera)
  const placeOf = (place: number) => ({ x: positions[place * 2] ?? 0, y: positions[place * 2 + 1] ?? 0 })
  const at = (place: number) => onPage(seen ?? camera, size, placeOf(place))
  const focus = () => pointed ?? chosen

  function show(): void {
    turn++
    container.ariaBusy = 'true'
    if (frame === 0) frame = requestAnimationFrame(draw)
  }

  function draw(): void {
    frame = 0
    const [ratio, closeness] = [devicePixelRatio, closenessOf(camera)]
    tell({ kind: 'view', view: { ...size, turn, camera, ratio, closeness, focus: focus() } })
  }

  function write(): void {
    if (!writing || !colours) return
    const ratio = devicePixelRatio
    fit(names, size, ratio)
    writing.setTransform(ratio, 0, 0, ratio, 0, 0)
    const places = near ?? nodes.keys()
    drawLabels(writing, { ...size, nodes, places, at, radius, colours, areAllMeant: near !== undefined })
  }

  function refocus(): void {
    const place = focus()
    near = place === undefined ? undefined : around(ties, place)
    show()
  }

  /** By hand, at once. */
  function take(to: Camera): void {
    isFree = false
    journeys++
    camera = to
    show()
  }

  function go(to: Camera): void {
    const [from, began] = [camera, performance.now()]
    take(from)
    const journey = journeys
    const step = () => {
      if (journey !== journeys) return
      const part = isStill ? 1 : Math.min(1, (performance.now() - began) / CAMERA_MS)
      camera = between(from, to, part)
      show()
      if (part < 1) requestAnimationFrame(step)
    }
    step()
  }

  /** The nearest one, if it is near enough. */
  function hit(point: Point): number | undefined {
    let [found, least] = [undefined as number | undefined, NEAR]
    for (const place of nodes.keys()) {
      const { x, y } = at(place)
      const distance = Math.hypot(x - point.x, y - point.y) - radius(place)
      if (distance < least) [found, least] = [place, distance]
    }
    return found
  }

  const stopGestures = listenToGestures(container, {
    onPoint(point) {
      const place = point && hit(point)
      if (place === pointed) return
      pointed = place
      container.style.cursor = place === undefined ? 'grab' : 'pointer'
      refocus()
    },
    onClick(point) {
      hits = [hits[1], hit(point)]
      events.onChoose(hits[1])
    },
    onDoubleClick() {
      const [first] = hits
      if (first !== undefined) events.onOpen(first)
    },
    onPan: (by) => take(moved(camera, by)),
    onZoom: (factor, point) => take(zoomed(camera, factor, point, { ...size, whole })),
  })
  const resizes = new ResizeObserver(() => {
    size = { width: container.clientWidth, height: container.clientHeight }
    whole = fitted(positions, size)
    if (isFree) camera = whole
    show()
  })
  resizes.observe(container)
  worker.addEventListener('message', ({ data }: MessageEvent<PictureNews>) => {
    if (!seen) events.onDrawn()
    seen = data.camera
    container.ariaBusy = String(data.turn !== turn)
    write()
  })
  const offscreen = canvas.transferControlToOffscreen()
  tell({ kind: 'open', canvas: offscreen, ties, sizes }, [offscreen])

  return {
    move(next) {
      positions = next
      whole = fitted(positions, size)
      if (isFree) camera = whole
      tell({ kind: 'move', positions })
      show()
    },
    paint(next) {
      colours = next
      const { faded, ground } = next
      tell({ kind: 'paint', colours: bytesOf(communities, next), faded, ground })
      show()
    },
    focus(place) {
      chosen = place
      refocus()
    },
    lookAt: (place) => go({ ...placeOf(place), scale: Math.max(camera.scale, whole.scale * LOOK_CLOSENESS) }),
    zoom(how) {
      const middle = { x: size.width / 2, y: size.height / 2 }
      if (how === 'whole') go(whole)
      else go(zoomed(camera, how === 'in' ? ZOOM : 1 / ZOOM, middle, { ...size, whole }))
    },
    close() {
      journeys++
      cancelAnimationFrame(frame)
      stopGestures()
      resizes.disconnect()
      worker.terminate()
      canvas.remove()
      names.remove()
    },
  }
}

/** The area grows with the followers. */
function sizesOf(nodes: readonly GraphNode[]): Float32Array {
  const most = nodes.reduce((max, { followers }) => Math.max(max, followers), 1)
  const room = Math.min(1, Math.sqrt(ROOMY / nodes.length))
  return Float32Array.from(
    nodes,
    ({ followers }) => room * (SIZE_MIN + (SIZE_MAX - SIZE_MIN) * Math.sqrt(followers / most)),
  )
}

function around(ties: Ties, place: number): Set<number> {
  const { out, in: into } = neighboursOf(ties, place)
  return new Set([place, ...[...out, ...into].sort((a, b) => a - b)])
}

function bytesOf(communities: Int32Array, colours: Colours): Uint8Array {
  const bytes = new Uint8Array(communities.length * 4)
  communities.forEach((community, place) => {
    bytes.set([...rgbOf(colours, community).map((part) => Math.round(part * 255)), 255], place * 4)
  })
  return bytes
}

function layerIn(container: HTMLElement): HTMLCanvasElement {
  const canvas = document.createElement('canvas')
  Object.assign(canvas.style, { position: 'absolute', inset: '0', width: '100%', height: '100%' })
  container.append(canvas)
  return canvas
}

/** A canvas is emptied by every change of its size. */
function fit(canvas: HTMLCanvasElement, { width, height }: Size, ratio: number): void {
  const [inner, outer] = [Math.round(width * ratio), Math.round(height * ratio)]
  if (canvas.width !== inner) canvas.width = inner
  if (canvas.height !== outer) canvas.height = outer
}
