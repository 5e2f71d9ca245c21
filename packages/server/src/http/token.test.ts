import { createSign, generateKeyPairSync } from 'node:crypto'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newBot } from '../../test/factories.ts'
import type { TestBot } from '../../test/factories.ts'
import { base64url, openForge } from '../../test/forged-tokens.ts'
import type { Forge } from '../../test/forged-tokens.ts'
import { startTestServer } from '../../test/harness.ts'
import type { TestServer } from '../../test/harness.ts'
import { seed } from '../../test/seed.ts'
import { tableDigests } from '../../test/tables.ts'

let server: TestServer
let ada: TestBot
let bob: TestBot
let forge: Forge

beforeAll(async () => {
  server = await startTestServer()
  ada = await newBot(server, 'ada')
  bob = await newBot(server, 'bob')
  forge = await openForge(server, ada)
})
afterAll(() => server.close())

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
const publicPem = Buffer.from(rsa.publicKey.export({ type: 'spki', format: 'pem' }) as string)
const attacker = Buffer.alloc(32, 9)
const jwk = { kty: 'oct', k: attacker.toString('base64url') }
const now = () => Math.floor(Date.now() / 1000)
const part = (token: string, index: number) => token.split('.')[index] ?? ''

function signedWithRsa(): string {
  const header = { alg: 'RS256', typ: 'at+jwt', jwk: rsa.publicKey.export({ format: 'jwk' }) }
  const signed = `${base64url(header)}.${part(forge.make(), 1)}`
  return `${signed}.${createSign('sha256').update(signed).sign(rsa.privateKey).toString('base64url')}`
}

/** The server's own token with one part taken from somewhere else. */
function swapped(index: number, instead: string): string {
  return withPart(ada.token, index, instead)
}

function withPart(token: string, index: number, instead: string): string {
  return token
    .split('.')
    .map((text, at) => (at === index ? instead : text))
    .join('.')
}

function twice(claim: string, value: unknown): string {
  const claims = Buffer.from(part(ada.token, 1), 'base64url').toString()
  return swapped(1, base64url(claims.replace('{', `{"${claim}":${JSON.stringify(value)},`)))
}

/** A text that is signed with the right key although it is no set of claims. */
function signedPayload(payload: string): string {
  return forge.make({ payload })
}

const algorithms: [string, () => string][] = [
  ['names no algorithm and has no signature', () => forge.make({ header: { alg: 'none' }, hash: undefined })],
  ['names no algorithm in capitals', () => forge.make({ header: { alg: 'NONE' }, hash: undefined })],
  ['names no algorithm but is signed', () => forge.make({ header: { alg: 'none' } })],
  ['leaves its algorithm out', () => forge.make({ header: { alg: undefined } })],
  ['says HS512 and is signed so', () => forge.make({ header: { alg: 'HS512' }, hash: 'sha512' })],
  ['says HS256 and is signed with SHA-512', () => forge.make({ hash: 'sha512' })],
  ['says RS256 and brings its public key', signedWithRsa],
  ['says RS256 and is signed with our key', () => forge.make({ header: { alg: 'RS256' } })],
  ['is signed with a public key taken for a secret', () => forge.make({ key: publicPem })],
  ['is signed with an empty key', () => forge.make({ key: Buffer.alloc(0) })],
  ['is signed with the name of the key', () => forge.make({ key: Buffer.from(part(ada.token, 0)) })],
  ['brings a key in its header', () => forge.make({ header: { jwk }, key: attacker })],
  [
    'points to a key elsewhere',
    () => forge.make({ header: { jku: 'http://127.0.0.1:9/', x5u: 'http://127.0.0.1:9/' }, key: attacker }),
  ],
]

const headers: [string, () => string][] = [
  ['names another key', () => forge.make({ header: { kid: 'ffffffff' } })],
  ['names no key', () => forge.make({ header: { kid: undefined } })],
  [
    'names a file as its key',
    () => forge.make({ header: { kid: '../../../dev/null' }, key: Buffer.alloc(0) }),
  ],
  ['has SQL for the name of its key', () => forge.make({ header: { kid: "' union select 'x' --" } })],
  ['demands an extension that we do not know', () => forge.make({ header: { crit: ['bork'], bork: true } })],
  ['demands an extension that it does not have', () => forge.make({ header: { crit: ['exp'] } })],
  ['demands an empty list of extensions', () => forge.make({ header: { crit: [] } })],
  ['says that its payload is not encoded', () => forge.make({ header: { crit: ['b64'], b64: false } })],
  ['is of type JWT', () => forge.make({ header: { typ: 'JWT' } })],
  ['is an id token by its type', () => forge.make({ header: { typ: 'id+jwt' } })],
  ['has no type', () => forge.make({ header: { typ: undefined } })],
]

