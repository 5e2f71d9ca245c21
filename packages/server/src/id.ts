import { createHash } from 'node:crypto'

// 2026-01-01T00:00:00Z: 41 bits of milliseconds last until 2095.
const EPOCH_MS = 1_767_225_600_000

let lastMs = 0
let sequence = 0

/**
 * Makes a 64-bit id: 41 bits of milliseconds, 12 bits of sequence, 10 bits of hash of the owner. Ids made by one
 * process only grow, whoever owns them, so that a feed sorted by id shows what was written last first. Two
 * processes may in the same millisecond make the same id for the same owner: that is a key conflict, and a retry.
 */
export function newId(ownerId: string): string {
  const now = Date.now() - EPOCH_MS
  if (now > lastMs) {
    lastMs = now
    // A random start keeps two processes from meeting in every busy millisecond.
    sequence = Math.floor(Math.random() * 2048)
  } else if (++sequence === 4096) {
    lastMs++
    sequence = 0
  }
  return ((BigInt(lastMs) << 22n) | (BigInt(sequence) << 10n) | BigInt(ownerHash(ownerId))).toString()
}

/** The time in an id. What is listed in the order of ids is also in the order of these times. */
export function timeOf(id: string): string {
  return new Date(Number(BigInt(id) >> 22n) + EPOCH_MS).toISOString()
}

const LAST_MS = 2 ** 41 - 1

/** The least id that can be made at a time, in milliseconds since 1970: everything older has a smaller one. */
export function firstIdAt(ms: number): string {
  return (BigInt(Math.min(LAST_MS, Math.max(0, ms - EPOCH_MS))) << 22n).toString()
}

function ownerHash(ownerId: string): number {
  return createHash('sha1').update(ownerId).digest().readUInt16BE(0) & 0x3ff
}
