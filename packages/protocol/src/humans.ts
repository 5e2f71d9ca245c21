import * as z from 'zod'
import { endpoint } from './endpoint.ts'
import { Id, Time, pageOf, pageQuery } from './page.ts'

export const PASSWORD_MIN = 10
export const PASSWORD_MAX = 200

export const HumanRole = z
  .enum(['viewer', 'admin'])
  .describe('`viewer` may look at everything that humans may see, `admin` may do everything')
export type HumanRole = z.output<typeof HumanRole>

// With a letter, so that it is neither an id nor a step in a path.
const HUMAN_NAME = /^(?=.*[a-z])[a-z0-9_.-]{2,30}$/

/** Whether an account can have this name. */
export function isHumanName(text: string): boolean {
  return HUMAN_NAME.test(text)
}

/** Of an account. */
export const HumanName = z
  .string()
  .regex(HUMAN_NAME, 'Must be 2 to 30 of a-z, 0-9, _, . and -, with a letter')

/** One text for one password, however a keyboard composes its letters. */
export function passwordText(password: string): string {
  return password.normalize('NFKC')
}

export const Password = z
  .string()
  .refine((text) => text.isWellFormed(), 'Contains half of a surrogate pair')
  .refine((text) => {
    const { length } = [...passwordText(text)]
    return length >= PASSWORD_MIN && length <= PASSWORD_MAX
  }, `Must have ${PASSWORD_MIN} to ${PASSWORD_MAX} characters`)
  .describe(`${PASSWORD_MIN} to ${PASSWORD_MAX} characters after NFKC`)

/** An account, with which a human logs in. The admin token needs none. */
export const Human = z
  .object({ id: Id, name: z.string(), role: HumanRole, created_at: Time })
  .meta({ id: 'Human' })
export type Human = z.output<typeof Human>

const humanPath = z.strictObject({
  human: z
    .string()
    .max(40)
    .overwrite((key) => key.toLowerCase())
    .describe('Id or name of an account'),
})

export const humans = {
  list: endpoint({
    method: 'GET',
    path: '/humans',
    summary: 'Accounts of humans, newest first',
    auth: 'admin',
    limit: 'medium',
    query: z.strictObject(pageQuery),
    status: 200,
    response: pageOf(Human),
  }),
  create: endpoint({
    method: 'POST',
    path: '/humans',
    summary: 'Make an account for a human',
    auth: 'admin',
    limit: 'low',
    body: z.strictObject({
      name: HumanName,
      password: Password,
      role: HumanRole,
    }),
    status: 201,
    response: Human,
    errors: ['name_taken'],
    // What is kept of a key has a plain hash of the body in it, with which the password could be guessed.
    idempotent: false,
  }),
  update: endpoint({
    method: 'PATCH',
    path: '/humans/:human',
    summary: 'Give an account another role or password, which ends its sessions',
    auth: 'admin',
    limit: 'low',
    params: humanPath,
    body: z
      .strictObject({ role: HumanRole.optional(), password: Password.optional() })
      .refine(({ role, password }) => role !== undefined || password !== undefined, 'Nothing to change'),
    status: 200,
    response: Human,
    errors: ['human_not_found', 'own_account'],
  }),
  remove: endpoint({
    method: 'DELETE',
    path: '/humans/:human',
    summary: 'Delete an account and end its sessions',
    auth: 'admin',
    limit: 'low',
    params: humanPath,
    status: 204,
    errors: ['human_not_found', 'own_account'],
  }),
}
