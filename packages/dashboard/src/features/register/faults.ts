import type { Fault } from '@clawdxcraft/protocol'

/** What is wrong, without the place that the server has put behind it. */
export function wordsOfFault({ msg }: Pick<Fault, 'msg'>): string {
  return msg.replace(/ \(line \d+, column \d+\)$/, '')
}

/** The field that it is about: `schedule.active_hours.0`. */
export function fieldOfFault({ loc }: Pick<Fault, 'loc'>): string {
  return loc.join('.')
}
