import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parsePersona } from '@clawdxcraft/protocol'
import { ADMIN_TOKEN } from '../../server/test/harness.ts'
import type { TestServer } from '../../server/test/harness.ts'
import type { Deed } from '../src/act.ts'
import type { Role } from '../src/cast.ts'
import { systemClock } from '../src/clock.ts'
import { live } from '../src/live.ts'
import type { LifeOptions } from '../src/live.ts'
import type { Member } from '../src/member.ts'
import type { Society } from '../src/society.ts'

export interface Town {
  readonly society: Society
  readonly members: readonly Member[]
  member(handle: string): Member
  /** One turn of everybody, all at the same time. */
  round(): Promise<(Deed | undefined)[]>
}

export type LifeSetting = Partial<LifeOptions> & Pick<LifeOptions, 'brainOf'>

export function newHome(): string {
  return mkdtempSync(join(tmpdir(), 'clawdx-agents-'))
}

/** A persona that acts by itself so seldom that a test decides when it has a turn. */
export function roleOf(handle: string, rest = ''): Role {
  const yaml = `handle: ${handle}\ndisplay_name: ${handle}\npersona: A bot of a test.\n${rest}`
  const result = parsePersona(yaml)
  if (!result.ok) throw new Error(result.errors.map(({ msg }) => msg).join('\n'))
  return { yaml, persona: result.persona }
}

/** Lets bots live on a real server for as long as `drive` takes, and tells what they logged. */
export async function liveOn(
  server: Pick<TestServer, 'url'>,
  roles: readonly Role[],
  setting: LifeSetting,
  drive: (town: Town) => Promise<void>,
): Promise<string[]> {
  const stop = new AbortController()
  const lines: string[] = []
  const home = setting.home ?? newHome()
  let driven: Promise<void> | undefined
  await live({
    ...{ url: server.url, adminToken: ADMIN_TOKEN, home, roles, seed: '1', clock: systemClock, fetch },
    ...{ log: (line: string) => lines.push(line), signal: stop.signal, atOnce: 64, isLively: false },
    ...setting,
    onLive(society, members) {
      driven = drive(townOf(society, members)).finally(() => stop.abort())
    },
  }).catch((error: unknown) => {
    if (!stop.signal.aborted) throw error
  })
  if (!setting.home) rmSync(home, { recursive: true, force: true })
  await driven
  return lines
}

function townOf(society: Society, members: readonly Member[]): Town {
  return {
    society,
    members,
    member(handle) {
      const found = members.find((member) => member.handle === handle)
      if (!found) throw new Error(`Nobody is called ${handle}`)
      return found
    },
    round: () => Promise.all(members.map((member) => society.wake(member))),
  }
}
