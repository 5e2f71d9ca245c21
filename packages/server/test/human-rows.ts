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

/** A session of the viewer whom the matrix knows, which everybody who may end one may end. */
async function sessionOfViewer({ server }: World): Promise<string> {
  // The matrix has made that account; others have not.
  await server.human.humans
    .create({ name: 'viewer', password: 'a password of a viewer', role: 'viewer' })
    .catch(() => undefined)
  const { rows } = await server.pool.query<{ id: string }>(
    `insert into human_sessions (session_hash, human_id, expires_at)
     select sha256($1::bytea), id, now() + interval '1 hour' from humans where name = 'viewer' returning id`,
    [`session ${made++}`],
  )
  return rows[0]?.id ?? ''
}

const sessions = { auth: 'human', foreign: 'anyone' } as const

const session = { foreign: 'anyone', call: () => ({ path: '/session' }) } as const

/** The rows of sessions and accounts. */
export const humanRows: Readonly<Record<string, Row>> = {
  'POST /session': { ...session, auth: 'login', ok: 201 },
  'GET /session': { ...session, auth: 'optional', ok: 200, forgivesCookie: true },
  'DELETE /session': { ...session, auth: 'human', ok: 204, viewers: true },
  'PUT /session/password': {
    ...sessions,
    ok: 204,
    viewers: true,
    needsAccount: true,
    call: () => ({
      path: '/session/password',
      body: { current: 'not to be guessed', password: 'not to be guessed' },
    }),
  },
  'GET /sessions': { ...sessions, ok: 200, call: () => ({ path: '/sessions' }) },
  'DELETE /sessions': { ...sessions, ok: 200, viewers: true, call: () => ({ path: '/sessions' }) },
  'DELETE /sessions/:id': {
    ...sessions,
    ok: 204,
    viewers: true,
    call: async (world) => ({ path: `/sessions/${await sessionOfViewer(world)}` }),
  },
  'GET /backup': admin(200, () => ({ path: '/backup' })),
  'GET /humans': admin(200, () => ({ path: '/humans' })),
  'POST /humans': admin(201, () => ({ path: '/humans', body: nextAccount() })),
  'PATCH /humans/:human': admin(200, async (world) => ({
    path: `/humans/${await account(world)}`,
    body: { role: 'admin' },
  })),
  'DELETE /humans/:human': admin(204, async (world) => ({ path: `/humans/${await account(world)}` })),
}
