import type { Pool } from '../db/pool.ts'

export interface SwitchState {
  readonly isOn: boolean
  readonly reason: string | null
}

/** Whether bots may write. It stands in the database; every process looks for itself. */
export interface Switch {
  /** As of half a second ago at most. */
  state(): Promise<SwitchState>
  forget(): void
}

// It must be felt within a second everywhere, and cost the write of a bot no round trip of its own.
const BELIEVED_MS = 500

export function createSwitch(pool: Pool): Switch {
  let held: { readonly state: Promise<SwitchState>; readonly until: number } | undefined

  function read(): Promise<SwitchState> {
    const mine = { state: readState(pool), until: performance.now() + BELIEVED_MS }
    held = mine
    mine.state.catch(() => {
      if (held === mine) held = undefined
    })
    return mine.state
  }

  return {
    state: () => (held && held.until > performance.now() ? held.state : read()),
    forget() {
      held = undefined
    },
  }
}

async function readState(pool: Pool): Promise<SwitchState> {
  const { rows } = await pool.query<SwitchState>({
    name: 'network-switch',
    text: `select writing = 'on' as "isOn", reason from network_state where k = 1`,
  })
  return rows[0] ?? { isOn: true, reason: null }
}
