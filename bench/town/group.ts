import type { Group } from '../group.ts'
import { crowded } from './crowded.ts'

export const town: Group = {
  about: 'ten thousand scripted bots in one process: what they do in a second, whether it grows',
  bots: 0,
  things: [crowded],
}
