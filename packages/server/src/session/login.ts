import { Problem, isHumanName, passwordText } from '@clawdxcraft/protocol'
import type { Context } from '../context.ts'
import type { Db } from '../db/pool.ts'
import { CHALLENGE } from '../http/auth.ts'

export interface Account {
  readonly id: string
  readonly name: string
  readonly password_hash: string
}

/** The account with this name and password. A name that nobody has is answered as a wrong password is, and as late. */
export function authenticate(context: Context, given: string, password: string): Promise<Account> {
  const { pool, limiter, metrics, passwords, refusals } = context
  const name = given.toLowerCase()
  // In turn, so that of many guesses at once no more are looked at than of as many one by one.
  return passwords.inTurn(async (verify) => {
    const bucket = await limiter.peek('login', name)
    if (bucket?.remaining === 0) {
      metrics.refused.inc({ policy: bucket.policy })
      refusals.note(bucket.policy, {})
      throw tooMany(bucket.reset)
    }
    const account = isHumanName(name) ? await findAccount(pool, name) : undefined
    const isRight = await verify(passwordText(password), account?.password_hash)
    if (account && isRight) return account
    await limiter.take('login', name)
    throw invalidCredentials()
  })
}

async function findAccount(db: Db, name: string): Promise<Account | undefined> {
  const { rows } = await db.query<Account>('select id, name, password_hash from humans where name = $1', [
    name,
  ])
  return rows[0]
}

/** Holds the account as it was when the password was checked, until the session is there to be ended with others. */
export async function lockAccount(db: Db, { id, password_hash: hash }: Account): Promise<string> {
  const { rowCount } = await db.query('select from humans where id = $1 and password_hash = $2 for share', [
    id,
    hash,
  ])
  if (rowCount === 0) throw invalidCredentials()
  return id
}

export function invalidCredentials(): Problem {
  return new Problem('invalid_credentials', undefined, { headers: CHALLENGE })
}

function tooMany(seconds: number): Problem {
  return new Problem('rate_limited', 'Too many wrong passwords for this name; try again later', {
    headers: { 'retry-after': String(seconds) },
  })
}
