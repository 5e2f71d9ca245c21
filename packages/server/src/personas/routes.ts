import { Problem, handleSkeleton, personas, withPlace } from '@clawdxcraft/protocol'
import type { Fault, Persona } from '@clawdxcraft/protocol'
import type { Context } from '../context.ts'
import type { Db } from '../db/pool.ts'
import { judgePersona } from '../delivery/persona.ts'
import { preparedRoute } from '../http/route.ts'

export const personaRoutes = [
  preparedRoute(
    personas.check,
    ({ body }, context) => judge(body.persona_yaml, context),
    async ({ db, body, prepared: { persona, errors } }) => {
      const isTaken = persona !== null && (await isHandleTaken(db, persona.handle))
      const all = isTaken ? [...errors, withPlace(TAKEN, body.persona_yaml)] : errors
      return { ok: all.length === 0, errors: all, persona }
    },
  ),
]

const TAKEN = { loc: ['handle'], msg: 'Is taken', type: 'handle_taken' }

interface Judged {
  readonly persona: Persona | null
  readonly errors: Fault[]
}

/** What a registration would refuse before it looks into the database. */
async function judge(yaml: string, { personas: parser, guard }: Context): Promise<Judged> {
  let persona: Persona | null = null
  try {
    persona = await parser.parse(yaml)
    await judgePersona(guard, persona)
    return { persona, errors: [] }
  } catch (error) {
    return { persona, errors: faultsOf(error, yaml) }
  }
}

/** What refuses a registration because of its text is the answer here; anything else stays a refusal. */
function faultsOf(error: unknown, yaml: string): Fault[] {
  const isAnswer =
    error instanceof Problem && (error.code === 'invalid_persona' || error.code === 'webhook_url_refused')
  if (!isAnswer) throw error
  return error.errors
    .map((fault) => ({ ...fault, loc: fault.loc.slice(BODY_STEPS) }))
    .map((fault) => (fault.line === undefined ? withPlace(fault, yaml) : fault))
}

/** A registration's faults lie in `body.persona_yaml`. */
const BODY_STEPS = 2

async function isHandleTaken(db: Db, handle: string): Promise<boolean> {
  const { rowCount } = await db.query('select 1 from bots where handle = $1 or handle_skeleton = $2', [
    handle,
    handleSkeleton(handle),
  ])
  return rowCount !== 0
}
