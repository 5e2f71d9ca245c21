import type Sigma from 'sigma'
import { GLSL_READ_NODE_COLOR, GLSL_READ_NODE_DATA } from 'sigma/rendering'
import type { RenderParams } from 'sigma/types'
import { PER_TIE, countOf } from './ties.ts'
import type { Ties } from './ties.ts'

/** How the ties look at this moment. */
export interface TiesLook {
  /** The bot whose ties stand out. */
  focus: number | undefined
}

// Where both ends are, and of what colour they are, stands in a texture already: the ties themselves never change, and
// fifty thousand of them cost the page nothing while the bots move.
const VERTEX = `#version 300 es
in vec2 a_corner;
in float a_from;
in float a_to;
in float a_weight;
uniform mat3 u_matrix;
uniform vec2 u_resolution;
uniform float u_width;
uniform float u_alpha;
uniform float u_focus;
uniform float u_bend;
uniform sampler2D u_nodes;
uniform int u_nodesWidth;
out vec4 v_colour;
out float v_side;
out float v_half;
${GLSL_READ_NODE_DATA}
${GLSL_READ_NODE_COLOR}
void main() {
  int from = int(a_from);
  int to = int(a_to);
  vec2 start = (u_matrix * vec3(readNodeData(u_nodes, u_nodesWidth, from).xy, 1.0)).xy * u_resolution;
  vec2 end = (u_matrix * vec3(readNodeData(u_nodes, u_nodesWidth, to).xy, 1.0)).xy * u_resolution;
  vec2 along = end - start;
  vec2 across = vec2(-along.y, along.x);
  float t = a_corner.x;
  vec2 control = (start + end) * 0.5 + across * u_bend;
  vec2 at = mix(mix(start, control, t), mix(control, end, t), t);
  vec2 course = mix(control - start, end - control, t);
  vec2 normal = length(course) > 0.0 ? normalize(vec2(-course.y, course.x)) : vec2(0.0);
  bool isFocused = u_focus >= 0.0 && (a_from == u_focus || a_to == u_focus);
  v_half = u_width * (isFocused ? 0.75 : 0.5) * min(1.0 + log2(a_weight) * 0.25, 3.0);
  v_side = a_corner.y * (v_half + 1.0);
  v_colour = mix(readNodeColor(u_nodes, u_nodesWidth, from), readNodeColor(u_nodes, u_nodesWidth, to), t);
  v_colour.a = isFocused ? 0.8 : u_focus >= 0.0 ? u_alpha * 0.5 : u_alpha;
  gl_Position = vec4((at + normal * v_side * 2.0) / u_resolution, 0.0, 1.0);
}`

const FRAGMENT = `#version 300 es
precision highp float;
in vec4 v_colour;
in float v_side;
in float v_half;
out vec4 colour;
void main() {
  float alpha = v_colour.a * clamp(v_half + 0.5 - abs(v_side), 0.0, 1.0);
  colour = vec4(v_colour.rgb * alpha, alpha);
}`

/** Few ties are arcs, so that those of both directions are two; of many nobody sees more than the way they go. */
const ARCS_MAX = 4_000
const ARC_PIECES = 12
const BEND = 0.08

