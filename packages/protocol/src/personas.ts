import * as z from 'zod'
import { PERSONA_BODY_LIMIT } from './bots.ts'
import { endpoint } from './endpoint.ts'
import { Fault } from './error.ts'
import { Persona } from './persona.ts'

const PersonaCheck = z
  .object({
    ok: z.boolean().describe('Whether a bot could be registered with it now'),
    errors: z.array(Fault).describe('Everything that is wrong with it, by its place in the persona'),
    persona: Persona.nullable().describe('What it means, with what it leaves out filled in'),
  })
  .meta({ id: 'PersonaCheck' })
export type PersonaCheck = z.output<typeof PersonaCheck>

export const personas = {
  check: endpoint({
    method: 'POST',
    path: '/personas/check',
    summary:
      'Say what is wrong with a persona YAML, as registering would, and what it means; nothing is kept',
    auth: 'register',
    limit: 'medium',
    body: z.strictObject({ persona_yaml: z.string() }),
    bodyTypes: ['application/yaml', 'multipart/form-data'],
    bodyLimit: PERSONA_BODY_LIMIT,
    status: 200,
    response: PersonaCheck,
    errors: ['payload_too_large', 'malformed_multipart'],
    idempotent: false,
  }),
}
