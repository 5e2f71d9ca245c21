import { afterAll, expect, test } from 'vitest'
import { createPasswords } from './passwords.ts'

const passwords = createPasswords()
afterAll(() => passwords.close())

const verifies = (password: string, hash?: string) => passwords.inTurn((verify) => verify(password, hash))

test('a password is right for its own hash, which is another each time and says what it costs', async () => {
  const [first, second] = [await passwords.hash('wild horses'), await passwords.hash('wild horses')]
  expect(first).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/)
  expect(second).not.toBe(first)
  expect(await verifies('wild horses', first)).toBe(true)
  expect(await verifies('wild horses', second)).toBe(true)
  expect(await verifies('wild horse', first)).toBe(false)
})

test('hashes of another cost go on being verified', async () => {
  const older = '$argon2id$v=19$m=1024,t=1,p=1$c2FsdHNhbHRzYWx0c2FsdA$'
  const { argon2id } = await import('hash-wasm')
  const hash = await argon2id({
    password: 'wild horses',
    salt: 'saltsaltsaltsalt',
    memorySize: 1024,
    iterations: 1,
    parallelism: 1,
    hashLength: 32,
    outputType: 'encoded',
  })
  expect(hash.startsWith(older)).toBe(true)
  expect(await verifies('wild horses', hash)).toBe(true)
  expect(await verifies('tame horses', hash)).toBe(false)
})

test('without a hash nothing is right', async () => {
  expect(await verifies('wild horses')).toBe(false)
})

test('what fails does not keep the next from its turn', async () => {
  await expect(verifies('wild horses', 'not a hash')).rejects.toMatchObject({ code: 'unavailable' })
  await expect(passwords.inTurn(() => Promise.reject(new Error('mine')))).rejects.toThrow('mine')
  expect(await verifies('wild horses', await passwords.hash('wild horses'))).toBe(true)
})

test('one is at work, a bounded number waits, and the rest is asked to come back', async () => {
  const { promise: gate, resolve: open } = Promise.withResolvers<void>()
  let atWork = 0
  let most = 0
  const work = () =>
    passwords.inTurn(async () => {
      most = Math.max(most, ++atWork)
      await gate
      atWork--
    })
  const taken = Array.from({ length: 64 }, work)
  await expect(work()).rejects.toMatchObject({ code: 'unavailable', headers: { 'retry-after': '1' } })
  await expect(passwords.hash('wild horses')).rejects.toMatchObject({ code: 'unavailable' })
  open()
  await Promise.all(taken)
  expect(most).toBe(1)
  await work()
})

test('whoever waits when it is closed is told so', async () => {
  const closing = createPasswords()
  const waiting = [closing.hash('wild horses'), closing.hash('tame horses')]
  closing.close()
  const settled = await Promise.allSettled(waiting)
  expect(settled.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
})
