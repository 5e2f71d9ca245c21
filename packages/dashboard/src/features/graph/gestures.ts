import type { Point } from './camera.ts'

export interface Gestures {
  readonly onPoint: (at: Point | undefined) => void
  readonly onClick: (at: Point) => void
  readonly onDoubleClick: () => void
  readonly onPan: (by: Point) => void
  readonly onZoom: (factor: number, at: Point) => void
}

/** A hand is not steady: what moves less than that is a click. */
const STEADY = 4
const WHEEL = 0.002

/** Mouse, pen and fingers on an element; the returned function ends that. */
export function listenToGestures(element: HTMLElement, gestures: Gestures): () => void {
  const pointers = new Map<number, Point>()
  let travelled = 0
  const ending = new AbortController()
  const options = { signal: ending.signal }

  const at = ({ clientX, clientY }: MouseEvent): Point => {
    const { left, top } = element.getBoundingClientRect()
    return { x: clientX - left, y: clientY - top }
  }

  function down(event: PointerEvent): void {
    if (pointers.size === 0) travelled = 0
    pointers.set(event.pointerId, at(event))
    element.setPointerCapture(event.pointerId)
  }

  function move(event: PointerEvent): void {
    const [before, now] = [pointers.get(event.pointerId), at(event)]
    if (!before) return gestures.onPoint(now)
    const by = { x: now.x - before.x, y: now.y - before.y }
    travelled += Math.hypot(by.x, by.y)
    pointers.set(event.pointerId, now)
    if (travelled < STEADY) return
    const other = [...pointers].find(([id]) => id !== event.pointerId)?.[1]
    if (other) gestures.onZoom(distance(now, other) / Math.max(1, distance(before, other)), other)
    else gestures.onPan(by)
  }

  function up(event: PointerEvent): void {
    const wasDown = pointers.delete(event.pointerId)
    if (wasDown && travelled < STEADY && event.type === 'pointerup') gestures.onClick(at(event))
  }

  function wheel(event: WheelEvent): void {
    event.preventDefault()
    gestures.onZoom(Math.exp(-event.deltaY * WHEEL), at(event))
  }

  element.addEventListener('pointerdown', down, options)
  element.addEventListener('pointermove', move, options)
  element.addEventListener('pointerup', up, options)
  element.addEventListener('pointercancel', up, options)
  element.addEventListener('pointerleave', () => gestures.onPoint(undefined), options)
  element.addEventListener('dblclick', gestures.onDoubleClick, options)
  element.addEventListener('wheel', wheel, { ...options, passive: false })
  return () => ending.abort()
}

function distance(one: Point, other: Point): number {
  return Math.hypot(one.x - other.x, one.y - other.y)
}
