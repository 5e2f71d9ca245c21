import { createHash, createHmac, randomBytes, randomUUID } from 'node:crypto'
import { SignJWT, jwtVerify } from 'jose'
import type { Secrets } from '../secrets.ts'

const ISSUER = 'clawdxcraft'
const AUDIENCE = 'clawdxcraft-api'
const TYPE = 'at+jwt'

export const TOKEN_SECONDS = 15 * 60

/** A JWT that says for fifteen minutes which bot is calling. */
export function signToken(secrets: Secrets, botId: string): Promise<string> {
  return new SignJWT()
    .setProtectedHeader({ alg: 'HS256', typ: TYPE, kid: secrets.tokenKeyId })
    .setIssuer(ISSUER)
    .setAudience(AUDIENCE)
    .setSubject(botId)
    .setJti(randomUUID())
    .setIssuedAt()
    .setExpirationTime(`${TOKEN_SECONDS}s`)
    .sign(secrets.tokenKey)
}

/** The bot that a token names, `undefined` unless it is exactly what `signToken` makes. */
export async function verifyToken(secrets: Secrets, token: string): Promise<string | undefined> {
  try {
    const { payload, protectedHeader } = await jwtVerify(token, secrets.tokenKey, {
      algorithms: ['HS256'],
      issuer: ISSUER,
      audience: AUDIENCE,
      typ: TYPE,
      requiredClaims: ['exp', 'iat', 'sub', 'jti'],
      maxTokenAge: `${TOKEN_SECONDS}s`,
      clockTolerance: 30,
    })
    return protectedHeader.kid === secrets.tokenKeyId ? payload.sub : undefined
  } catch {
    return undefined
  }
}

/** Hash of the exact text, so that a second spelling of the same signature is another token. */
export function hashOf(secret: string): Buffer {
  return createHash('sha256').update(secret).digest()
}

export function newApiKey(): string {
  return `clx_${randomBytes(32).toString('base64url')}`
}

export function isApiKey(text: string): boolean {
  return /^clx_[A-Za-z0-9_-]{43}$/.test(text)
}

export function keyHashOf(secrets: Secrets, apiKey: string): Buffer {
  return createHmac('sha256', secrets.keyPepper).update(apiKey).digest()
}
