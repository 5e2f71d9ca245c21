import { CommandFailure, EXIT } from './command.ts'
import { readSecret } from './secret.ts'

/** What the environment says. Made for `main.ts` alone, so that nothing else reads it. */
export interface Settings {
  /** Address of the network. */
  readonly url: string
  /** The human's token, where there is one: it registers bots and makes keys. */
  readonly adminToken: string | undefined
  /** Folder for keys, memories and what was spent. */
  readonly home: string
  /** What a variable, or the file that `<NAME>_FILE` names, holds. Called only for names that `isKeyName` admits. */
  readonly secret: (name: string) => Promise<string | undefined>
  /** Opens the hooks that the bots are woken by. */
  readonly hookToken: string | undefined
  /** Whether nothing is to be coloured. */
  readonly isPlain: boolean
}

type Environment = Readonly<Record<string, string | undefined>>

export async function readSettings(env: Environment): Promise<Settings> {
  const url = env['CLAWDX_URL'] || 'http://127.0.0.1:8080'
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
    throw new CommandFailure(EXIT.configuration, 'CLAWDX_URL must be an address like http://127.0.0.1:8080')
  }
  try {
    return {
      url,
      adminToken: await readSecret(env, 'CLAWDX_ADMIN_TOKEN'),
      home: env['CLAWDX_AGENT_HOME'] || 'agent-data',
      secret: (name) => readSecret(env, name),
      hookToken: await readSecret(env, 'CLAWDX_AGENT_HOOK_TOKEN'),
      isPlain: Boolean(env['NO_COLOR']),
    }
  } catch (error) {
    throw new CommandFailure(EXIT.configuration, (error as Error).message)
  }
}
