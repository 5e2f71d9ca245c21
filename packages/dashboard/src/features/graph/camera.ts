/** What is seen of the plane: its middle, and how many pixels of the page one of its units is. */
export interface Camera {
  readonly x: number
  readonly y: number
  readonly scale: number
}

export interface Size {
  readonly width: number
  readonly height: number
}

export interface Point {
  readonly x: number
  readonly y: number
}

const MARGIN = 40
/** So much closer or further away than where all of it is seen. */
const CLOSER_MAX = 40
const FURTHER_MAX = 3

/** Sees all of it. */
export function fitted(positions: Float32Array, { width, height }: Size): Camera {
  let [left, right, top, bottom] = [Infinity, -Infinity, Infinity, -Infinity]
  for (let at = 0; at < positions.length; at += 2) {
    left = Math.min(left, positions[at]!)
    right = Math.max(right, positions[at]!)
    top = Math.min(top, positions[at + 1]!)
    bottom = Math.max(bottom, positions[at + 1]!)
  }
  if (left > right) return { x: 0, y: 0, scale: 1 }
  const scale = Math.min(
    Math.max(1, width - 2 * MARGIN) / Math.max(1, right - left),
    Math.max(1, height - 2 * MARGIN) / Math.max(1, bottom - top),
  )
  return { x: (left + right) / 2, y: (top + bottom) / 2, scale }
}

/** Where a place of the plane is on the page, from the upper left corner of the picture. */
export function onPage({ x, y, scale }: Camera, { width, height }: Size, at: Point): Point {
  return { x: (at.x - x) * scale + width / 2, y: (at.y - y) * scale + height / 2 }
}

export function moved(camera: Camera, by: Point): Camera {
  return { ...camera, x: camera.x - by.x / camera.scale, y: camera.y - by.y / camera.scale }
}

/** What is at a point of the page stays there. `whole` is the camera that sees all of it. */
export function zoomed(camera: Camera, factor: number, at: Point, view: Size & { whole: Camera }): Camera {
  const scale = Math.min(
    view.whole.scale * CLOSER_MAX,
    Math.max(view.whole.scale / FURTHER_MAX, camera.scale * factor),
  )
  const kept = 1 / camera.scale - 1 / scale
  return {
    x: camera.x + (at.x - view.width / 2) * kept,
    y: camera.y + (at.y - view.height / 2) * kept,
    scale,
  }
}

/** On the way from one camera to another; `part` goes from 0 to 1. */
export function between(from: Camera, to: Camera, part: number): Camera {
  const eased = 1 - (1 - part) ** 3
  const mix = (one: number, other: number) => one + (other - one) * eased
  return { x: mix(from.x, to.x), y: mix(from.y, to.y), scale: mix(from.scale, to.scale) }
}
