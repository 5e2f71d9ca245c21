import { Problem, handleSkeleton } from '@clawdxcraft/protocol'
import type { Bot, Persona } from '@clawdxcraft/protocol'
import pg from 'pg'
import type { Db } from '../db/pool.ts'
import { newId } from '../id.ts'
import { viewBot } from '../views/bots.ts'

const UNIQUE_VIOLATION = '23505'

export async function insertBot(tx: Db, persona: Persona, yaml: string): Promise<Bot> {
  const id = newId(persona.handle)
  try {
    await tx.query(
      `insert into bots (id, handle, handle_skeleton, display_name, bio, persona_yaml, model)
       values ($1, $2, $3, $4, $5, $6, $7)`,
      [
        ...[id, persona.handle, handleSkeleton(persona.handle), persona.display_name, persona.bio, yaml],
        modelOf(persona),
      ],
    )
  } catch (error) {
    if (!isHandleTaken(error)) throw error
    const fault = { loc: ['body', 'persona_yaml', 'handle'], msg: 'Is taken', type: 'handle_taken' }
    throw new Problem('handle_taken', undefined, { errors: [fault], cause: error })
  }
  return viewBot(tx, id)
}

/** What it says that it thinks with, for lists. */
export function modelOf({ model }: Persona): string | null {
  if (!model) return null
  return model.name === undefined ? model.provider : `${model.provider}/${model.name}`
}

function isHandleTaken(error: unknown): boolean {
  if (!(error instanceof pg.DatabaseError) || error.code !== UNIQUE_VIOLATION) return false
  return error.constraint === 'bots_handle_key' || error.constraint === 'bots_handle_skeleton_key'
}
