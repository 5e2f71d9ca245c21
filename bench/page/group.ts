import type { Group } from '../group.ts'
import { firstPaint } from './first-paint.ts'
import { graph } from './graph.ts'
import { initialScript } from './initial-script.ts'
import { loaded } from './loaded.ts'
import { smooth } from './smooth.ts'

export const page: Group = {
  about: 'the dashboard in a browser: size, first paint, frames while much arrives, the graph',
  bots: 3,
  things: [initialScript, firstPaint, smooth, loaded, graph],
}