const claims: [string, () => string][] = [
  ['has expired', () => forge.make({ claims: { exp: now() - 60 } })],
  ['never expires', () => forge.make({ claims: { exp: undefined } })],
  ['expires at a text', () => forge.make({ claims: { exp: String(now() + 900) } })],
  ['is not valid yet', () => forge.make({ claims: { nbf: now() + 300 } })],
  ['is valid from a text on', () => forge.make({ claims: { nbf: 'now' } })],
  ['was issued in the future', () => forge.make({ claims: { iat: now() + 300 } })],
  [
    'was issued too long ago, whatever its end',
    () => forge.make({ claims: { iat: now() - 960, exp: now() + 86_400 } }),
  ],
  ['does not say when it was issued', () => forge.make({ claims: { iat: undefined } })],
  ['has no subject', () => forge.make({ claims: { sub: undefined } })],
  ['has no id', () => forge.make({ claims: { jti: undefined } })],
  ['is for another audience', () => forge.make({ claims: { aud: 'clawdxcraft' } })],
  ['is for nobody', () => forge.make({ claims: { aud: [] } })],
  ['does not say for whom it is', () => forge.make({ claims: { aud: undefined } })],
  ['is of another issuer', () => forge.make({ claims: { iss: 'https://clawdxcraft' } })],
  ['does not say who issued it', () => forge.make({ claims: { iss: undefined } })],
]

const parts: [string, () => string][] = [
  ['has lost its signature', () => swapped(2, '')],
  ['has lost its signature and its dot', () => ada.token.slice(0, ada.token.lastIndexOf('.'))],
  ['carries the claims of another bot', () => swapped(1, part(bob.token, 1))],
  ['carries the signature of another token', () => swapped(2, part(bob.token, 2))],
  ['says twice whose it is', () => twice('sub', bob.bot.id)],
  ['says twice when it ends', () => twice('exp', now() + 86_400)],
  ['has a fourth part', () => `${ada.token}.${part(ada.token, 2)}`],
  ['has five empty parts', () => '....'],
  [
    'stands in JSON',
    () =>
      JSON.stringify({
        protected: part(ada.token, 0),
        payload: part(ada.token, 1),
        signature: part(ada.token, 2),
      }),
  ],
  ['has an array for claims', () => signedPayload('[]')],
  ['has null for claims', () => signedPayload('null')],
  ['has claims that are no JSON', () => signedPayload('{"sub":')],
  ['has no claims', () => signedPayload('')],
]

describe('a token that stands in the table of issued ones is refused all the same when it', () => {
  test.each([...algorithms, ...headers, ...claims, ...parts])('%s', async (_fault, make) => {
    const token = make()
    await forge.plant(token)
    const before = await tableDigests(server.pool)
    const reading = await server.request('GET', '/bots', { token })
    const writing = await server.request('POST', '/posts', { token, body: { content: 'Not mine' } })
    for (const { status, headers: answered, body } of [reading, writing]) {
      expect({ status, code: body.code, challenge: answered.get('www-authenticate') }).toEqual({
        status: 401,
        code: 'invalid_token',
        challenge: 'Bearer error="invalid_token"',
      })
    }
    expect(await tableDigests(server.pool)).toEqual(before)
  })

  test('but not when nothing is wrong with it', async () => {
    const token = forge.make()
    await forge.plant(token)
    expect((await server.request('POST', '/posts', { token, body: { content: 'Mine' } })).status).toBe(201)
  })
})

describe('a token without a fault is refused', () => {
  test('when it was never issued', async () => {
    expect((await server.request('GET', '/bots', { token: forge.make() })).status).toBe(401)
  })

  test('by another network', async () => {
    const elsewhere = await startTestServer()
    const { token } = await newBot(elsewhere, 'ada')
    await elsewhere.close()
    expect((await server.request('GET', '/bots', { token })).status).toBe(401)
  })

  test('where it is not the value of a bearer header', async () => {
    const { token } = ada
    const statuses = async (requests: [string, Record<string, string>][]) =>
      Promise.all(
        requests.map(async ([path, sent]) => (await server.request('GET', path, { headers: sent })).status),
      )
    expect(
      await statuses([
        ['/runs', { 'x-api-key': token }],
        ['/runs', { cookie: `clawdx_session=${token}` }],
        ['/runs', { cookie: `Authorization=Bearer ${token}` }],
        ['/runs', { authorization: token }],
        ['/runs', { authorization: `Token ${token}` }],
        ['/runs', { authorization: `Basic ${token}` }],
        ['/runs', { authorization: `Bearer ${token} ${token}` }],
        ['/runs', { authorization: `Bearer ${token},Bearer ${token}` }],
        ['/runs', { authorization: `Bearer "${token}"` }],
        ['/runs', { authorization: 'Bearer' }],
        ['/runs', { authorization: '' }],
        [`/runs?access_token=${token}`, {}],
      ]),
    ).toEqual(Array<number>(12).fill(401))
    // The name of the scheme has no case.
    expect(await statuses([['/runs', { authorization: `bearer ${token}` }]])).toEqual([200])
  })
})

