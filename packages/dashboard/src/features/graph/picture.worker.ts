import { createDrawing } from './drawing.ts'
import type { Drawing } from './drawing.ts'
import type { PictureNews, PictureOrder, View } from './picture-messages.ts'

type Opening = Extract<PictureOrder, { kind: 'open' }>

/** The last of each, for when the graphics card forgets everything. */
const last: { [Kind in PictureOrder['kind']]?: Extract<PictureOrder, { kind: Kind }> } = {}
let drawing: Drawing | undefined
let frame = 0

addEventListener('message', ({ data }: MessageEvent<PictureOrder>) => obey(data))

/** Draws away from the page: what waits for the graphics card waits here. */
function obey(order: PictureOrder): void {
  Object.assign(last, { [order.kind]: order })
  if (order.kind === 'open') open(order)
  else if (order.kind === 'move') drawing?.move(order.positions)
  else if (order.kind === 'paint') drawing?.paint(order)
  if (frame === 0) frame = requestAnimationFrame(show)
}

function open({ canvas, ties, sizes }: Opening): void {
  const gl = canvas.getContext('webgl2', { antialias: false, premultipliedAlpha: true })
  if (!gl) return
  drawing = createDrawing(gl, ties, sizes)
  canvas.addEventListener('webglcontextlost', (event) => event.preventDefault())
  canvas.addEventListener('webglcontextrestored', () => {
    drawing = createDrawing(gl, ties, sizes)
    if (last.move) drawing.move(last.move.positions)
    if (last.paint) drawing.paint(last.paint)
    show()
  })
}

function show(): void {
  frame = 0
  const { open: opening, view: order } = last
  if (!drawing || !opening || !order) return
  fit(opening.canvas, order.view)
  if (!drawing.draw(order.view)) return
  // Asked for is not drawn yet where there is no graphics card.
  opening.canvas.getContext('webgl2')?.finish()
  const { turn, camera } = order.view
  postMessage({ turn, camera } satisfies PictureNews)
}

/** A canvas is emptied by every change of its size. */
function fit(canvas: OffscreenCanvas, { width, height, ratio }: View): void {
  const [inner, outer] = [Math.round(width * ratio), Math.round(height * ratio)]
  if (canvas.width !== inner) canvas.width = inner
  if (canvas.height !== outer) canvas.height = outer
}
