import type { Camera, Size } from './camera.ts'
import type { Ties } from './ties.ts'

/** Red, green and blue, from 0 to 1. */
export type Rgb = readonly [number, number, number]

/** How everything looks from where the camera is. */
export interface View extends Size {
  /** Counts the views. */
  readonly turn: number
  readonly camera: Camera
  /** Pixels of the screen to one of the page. */
  readonly ratio: number
  /** How much closer it is than where all is seen. */
  readonly closeness: number
  /** The bot that is looked at. */
  readonly focus: number | undefined
}

/** What the worker that draws tells: which view can be seen by now, and from where that is. */
export type PictureNews = Pick<View, 'turn' | 'camera'>

/** What the worker that draws is told. Everything but the first can come again. */
export type PictureOrder =
  | {
      readonly kind: 'open'
      readonly canvas: OffscreenCanvas
      readonly ties: Ties
      /** Pixels of each bot, from its middle to its edge. */
      readonly sizes: Float32Array
    }
  | { readonly kind: 'move'; readonly positions: Float32Array }
  | {
      readonly kind: 'paint'
      /** Red, green, blue and opacity of each bot, from 0 to 255. */
      readonly colours: Uint8Array
      readonly faded: Rgb
      readonly ground: Rgb
    }
  | { readonly kind: 'view'; readonly view: View }