/** Draws the ties below the bots. What they are tied by, is looked up once all of them are there. */
export function tiesLayer(sigma: Sigma, ties: Ties, look: TiesLook) {
  return (gl: WebGL2RenderingContext) => {
    const isArc = countOf(ties) <= ARCS_MAX
    const program = linked(gl)
    const corners = cornersOf(isArc ? ARC_PIECES : 1)
    const shape = gl.createVertexArray()
    const buffers = [gl.createBuffer(), gl.createBuffer()]
    const uniform = new Map<string, WebGLUniformLocation | null>()
    const at = (name: string) => {
      if (!uniform.has(name)) uniform.set(name, gl.getUniformLocation(program, name))
      return uniform.get(name) ?? null
    }
    let count = 0

    /** Into the places that the bots have in the texture. */
    function fill(): void {
      const texture = sigma.getNodeDataTexture()
      const places = Array.from({ length: ties.order }, (_, place) => texture.getIndex(String(place)))
      const numbers = Float32Array.from(ties.list, (number, index) =>
        index % PER_TIE === PER_TIE - 1 ? number : (places[number] ?? 0),
      )
      gl.bindVertexArray(shape)
      gl.bindBuffer(gl.ARRAY_BUFFER, buffers[0] ?? null)
      gl.bufferData(gl.ARRAY_BUFFER, corners, gl.STATIC_DRAW)
      attribute(gl, program, { name: 'a_corner', size: 2, stride: 2, offset: 0, isPerTie: false })
      gl.bindBuffer(gl.ARRAY_BUFFER, buffers[1] ?? null)
      gl.bufferData(gl.ARRAY_BUFFER, numbers, gl.STATIC_DRAW)
      for (const [offset, name] of ['a_from', 'a_to', 'a_weight'].entries()) {
        attribute(gl, program, { name, size: 1, stride: PER_TIE, offset, isPerTie: true })
      }
      gl.bindVertexArray(null)
      gl.bindBuffer(gl.ARRAY_BUFFER, null)
      count = countOf(ties)
    }

    return {
      cacheData() {
        if (count === 0 && sigma.getGraph().order === ties.order) fill()
      },
      render(params: RenderParams) {
        if (count === 0) return
        gl.useProgram(program)
        gl.enable(gl.BLEND)
        gl.bindVertexArray(shape)
        gl.uniformMatrix3fv(at('u_matrix'), false, params.matrix)
        gl.uniform2f(at('u_resolution'), params.width * params.pixelRatio, params.height * params.pixelRatio)
        gl.uniform1f(at('u_width'), params.pixelRatio)
        gl.uniform1f(at('u_alpha'), alphaOf(ties, params.zoomRatio))
        gl.uniform1f(at('u_bend'), isArc ? BEND : 0)
        gl.uniform1f(at('u_focus'), placeIn(sigma, look.focus))
        gl.uniform1i(at('u_nodes'), params.nodeDataTextureUnit)
        gl.uniform1i(at('u_nodesWidth'), params.nodeDataTextureWidth)
        gl.drawArraysInstanced(gl.TRIANGLE_STRIP, 0, corners.length / 2, count)
        gl.bindVertexArray(null)
      },
      kill() {
        gl.deleteProgram(program)
        gl.deleteVertexArray(shape)
        for (const buffer of buffers) gl.deleteBuffer(buffer)
      },
    }
  }
}

function placeIn(sigma: Sigma, focus: number | undefined): number {
  return focus === undefined ? -1 : sigma.getNodeDataTexture().getIndex(String(focus))
}

/** The more ties there are, and the further away they are, the fainter each of them is. */
function alphaOf(ties: Ties, zoomRatio: number): number {
  const alpha = 9 / Math.sqrt(Math.max(1, countOf(ties)))
  return Math.min(0.5, Math.max(0.05, alpha) / Math.sqrt(Math.max(0.01, zoomRatio)))
}

/** A strip: how far along the tie, and on which side of it. */
function cornersOf(pieces: number): Float32Array<ArrayBuffer> {
  return new Float32Array(
    Array.from({ length: pieces + 1 }, (_, piece) => [piece / pieces, -1, piece / pieces, 1]).flat(),
  )
}

interface Attribute {
  readonly name: string
  readonly size: number
  readonly stride: number
  readonly offset: number
  readonly isPerTie: boolean
}

function attribute(gl: WebGL2RenderingContext, program: WebGLProgram, given: Attribute): void {
  const { name, size, stride, offset, isPerTie } = given
  const location = gl.getAttribLocation(program, name)
  const bytes = Float32Array.BYTES_PER_ELEMENT
  gl.enableVertexAttribArray(location)
  gl.vertexAttribPointer(location, size, gl.FLOAT, false, stride * bytes, offset * bytes)
  gl.vertexAttribDivisor(location, isPerTie ? 1 : 0)
}

function linked(gl: WebGL2RenderingContext): WebGLProgram {
  const program = gl.createProgram()
  for (const [type, source] of [
    [gl.VERTEX_SHADER, VERTEX],
    [gl.FRAGMENT_SHADER, FRAGMENT],
  ] as const) {
    const shader = gl.createShader(type)
    if (!shader) continue
    gl.shaderSource(shader, source)
    gl.compileShader(shader)
    gl.attachShader(program, shader)
    gl.deleteShader(shader)
  }
  gl.linkProgram(program)
  return program
}
