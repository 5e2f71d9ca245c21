import type { PictureOrder, View } from './picture-messages.ts'
import { BOT_FRAGMENT, BOT_VERTEX, TIE_FRAGMENT, TIE_VERTEX } from './shaders.ts'
import { PER_TIE, countOf, neighboursOf } from './ties.ts'
import type { Ties } from './ties.ts'

type Paint = Extract<PictureOrder, { kind: 'paint' }>

/** The network on a graphics card. */
export interface Drawing {
  move(positions: Float32Array): void
  paint(paint: Paint): void
  /** Says whether there was everything that it takes. */
  draw(view: View): boolean
}

/** Few ties are arcs, so that those of both directions are two; of many nobody sees more than the way they go. */
const ARCS_MAX = 4_000
const ARC_PIECES = 12
const BEND = 0.08
const TEXTURE_WIDTH = 256
/** Numbers of a bot in its texture: x, y, its size, and whether it is looked at. */
const PER_BOT = 4

export function createDrawing(gl: WebGL2RenderingContext, ties: Ties, sizes: Float32Array): Drawing {
  const isArc = countOf(ties) <= ARCS_MAX
  const tieProgram = programOf(gl, TIE_VERTEX, TIE_FRAGMENT)
  const botProgram = programOf(gl, BOT_VERTEX, BOT_FRAGMENT)
  const strip = stripOf(isArc ? ARC_PIECES : 1)
  const tieShape = shapeOf(gl, tieProgram, strip, ties.list)
  const corners = stripOf(1)
  const botShape = shapeOf(gl, botProgram, corners)
  const rows = Math.max(1, Math.ceil(ties.order / TEXTURE_WIDTH))
  const bots = new Float32Array(rows * TEXTURE_WIDTH * PER_BOT)
  const [botTexture, colourTexture] = [textureOf(gl, 0), textureOf(gl, 1)]
  sizes.forEach((size, place) => (bots[place * PER_BOT + 2] = size))
  let looks: Paint | undefined
  let focus: number | undefined
  let isPlaced = false
  gl.enable(gl.BLEND)
  gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA)
  upload()

  function upload(): void {
    gl.activeTexture(gl.TEXTURE0)
    gl.bindTexture(gl.TEXTURE_2D, botTexture)
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA32F, TEXTURE_WIDTH, rows, 0, gl.RGBA, gl.FLOAT, bots)
  }

  function look(next: number | undefined): void {
    if (next === focus) return
    focus = next
    for (let place = 0; place < ties.order; place++) bots[place * PER_BOT + 3] = 0
    if (next !== undefined) {
      const { out, in: into } = neighboursOf(ties, next)
      for (const place of [next, ...out, ...into]) bots[place * PER_BOT + 3] = 1
    }
    upload()
  }

  function use(program: Program, view: View, isNear: boolean): void {
    const { camera, ratio, width, height } = view
    gl.useProgram(program.program)
    gl.uniform1i(program.at('u_bots'), 0)
    gl.uniform1i(program.at('u_colours'), 1)
    gl.uniform2f(program.at('u_camera'), camera.x, camera.y)
    // Upwards is the other way round there.
    gl.uniform2f(program.at('u_scale'), camera.scale * ratio, -camera.scale * ratio)
    gl.uniform2f(program.at('u_screen'), width * ratio, height * ratio)
    gl.uniform3fv(program.at('u_faded'), looks?.faded ?? [0, 0, 0])
    gl.uniform1f(program.at('u_ratio'), ratio)
    gl.uniform1i(program.at('u_hasFocus'), Number(focus !== undefined))
    gl.uniform1i(program.at('u_isNear'), Number(isNear))
  }

  function drawTies(view: View, isNear: boolean): void {
    use(tieProgram, view, isNear)
    gl.uniform1f(tieProgram.at('u_alpha'), alphaOf(ties, view.closeness) * (focus === undefined ? 1 : 0.6))
    gl.uniform1f(tieProgram.at('u_bend'), isArc ? BEND : 0)
    gl.uniform1i(tieProgram.at('u_focus'), focus ?? -1)
    gl.bindVertexArray(tieShape)
    gl.drawArraysInstanced(gl.TRIANGLE_STRIP, 0, strip.length / 2, countOf(ties))
  }

  function drawBots(view: View, isNear: boolean): void {
    use(botProgram, view, isNear)
    gl.uniform1i(botProgram.at('u_order'), ties.order)
    gl.uniform1f(botProgram.at('u_closeness'), view.closeness)
    gl.uniform3fv(botProgram.at('u_ground'), looks?.ground ?? [0, 0, 0])
    gl.bindVertexArray(botShape)
    gl.drawArraysInstanced(gl.TRIANGLE_STRIP, 0, corners.length / 2, ties.order)
  }

  return {
    move(positions) {
      isPlaced = true
      for (let place = 0; place < ties.order; place++) {
        bots[place * PER_BOT] = positions[place * 2]!
        bots[place * PER_BOT + 1] = positions[place * 2 + 1]!
      }
      upload()
    },
    paint(next) {
      looks = next
      const colours = new Uint8Array(rows * TEXTURE_WIDTH * 4)
      colours.set(next.colours)
      gl.activeTexture(gl.TEXTURE1)
      gl.bindTexture(gl.TEXTURE_2D, colourTexture)
      gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA, TEXTURE_WIDTH, rows, 0, gl.RGBA, gl.UNSIGNED_BYTE, colours)
    },
    draw(view) {
      look(view.focus)
      gl.viewport(0, 0, Math.round(view.width * view.ratio), Math.round(view.height * view.ratio))
      gl.clear(gl.COLOR_BUFFER_BIT)
      if (!looks || !isPlaced) return false
      drawTies(view, false)
      drawBots(view, false)
      if (focus !== undefined) {
        drawTies(view, true)
        drawBots(view, true)
      }
      return true
    },
  }
}

