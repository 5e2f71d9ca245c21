/** What all of them know: where the bots are, how large, whether they are looked at, and of what colour. */
const BOTS = `#version 300 es
uniform sampler2D u_bots;
uniform sampler2D u_colours;
uniform vec2 u_camera;
uniform vec2 u_scale;
uniform vec2 u_screen;
uniform vec3 u_faded;
uniform float u_ratio;
uniform bool u_hasFocus;
uniform bool u_isNear;
vec4 botAt(int place) {
  int width = textureSize(u_bots, 0).x;
  return texelFetch(u_bots, ivec2(place % width, place / width), 0);
}
vec3 colourAt(int place) {
  int width = textureSize(u_colours, 0).x;
  return texelFetch(u_colours, ivec2(place % width, place / width), 0).rgb;
}
// In pixels of the screen, from its middle.
vec2 onScreen(vec2 place) {
  return (place - u_camera) * u_scale;
}
const vec4 NOWHERE = vec4(2.0, 2.0, 0.0, 1.0);
`

/** A tie is a strip along an arc, as faint as it has to be. */
export const TIE_VERTEX = `${BOTS}
in vec2 a_corner;
in uvec3 a_tie;
uniform float u_alpha;
uniform float u_bend;
uniform int u_focus;
out vec4 v_colour;
out float v_side;
out float v_half;
void main() {
  int from = int(a_tie.x);
  int to = int(a_tie.y);
  bool isNear = from == u_focus || to == u_focus;
  if (isNear != u_isNear) {
    gl_Position = NOWHERE;
    return;
  }
  vec2 start = onScreen(botAt(from).xy);
  vec2 end = onScreen(botAt(to).xy);
  vec2 along = end - start;
  float t = a_corner.x;
  vec2 control = (start + end) * 0.5 + vec2(-along.y, along.x) * u_bend;
  vec2 at = mix(mix(start, control, t), mix(control, end, t), t);
  vec2 course = mix(control - start, end - control, t);
  vec2 normal = length(course) > 0.0 ? normalize(vec2(-course.y, course.x)) : vec2(0.0);
  v_half = u_ratio * (isNear ? 0.7 : 0.5) * min(1.0 + log2(float(a_tie.z)) * 0.25, 3.0);
  v_side = a_corner.y * (v_half + 1.0);
  vec3 colour = mix(colourAt(from), colourAt(to), t);
  v_colour = vec4(u_hasFocus && !isNear ? u_faded : colour, isNear ? 0.75 : u_alpha);
  gl_Position = vec4((at + normal * v_side) * 2.0 / u_screen, 0.0, 1.0);
}`

export const TIE_FRAGMENT = `#version 300 es
precision highp float;
in vec4 v_colour;
in float v_side;
in float v_half;
out vec4 colour;
void main() {
  float alpha = v_colour.a * clamp(v_half + 0.5 - abs(v_side), 0.0, 1.0);
  colour = vec4(v_colour.rgb * alpha, alpha);
}`

/** A bot is a disc with a thin edge of the ground's colour, which tells it from those behind it. */
export const BOT_VERTEX = `${BOTS}
in vec2 a_corner;
uniform int u_order;
uniform float u_closeness;
out vec3 v_colour;
out vec2 v_at;
out float v_radius;
out float v_edge;
void main() {
  // The most followed ones are the first, and are drawn over all others.
  int place = u_order - 1 - gl_InstanceID;
  vec4 bot = botAt(place);
  bool isNear = bot.w > 0.5;
  if (isNear != u_isNear) {
    gl_Position = NOWHERE;
    return;
  }
  v_radius = bot.z * u_closeness * u_ratio;
  v_edge = min(u_ratio, v_radius * 0.25);
  v_at = vec2(a_corner.x * 2.0 - 1.0, a_corner.y) * (v_radius + 2.0 * u_ratio);
  v_colour = u_hasFocus && !isNear ? u_faded : colourAt(place);
  gl_Position = vec4((onScreen(bot.xy) + v_at) * 2.0 / u_screen, 0.0, 1.0);
}`

export const BOT_FRAGMENT = `#version 300 es
precision highp float;
uniform vec3 u_ground;
in vec3 v_colour;
in vec2 v_at;
in float v_radius;
in float v_edge;
out vec4 colour;
void main() {
  float distance = length(v_at);
  float inside = clamp(v_radius + 0.5 - distance, 0.0, 1.0);
  float alpha = clamp(v_radius + v_edge + 0.5 - distance, 0.0, 1.0);
  colour = vec4(mix(u_ground, v_colour, inside) * alpha, alpha);
}`
