/** How often something happens now. */
export interface Pulse {
  beat(): void
  /** A second, over the last ten; over less where less has passed. */
  perSecond(): number
}

const SLOT_MS = 100
const SLOTS = 100
/** Before a second has passed one beat would look like very many. */
const AT_LEAST_MS = 1000

/** `now` in milliseconds. Takes the same time and room however much happens. */
export function createPulse(now: () => number): Pulse {
  const startedAt = now()
  /** What happened in which tenth of a second, in a ring. */
  const slots = Array.from({ length: SLOTS }, () => ({ tick: -1, beats: 0 }))
  const tickNow = () => Math.floor(now() / SLOT_MS)
  return {
    beat() {
      const tick = tickNow()
      const slot = slots[tick % SLOTS]
      if (!slot) return
      if (slot.tick !== tick) Object.assign(slot, { tick, beats: 0 })
      slot.beats++
    },
    perSecond() {
      const tick = tickNow()
      const recent = slots.filter((slot) => slot.tick > tick - SLOTS && slot.tick <= tick)
      const beats = recent.reduce((sum, slot) => sum + slot.beats, 0)
      const passedMs = Math.min(SLOTS * SLOT_MS, Math.max(AT_LEAST_MS, now() - startedAt))
      return (beats * 1000) / passedMs
    },
  }
}