/** The more ties there are, and the further away they are, the fainter each of them is. */
function alphaOf(ties: Ties, closeness: number): number {
  const alpha = 9 / Math.sqrt(Math.max(1, countOf(ties)))
  return Math.min(0.5, Math.max(0.05, alpha) * closeness)
}

/** A strip: how far along it, and on which side. */
function stripOf(pieces: number): Float32Array<ArrayBuffer> {
  return new Float32Array(
    Array.from({ length: pieces + 1 }, (_, piece) => [piece / pieces, -1, piece / pieces, 1]).flat(),
  )
}

/** The corners of what is drawn again and again, and the ties that it is drawn for. */
function shapeOf(
  gl: WebGL2RenderingContext,
  { program }: Program,
  corners: Float32Array<ArrayBuffer>,
  ties?: Uint32Array,
): WebGLVertexArrayObject {
  const shape = gl.createVertexArray()
  gl.bindVertexArray(shape)
  gl.bindBuffer(gl.ARRAY_BUFFER, gl.createBuffer())
  gl.bufferData(gl.ARRAY_BUFFER, corners, gl.STATIC_DRAW)
  const corner = gl.getAttribLocation(program, 'a_corner')
  gl.enableVertexAttribArray(corner)
  gl.vertexAttribPointer(corner, 2, gl.FLOAT, false, 0, 0)
  if (ties) {
    gl.bindBuffer(gl.ARRAY_BUFFER, gl.createBuffer())
    gl.bufferData(gl.ARRAY_BUFFER, new Uint32Array(ties), gl.STATIC_DRAW)
    const tie = gl.getAttribLocation(program, 'a_tie')
    gl.enableVertexAttribArray(tie)
    gl.vertexAttribIPointer(tie, PER_TIE, gl.UNSIGNED_INT, 0, 0)
    gl.vertexAttribDivisor(tie, 1)
  }
  gl.bindVertexArray(null)
  return shape
}

function textureOf(gl: WebGL2RenderingContext, unit: number): WebGLTexture {
  const texture = gl.createTexture()
  gl.activeTexture(gl.TEXTURE0 + unit)
  gl.bindTexture(gl.TEXTURE_2D, texture)
  for (const filter of [gl.TEXTURE_MIN_FILTER, gl.TEXTURE_MAG_FILTER]) {
    gl.texParameteri(gl.TEXTURE_2D, filter, gl.NEAREST)
  }
  return texture
}

interface Program {
  readonly program: WebGLProgram
  at(uniform: string): WebGLUniformLocation | null
}

function programOf(gl: WebGL2RenderingContext, vertex: string, fragment: string): Program {
  const program = gl.createProgram()
  const parts = [
    [gl.VERTEX_SHADER, vertex],
    [gl.FRAGMENT_SHADER, fragment],
  ] as const
  for (const [type, source] of parts) {
    const shader = gl.createShader(type)
    if (!shader) continue
    gl.shaderSource(shader, source)
    gl.compileShader(shader)
    gl.attachShader(program, shader)
  }
  gl.linkProgram(program)
  const known = new Map<string, WebGLUniformLocation | null>()
  return {
    program,
    at(uniform) {
      if (!known.has(uniform)) known.set(uniform, gl.getUniformLocation(program, uniform))
      return known.get(uniform) ?? null
    },
  }
}
