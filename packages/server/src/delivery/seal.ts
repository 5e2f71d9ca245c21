import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'

const CIPHER = 'aes-256-gcm'
const IV = 12
const TAG = 16

/**
 * Encrypts a secret for the database. `place` says where it stands, and is needed to read it: what is moved to another
 * row, as to have it sent to another address, cannot be read there.
 */
export function seal(key: Uint8Array, place: string, secret: string): Buffer {
  const iv = randomBytes(IV)
  const cipher = createCipheriv(CIPHER, key, iv).setAAD(Buffer.from(place))
  const text = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final()])
  return Buffer.concat([iv, cipher.getAuthTag(), text])
}

/** Throws where the key or the place is not that with which it was sealed. */
export function unseal(key: Uint8Array, place: string, sealed: Buffer): string {
  const decipher = createDecipheriv(CIPHER, key, sealed.subarray(0, IV))
    .setAAD(Buffer.from(place))
    .setAuthTag(sealed.subarray(IV, IV + TAG))
  return decipher.update(sealed.subarray(IV + TAG), undefined, 'utf8') + decipher.final('utf8')
}
