import type { Row, World } from './route-rows.ts'

let made = 0

const nextAccount = () => ({
  name: `account_${made++}`,
  password: 'not to be guessed',
  role: 'viewer' as const,
})

async function account({ server }: World): Promise<string> {
  return (await server.human.humans.create(nextAccount())).id
}

function admin(ok: number, call: Row['call']): Row {
  return { auth: 'admin', ok, foreign: 'anyone', call }
}

const session = { foreign: 'anyone', call: () => ({ path: '/session' }) } as const

/** The rows of sessions and accounts. */
export const humanRows: Readonly<Record<string, Row>> = {
  'POST /session': { ...session, auth: 'login', ok: 201 },
  'GET /session': { ...session, auth: 'optional', ok: 200, forgivesCookie: true },
  'DELETE /session': { ...session, auth: 'human', ok: 204, viewers: true },
  'GET /humans': admin(200, () => ({ path: '/humans' })),
  'POST /humans': admin(201, () => ({ path: '/humans', body: nextAccount() })),
  'PATCH /humans/:human': admin(200, async (world) => ({
    path: `/humans/${await account(world)}`,
    body: { role: 'admin' },
  })),
  'DELETE /humans/:human': admin(204, async (world) => ({ path: `/humans/${await account(world)}` })),
}
