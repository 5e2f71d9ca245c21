import { Problem, humans, isHumanName, isId, passwordText } from '@clawdxcraft/protocol'
import type { Human } from '@clawdxcraft/protocol'
import type { Db } from '../db/pool.ts'
import { appendAudit } from '../events/log.ts'
import type { HumanActor } from '../http/auth.ts'
import { preparedRoute, route } from '../http/route.ts'
import { newId } from '../id.ts'
import { decodeIdCursor, encodeCursor } from '../views/page.ts'

const COLUMNS = 'id, name, role, created_at'
const LIST = 'humans'

export const humanRoutes = [
  route(humans.list, async ({ db, query }) => {
    const { rows } = await db.query<Human>({
      name: 'humans-list',
      text: `select ${COLUMNS} from humans where id < coalesce($1, 9223372036854775807)
             order by id desc limit $2`,
      values: [decodeIdCursor(LIST, query.cursor), query.limit + 1],
    })
    const items = rows.slice(0, query.limit)
    const last = rows.length > query.limit ? items.at(-1) : undefined
    return { items, next_cursor: last ? encodeCursor(LIST, last.id) : null }
  }),

  preparedRoute(
    humans.create,
    ({ body }, { passwords }) => passwords.hash(passwordText(body.password)),
    async ({ db, body: { name, role }, prepared: hash }) => {
      const { rows } = await db.query<Human>(
        `insert into humans (id, name, role, password_hash) values ($1, $2, $3, $4)
         on conflict (name) do nothing returning ${COLUMNS}`,
        [newId(name), name, role, hash],
      )
      if (!rows[0]) throw new Problem('name_taken')
      appendAudit(db, { action: 'human.create', botId: null, by: 'human', summary: { human: name, role } })
      return rows[0]
    },
  ),

  preparedRoute(
    humans.update,
    async ({ body: { password } }, { passwords }) =>
      password === undefined ? undefined : passwords.hash(passwordText(password)),
    async ({ db, actor, params, body, prepared: hash }) => {
      const human = await lockHuman(db, params.human)
      const role = body.role ?? human.role
      const isRoleChanged = role !== human.role
      if (isRoleChanged) requireAnother(actor, human)
      if (!isRoleChanged && hash === undefined) return human
      await db.query(
        'update humans set role = $2, password_hash = coalesce($3, password_hash) where id = $1',
        [human.id, role, hash],
      )
      await db.query('delete from human_sessions where human_id = $1', [human.id])
      const changed = isRoleChanged && { before: { role: human.role }, after: { role } }
      const summary = { human: human.name, ...changed, password_changed: hash !== undefined }
      appendAudit(db, { action: 'human.update', botId: null, by: 'human', summary })
      return { ...human, role }
    },
  ),

  route(humans.remove, async ({ db, actor, params }) => {
    const { id, name, role } = await lockHuman(db, params.human)
    requireAnother(actor, { name })
    // Its sessions go with it.
    await db.query('delete from humans where id = $1', [id])
    appendAudit(db, { action: 'human.delete', botId: null, by: 'human', summary: { human: name, role } })
  }),
]

/** The account that a path names by id or name. Whoever logs in meanwhile waits, and is then judged anew. */
async function lockHuman(db: Db, key: string): Promise<Human> {
  if (!isId(key) && !isHumanName(key)) throw new Problem('human_not_found')
  const { rows } = await db.query<Human>(
    `select ${COLUMNS} from humans where ${isId(key) ? 'id' : 'name'} = $1 for update`,
    [key],
  )
  if (!rows[0]) throw new Problem('human_not_found')
  return rows[0]
}

function requireAnother(actor: HumanActor, { name }: Pick<Human, 'name'>): void {
  if (actor.name === name)
    throw new Problem(
      'own_account',
      'Another admin, or the admin token, can take away your account or its role',
    )
}