describe('a token that the server gives out', () => {
  test('says what the contract says', () => {
    const [header, payload] = [0, 1].map((index) =>
      JSON.parse(Buffer.from(part(ada.token, index), 'base64url').toString()),
    )
    expect(header).toEqual({ alg: 'HS256', typ: 'at+jwt', kid: expect.stringMatching(/^[0-9a-f]{8}$/) })
    expect(payload).toEqual({
      iss: 'clawdxcraft',
      aud: 'clawdxcraft-api',
      sub: ada.bot.id,
      jti: expect.stringMatching(/^[0-9a-f-]{36}$/),
      iat: expect.any(Number),
      exp: payload.iat + 900,
    })
  })

  test('is taken only letter by letter: none of many changed ones is', { timeout: 60_000 }, async () => {
    const edits = fc.sample(fc.array(edit, { minLength: 1, maxLength: 3 }), { seed, numRuns: 4_000 })
    const tokens = edits.map((steps) => steps.reduce((token, step) => step(token), ada.token))
    const changed = [...new Set(tokens)].filter((token) => token !== ada.token)
    expect(changed.length).toBeGreaterThan(2_000)
    const taken: string[] = []
    for (let start = 0; start < changed.length; start += 50) {
      const batch = changed.slice(start, start + 50)
      const statuses = await Promise.all(batch.map((token) => statusOf(token)))
      taken.push(...batch.filter((_token, index) => statuses[index] !== 401))
    }
    expect(taken).toEqual([])
    expect(await statusOf(ada.token)).toBe(200)
  })

  test('has one spelling, though its signature decodes from several', async () => {
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
    const bytesOf = (token: string) => Buffer.from(part(token, 2), 'base64url').toString('hex')
    const spellings = alphabet
      .split('')
      .map((last) => ada.token.slice(0, -1) + last)
      .filter((token) => token !== ada.token)
    const same = spellings.filter((token) => bytesOf(token) === bytesOf(ada.token))
    expect(same).toHaveLength(3)
    expect(await Promise.all([...same, `${ada.token}=`].map(statusOf))).toEqual([401, 401, 401, 401])
  })
})

async function statusOf(token: string): Promise<number> {
  const response = await fetch(`${server.url}/bots?limit=1`, {
    headers: { authorization: `Bearer ${token}` },
  })
  await response.arrayBuffer()
  return response.status
}

type Edit = (token: string) => string

function cut(token: string, at: number): [string, string] {
  const index = Math.floor(at * token.length)
  return [token.slice(0, index), token.slice(index)]
}

function withFlippedBit(token: string, index: number, bit: number): string {
  const bytes = Buffer.from(part(token, index), 'base64url')
  const at = bytes.length === 0 ? 0 : (bit >> 3) % bytes.length
  bytes[at] = (bytes[at] ?? 0) ^ (1 << (bit & 7))
  return withPart(token, index, bytes.toString('base64url'))
}

function withClaim(token: string, name: string, value: unknown): string {
  try {
    const said = JSON.parse(Buffer.from(part(token, 1), 'base64url').toString()) as object
    return withPart(token, 1, base64url({ ...said, [name]: value }))
  } catch {
    return `${token}${name}`
  }
}

// Without fast-check's love of extremes, which would make the same few changes again and again.
const letter = fc.noBias(fc.integer({ min: 0x21, max: 0x7e })).map((code) => String.fromCharCode(code))
const place = fc.noBias(fc.nat(9_999)).map((value) => value / 10_000)

/** One small change to a token, somewhere. */
const edit: fc.Arbitrary<Edit> = fc.oneof(
  fc.tuple(place, letter).map(
    ([at, by]): Edit =>
      (token) =>
        cut(token, at).join(by),
  ),
  fc.tuple(place, letter).map(
    ([at, by]): Edit =>
      (token) =>
        cut(token, at)[0] + by + cut(token, at)[1].slice(1),
  ),
  place.map(
    (at): Edit =>
      (token) =>
        cut(token, at)[0] + cut(token, at)[1].slice(1),
  ),
  place.map(
    (at): Edit =>
      (token) =>
        cut(token, at)[0],
  ),
  place.map(
    (at): Edit =>
      (token) =>
        cut(token, at)[1],
  ),
  place.map(
    (at): Edit =>
      (token) =>
        cut(token, at).toReversed().join(''),
  ),
  place.map(
    (at): Edit =>
      (token) =>
        cut(token, at)[0].toUpperCase() + cut(token, at)[1],
  ),
  fc.shuffledSubarray([0, 1, 2]).map(
    (order): Edit =>
      (token) =>
        order.map((index) => part(token, index)).join('.'),
  ),
  fc.tuple(fc.nat(2), fc.noBias(fc.nat())).map(
    ([index, bit]): Edit =>
      (token) =>
        withFlippedBit(token, index, bit),
  ),
  fc.tuple(fc.constantFrom('sub', 'exp', 'iat', 'jti', 'aud', 'iss', 'role'), fc.jsonValue()).map(
    ([name, value]): Edit =>
      (token) =>
        withClaim(token, name, value),
  ),
)
